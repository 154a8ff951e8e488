import type { FlagExposuresView, FlagSummary, FlagsView, FlagView } from "../functions/api/views-flags.ts";
import { answer, client } from "./client.ts";
import type { Verb } from "./command.ts";
import { checkFile } from "./config.ts";
import { flagWhy, rolloutWords, sharesWords } from "./flags-words.ts";
import { ago, decisionLines, facts, stamp } from "./format.ts";
import { type Io, table } from "./io.ts";

export const flagRoutes = (io: Io) => client(io).api.v1.flags;
export const flagParam = (name: string | undefined) => ({ name: encodeURIComponent(name ?? "") });

const row = (flag: FlagSummary, now: number): readonly string[] => [
  flag.name,
  flag.type,
  flag.status,
  sharesWords(flag.shares),
  `${flag.rules}`,
  flagWhy(flag, now),
];

/** `headgate flags list`. */
export const flagsListVerb: Verb = {
  name: "list",
  about: "Every flag with what it serves now.",
  example: "headgate flags list",
  run: async ({ io }) => {
    const view = await answer<FlagsView>(flagRoutes(io).$get());
    io.document(view);
    const rows = view.items.map((flag) => row(flag, view.clock.now));
    if (rows.length === 0) io.line("no flags: the configuration in force has none");
    else for (const line of table([["FLAG", "TYPE", "STATUS", "SERVES", "RULES", "WHY"], ...rows])) io.line(line);
    return 0;
  },
};

/** `headgate flags show`. */
export const flagsShowVerb: Verb = {
  name: "show",
  about: "One flag: variants, what is in force above the configuration, the last decisions.",
  positionals: ["NAME"],
  example: "headgate flags show new-checkout",
  run: async ({ io, positionals: [name] }) => {
    const view = await answer<FlagView>(flagRoutes(io)[":name"].$get({ param: flagParam(name) }));
    io.document(view);
    const { now } = view.clock;
    for (const line of facts([
      ["flag", view.name],
      ["about", view.description],
      ["type", view.type],
      ["status", view.status],
      ["why", view.why],
      ["serves", sharesWords(view.shares)],
      ["rules", view.rules === 0 ? undefined : `${view.rules}, tried first`],
      [
        "variants",
        Object.entries(view.variants)
          .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
          .join(", "),
      ],
      ["default", view.default],
      ["off", view.off],
      ["roll-out", rolloutWords(view, now)],
      ["causes", view.causes?.join("; ")],
      ["ignored", view.ignored && `${view.ignored.by}, ${ago(view.ignored.at, now)}: ${view.ignored.why}`],
      ["set", view.set && `${sharesWords(view.set.shares)}, ${view.set.by}, ${ago(view.set.at, now)}: ${view.set.why}`],
      ["configuration", view.configVersion],
    ]))
      io.line(line);
    io.line();
    for (const line of decisionLines(view.decisions)) io.line(line);
    return 0;
  },
};

/** `headgate flags check`. */
export const flagsCheckVerb: Verb = {
  name: "check",
  about: "Checks a file's flags without applying it; needs no server. Exits 2 where it has faults.",
  positionals: ["FILE"],
  example: "headgate flags check headgate.yaml",
  run: async ({ io, positionals }) => {
    const file = positionals[0] as string;
    const checked = await checkFile(io, file);
    if (!checked) return 2;
    const flags = Object.keys(checked.config.flags ?? {}).sort();
    const warnings = checked.warnings.filter(({ path }) => path.startsWith("flags"));
    io.document({ ok: true, file, version: checked.version, flags, faults: [], warnings });
    io.line(`${file}: no faults, ${flags.length} ${flags.length === 1 ? "flag" : "flags"}`);
    return 0;
  },
};

const slowText = (slow: number): string => (slow < 0 ? "-" : `${slow}`);

/** `headgate flags exposures`. */
export const flagsExposuresVerb: Verb = {
  name: "exposures",
  about: "What was given out of a flag, and how requests ended that had each variant.",
  positionals: ["NAME"],
  example: "headgate flags exposures new-checkout",
  run: async ({ io, positionals: [name] }) => {
    const view = await answer<FlagExposuresView>(flagRoutes(io)[":name"].exposures.$get({ param: flagParam(name) }));
    io.document(view);
    const rows = Object.entries(view.totals).map(([variant, { exposed, requests, errors, slow }]) => [
      variant,
      `${exposed}`,
      `${requests}`,
      `${errors}`,
      slowText(slow),
      requests === 0 ? "-" : `${Number(((100 * errors) / requests).toPrecision(3))} %`,
    ]);
    if (view.since === undefined || rows.length === 0) io.line("nobody has reported anything yet");
    else {
      io.line(`since ${stamp(view.since)}`);
      for (const line of table([["VARIANT", "GIVEN OUT", "REQUESTS", "ERRORS", "SLOW", "ERROR RATE"], ...rows]))
        io.line(line);
    }
    return 0;
  },
};
