import { dirname, isAbsolute, join } from "node:path";
import type { ConfigAppliedView, ConfigPlanView, ConfigView } from "../functions/api/views.ts";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { answer, client, once } from "./client.ts";
import { type Group, text } from "./command.ts";
import { faultText } from "./faults.ts";
import { readText } from "./files.ts";
import { stamp } from "./format.ts";
import { type Io, plain } from "./io.ts";

/** Far past what a configuration may have, so that the answer is the reader's, with the limit in it. */
const MAX_READ_BYTES = 67_108_864;

interface Checked {
  readonly text: string;
  /** What is sent along: the files it names. */
  readonly files: Readonly<Record<string, string>>;
  readonly version: string;
  readonly config: HeadgateConfig;
  readonly warnings: readonly Fault[];
}

/** The checked text of a file; undefined when it has faults, which are told. */
export async function checkFile(io: Io, file: string): Promise<Checked | undefined> {
  const content = await readText(io, file, MAX_READ_BYTES);
  const [{ parseConfig }, { readersFrom }, { lookUp }, { directoryFiles }] = await Promise.all([
    import("../shared/shell/config.ts"),
    import("../shared/shell/config-readers.ts"),
    import("../local/run-env.ts"),
    import("../local/config-files.ts"),
  ]);
  const keeping = { env: io.env, baseDir: file === "-" ? "." : dirname(file) };
  const files = directoryFiles(keeping.baseDir);
  // As the editor and the shell know them: seen from here, not from the configuration's folder.
  const placed = (faults: readonly Fault[]): readonly Fault[] =>
    faults.map((fault) =>
      fault.file === undefined || fault.file === file || isAbsolute(fault.file)
        ? fault
        : { ...fault, file: join(keeping.baseDir, fault.file) },
    );
  const result = parseConfig(content, {
    file,
    ...readersFrom(files),
    now: Date.now(),
    unresolved: (reference) => {
      const looked = lookUp(reference, keeping);
      return looked.ok ? undefined : looked.why;
    },
  });
  if (result.ok) {
    const warnings = placed(result.warnings);
    for (const warning of warnings) io.note(plain(`warning: ${faultText(warning, file)}`));
    return { text: content, files: files.taken(), version: result.version, config: result.config, warnings };
  }
  const faults = placed(result.faults);
  io.document({ ok: false, file, faults });
  for (const fault of faults) io.note(plain(faultText(fault, file)));
  io.note(`${file}: ${result.faults.length} ${result.faults.length === 1 ? "fault" : "faults"}`);
  return undefined;
}

const sent = ({ text: content, files }: Checked) => ({
  text: content,
  ...(Object.keys(files).length > 0 ? { files } : {}),
});

/** A section that comes or goes as a whole is longer than anybody reads; --json has all of it. */
const MOST_OF_A_VALUE = 240;
const valueText = (value: unknown): string => {
  const written = JSON.stringify(value);
  return written.length <= MOST_OF_A_VALUE ? written : `${written.slice(0, MOST_OF_A_VALUE)}…`;
};

function tellPlan(io: Io, plan: ConfigPlanView): void {
  if (plan.changes.length === 0) io.line("nothing changes");
  for (const { path, from, to } of plan.changes) {
    const sign = from === undefined ? "+" : to === undefined ? "-" : "~";
    const values = [from, to].filter((one) => one !== undefined).map(valueText);
    io.line(plain(`${sign} ${path}: ${values.join(" → ")}`));
  }
  const { created, updated, removed } = plan.alarms;
  for (const [sign, names] of [
    ["+", created],
    ["~", updated],
    ["-", removed],
  ] as const) {
    for (const name of names) io.line(plain(`${sign} alarm ${name}`));
  }
  for (const { name, why } of plan.alarms.skipped ?? []) io.line(plain(`! alarm ${name}: ${why}`));
  for (const warning of plan.warnings ?? []) io.note(plain(`warning: ${warning}`));
}

export const config: Group = {
  name: "config",
  about: "the configuration in force, and changing it",
  verbs: [
    {
      name: "check",
      about:
        "Names path, line, value and allowed range of every fault of a file; needs no server. Exits 2 if there is any. References (env:NAME, file:path) that lead nowhere here are warnings.",
      positionals: ["FILE"],
      example: "headgate config check headgate.yaml",
      run: async ({ io, positionals }) => {
        const file = positionals[0] as string;
        const checked = await checkFile(io, file);
        if (!checked) return 2;
        io.document({ ok: true, file, version: checked.version, faults: [], warnings: checked.warnings });
        io.line(`${file}: no faults, version ${checked.version}`);
        return 0;
      },
    },
    {
      name: "plan",
      about: "What applying the file would change, path by path, and which alarms.",
      positionals: ["FILE"],
      example: "headgate config plan headgate.yaml",
      run: async ({ io, positionals }) => {
        const checked = await checkFile(io, positionals[0] as string);
        if (!checked) return 2;
        const plan = await answer<ConfigPlanView>(client(io).api.v1.config.plan.$post({ json: sent(checked) }));
        io.document(plan);
        tellPlan(io, plan);
        return 0;
      },
    },
    {
      name: "apply",
      about: "Puts the file in force. A bad file never replaces a good one.",
      positionals: ["FILE"],
      options: [
        { name: "by", value: "NAME", about: "who does it, for the record" },
        { name: "expected", value: "VERSION", about: "only if this version is in force now (none: no version)" },
      ],
      example: "headgate config apply headgate.yaml --by ada",
      run: async ({ io, positionals, options }) => {
        const checked = await checkFile(io, positionals[0] as string);
        if (!checked) return 2;
        const [by, expected] = [text(options, "by"), text(options, "expected")];
        const json = {
          ...sent(checked),
          ...(by === undefined ? {} : { by }),
          ...(expected === undefined ? {} : { expected: expected === "none" ? null : expected }),
        };
        const applied = await answer<ConfigAppliedView>(client(io).api.v1.config.apply.$post({ json }, once()));
        io.document(applied);
        tellPlan(io, applied);
        io.line(applied.unchanged ? `${applied.version} was in force already` : `${applied.version} is in force`);
        return 0;
      },
    },
    {
      name: "show",
      about: "The configuration in force, as it was written.",
      example: "headgate config show",
      run: async ({ io }) => {
        const view = await answer<ConfigView>(client(io).api.v1.config.$get());
        if (view.version === undefined)
          throw new HeadgateError(
            "config.not_found",
            "no configuration is applied; do so with: headgate config apply FILE",
          );
        io.document(view);
        io.line(`# ${view.version}, applied ${stamp(view.appliedAt ?? 0)} by ${plain(view.by ?? "?")}`);
        for (const line of (view.text ?? "").split("\n")) io.line(plain(line));
        return 0;
      },
    },
    {
      name: "schema",
      about: "JSON Schema of headgate.yaml for editors; needs no server.",
      example: "headgate config schema > headgate.schema.json",
      run: async ({ io }) => {
        const { configJsonSchema } = await import("../shared/shell/config-json-schema.ts");
        const schema = configJsonSchema();
        io.document(schema);
        io.line(JSON.stringify(schema, null, 2));
        return 0;
      },
    },
  ],
};
