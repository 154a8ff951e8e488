import type { AlertmanagerSettings, RouteSpec } from "../shared/core/alerting/types.ts";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import { readAlertingFile } from "./alerts-files.ts";
import type { Verb } from "./command.ts";
import { faultText } from "./faults.ts";
import { type Io, plain } from "./io.ts";

interface Checked {
  readonly file: string;
  readonly ok: boolean;
  /** What is in it; absent where it has faults. */
  readonly found?: Readonly<Record<"routes" | "receivers" | "inhibitRules" | "timeIntervals" | "templates", number>>;
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

const nodes = (route: RouteSpec): number => 1 + route.routes.reduce((sum, child) => sum + nodes(child), 0);

const counts = (settings: AlertmanagerSettings): Required<Checked>["found"] => ({
  routes: nodes(settings.route),
  receivers: settings.receivers.length,
  inhibitRules: settings.inhibitRules.length,
  timeIntervals: settings.timeIntervals.length,
  templates: settings.templateFiles.length,
});

/** @throws HeadgateError `input.invalid` where the file cannot be read */
async function checkFile(io: Io, file: string): Promise<Checked> {
  const warnings: string[] = [];
  const listening: Io = {
    ...io,
    note: (line) => {
      warnings.push(line.replace(/^warning: /, ""));
      io.note(line);
    },
  };
  try {
    const read = await readAlertingFile(listening, file);
    const settings = "settings" in read ? read.settings : read;
    return { file, ok: true, found: counts(settings), faults: [], warnings };
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code !== "config.invalid" || !error.faults?.length) throw error;
    return { file, ok: false, faults: error.faults, warnings };
  }
}

const WORDS = [
  ["routes", "route"],
  ["receivers", "receiver"],
  ["inhibitRules", "inhibit rule"],
  ["timeIntervals", "time interval"],
  ["templates", "template pattern"],
] as const;

function tell(io: Io, { file, found, faults }: Checked): void {
  if (found) {
    const parts = WORDS.map(([key, word]) => `${found[key]} ${word}${found[key] === 1 ? "" : "s"}`);
    io.line(plain(`${file}: no faults; ${parts.join(", ")}`));
    return;
  }
  for (const fault of faults) io.note(plain(faultText(fault, file)));
  io.note(plain(`${file}: ${faults.length} ${faults.length === 1 ? "fault" : "faults"}`));
}

/** `headgate alerts check`: what `amtool check-config` checks, with every fault at its place. */
export const alertsCheckVerb: Verb = {
  name: "check",
  about:
    "Names file, line and column of every fault of alertmanager.yml and its templates, as Alertmanager would refuse it, and says what is accepted and not acted on; needs no server. Exits 1 if there is any fault, 2 if a file cannot be read.",
  positionals: ["FILE..."],
  example: "headgate alerts check alertmanager.yml",
  run: async ({ io, positionals }) => {
    const files: Checked[] = [];
    for (const file of positionals) files.push(await checkFile(io, file));
    const ok = files.every((one) => one.ok);
    io.document({ ok, files });
    for (const one of files) tell(io, one);
    return ok ? 0 : 1;
  },
};
