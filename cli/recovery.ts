import type { MirrorCheckView, RecoveryView } from "../functions/backup/recovery-views.ts";
import { directly, WHERE } from "./backup-options.ts";
import { answer, client } from "./client.ts";
import { type Group, type Invocation, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { commandVerbs, runbooksVerb, showVerb, startVerb } from "./recovery-runbooks.ts";

const texts = () => import("./recovery-text.ts");
const MAX_BYTES = 1_048_576;

const status: Verb = {
  name: "status",
  about:
    "RPO now and at worst, and RTO as drills have measured it, for each kind of disruption, against what is asked. Exits 1 where an objective is breached or not proven.",
  positionals: ["[PLAN]"],
  options: [
    ...WHERE,
    { name: "file", value: "FILE", about: "a disaster-recovery file with objectives (default: the configuration's)" },
  ],
  example: "headgate recovery status hourly",
  run: async ({ io, positionals: [plan], options }) => {
    const dr = text(options, "file");
    const source = await directly(io, options);
    if (!source && dr !== undefined)
      throw new UsageError("--file goes with --config, or --from", "headgate recovery status --help");
    const routes = client(io).api.v1.recovery;
    const view: RecoveryView = source
      ? await (await import("./recovery-direct.ts")).directStatus(io, source, plan, dr)
      : await answer<RecoveryView>(
          plan === undefined
            ? routes.$get()
            : routes.plans[":plan"].$get({ param: { plan: encodeURIComponent(plan) } }),
        );
    io.document(view);
    for (const line of (await texts()).statusLines(view)) io.line(line);
    const good = view.plans.every(({ verdict }) => verdict === undefined || verdict === "met");
    return good && view.troubles.length === 0 ? 0 : 1;
  },
};

const plan: Verb = {
  name: "plan",
  about: "What a disaster-recovery.yml means here: the backup plan that follows from it, and what it leaves open.",
  positionals: ["FILE"],
  example: "headgate recovery plan disaster-recovery.yml",
  run: async ({ io, positionals: [file = ""] }) => {
    const [{ readDrFile }, { derivePlan }] = await Promise.all([
      import("./recovery-direct.ts"),
      import("../shared/core/backup/recovery/derive.ts"),
    ]);
    const { settings, warnings } = await readDrFile(io, file);
    const derived = derivePlan(settings);
    io.document({ file, settings, ...derived, warnings });
    const yaml = derived.plan && (await import("yaml")).stringify({ backup: { hourly: derived.plan } });
    for (const line of (await texts()).planLines(derived, yaml)) io.line(line);
    return 0;
  },
};

const listed = (given: string | undefined): readonly string[] =>
  (given ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

async function writeMirrorFile({ io, positionals: [, file = ""], options }: Invocation): Promise<0 | 1> {
  const [{ readDrFile }, { writeMirror }] = await Promise.all([
    import("./recovery-direct.ts"),
    import("../functions/backup/mirror.ts"),
  ]);
  const { settings } = await readDrFile(io, file);
  const config = text(options, "config");
  const streams =
    config === undefined ? undefined : (await import("../local/config-file.ts")).readConfigFile(config).config.streams;
  const properties = writeMirror(settings, {
    primaryBrokers: listed(text(options, "source-brokers")),
    secondaryBrokers: listed(text(options, "target-brokers")),
    ...(streams ? { streams } : {}),
  });
  const out = text(options, "out");
  if (out !== undefined) {
    const { writeFile } = await import("node:fs/promises");
    await writeFile(out, properties);
  }
  io.document({ text: properties, ...(out === undefined ? {} : { file: out }) });
  if (out === undefined) io.line(properties.trimEnd());
  else io.line(`written to ${out}`);
  return 0;
}

async function checkMirrorFile({ io, positionals: [, file = "", properties] }: Invocation): Promise<0 | 1> {
  if (properties === undefined)
    throw new UsageError(
      "check needs the disaster-recovery file and MirrorMaker's configuration",
      "headgate recovery mirror --help",
    );
  const [{ readDrFile }, { checkMirror }, { readText }] = await Promise.all([
    import("./recovery-direct.ts"),
    import("../functions/backup/mirror.ts"),
    import("./files.ts"),
  ]);
  const { settings } = await readDrFile(io, file);
  const { faults, warnings } = checkMirror(settings, await readText(io, properties, MAX_BYTES), properties);
  const view: MirrorCheckView = { ok: faults.length === 0, faults, warnings };
  io.document(view);
  for (const line of (await texts()).checkLines(properties, view)) io.line(line);
  return view.ok ? 0 : 1;
}

const mirror: Verb = {
  name: "mirror",
  about:
    "write FILE: MirrorMaker 2's mm2.properties, as a disaster-recovery.yml asks for. check FILE PROPERTIES: holds a configuration of MirrorMaker (properties, or connectors as JSON) against it; exits 1 where it does not do what is asked.",
  positionals: ["write|check", "FILE", "[PROPERTIES]"],
  options: [
    { name: "source-brokers", value: "HOST:PORT,…", about: "write: brokers of the primary region" },
    { name: "target-brokers", value: "HOST:PORT,…", about: "write: brokers of the secondary region" },
    { name: "config", value: "FILE", about: "write: a headgate.yaml whose clusters are named as the regions are" },
    { name: "out", value: "FILE", about: "write: into this file instead of standard output" },
  ],
  example: "headgate recovery mirror check disaster-recovery.yml mm2.properties",
  run: (invocation) => {
    const [what] = invocation.positionals;
    if (what === "write") return writeMirrorFile(invocation);
    if (what === "check") return checkMirrorFile(invocation);
    throw new UsageError(
      `mirror write or mirror check, not ${JSON.stringify(what)}`,
      "headgate recovery mirror --help",
    );
  },
};

export const recovery: Group = {
  name: "recovery",
  about: "disaster recovery: RPO and RTO as measured, MirrorMaker, runbooks of failing over and back",
  verbs: [status, plan, mirror, runbooksVerb, startVerb, showVerb, ...commandVerbs],
};
