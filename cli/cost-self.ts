import type { Assumed } from "../functions/cost/config-load.ts";
import type { SelfView } from "../functions/cost/self.ts";
import type { Estimate, SelfLine } from "../shared/core/cost/self/view.ts";
import { answer } from "./client.ts";
import { type Given, type Option, text, texts, type Verb } from "./command.ts";
import { amount } from "./cost-text.ts";
import { WHERE, withCost } from "./cost-where.ts";
import { UsageError } from "./errors.ts";
import { stamp } from "./format.ts";
import { plain, table } from "./io.ts";

/** "services=50" of an option that may be given several times. @throws UsageError */
function numbers(given: Given, name: string, known: readonly string[], help: string): Readonly<Record<string, string>> {
  const pairs = texts(given, name).map((one) => {
    const [, key = "", value = ""] = /^([A-Za-z]+)=(\d{1,12}(?:\.\d{1,6})?)$/.exec(one) ?? [];
    if (!known.includes(key))
      throw new UsageError(`--${name} ${JSON.stringify(one)} is none of ${known.join(", ")}, as NAME=NUMBER`, help);
    return [key, value] as const;
  });
  return Object.fromEntries(pairs);
}

const lineRows = (lines: readonly SelfLine[]): readonly string[] =>
  table([
    ["A MONTH", "WHAT", "PART", "FORMULA"],
    ...lines.map(({ item, part, perMonth, formula }) => [amount(perMonth), item, part ?? "", formula]),
  ]);

const LOAD: Option = {
  name: "load",
  value: "NAME=NUMBER",
  many: true,
  about: "at this load instead of the configuration's: services=50, decisions=1000 (a day), series, alerts, requests …",
};

export const self: Verb = {
  name: "self",
  about: "What Headgate itself costs: from the requests it counted, and at a load. List prices, USD.",
  options: [
    LOAD,
    { name: "parts", value: "NAMES", about: "with --load: parts that are deployed, with commas between" },
    ...WHERE,
  ],
  example: "headgate cost self --load services=50 --load decisions=1000",
  run: async ({ io, options }) => {
    const help = "headgate cost self --help";
    const { LOAD_NAMES, PARTS } = await import("../shared/core/cost/self/load.ts");
    const load = numbers(options, "load", LOAD_NAMES, help);
    const parts = text(options, "parts");
    for (const part of parts?.split(",") ?? [])
      if (!PARTS.some((one) => one === part))
        throw new UsageError(`--parts: ${JSON.stringify(part)} is none of ${PARTS.join(", ")}`, help);
    return withCost(io, options, async (routes) => {
      const query = { ...load, ...(parts === undefined ? {} : { parts }) };
      const view = await answer<SelfView>(routes.self.$get({ query }));
      io.document(view);
      if (view.now) {
        const { since, perMonth, lines, paid } = view.now;
        io.line(
          `now${paid ? "" : " (nothing is paid here)"}: ${amount(perMonth, "USD")} a month, counted since ${stamp(since)}`,
        );
        for (const line of lineRows(lines)) io.line(line);
        io.line();
      }
      io.line(`at the load: ${amount(view.load.perMonth, "USD")} a month`);
      for (const line of lineRows(view.load.lines)) io.line(line);
      for (const note of view.notes) io.line(plain(note));
      return 0;
    });
  },
};

const ASSUMED = ["decisionsPerService", "alerts", "rollouts", "requests"] as const satisfies readonly (keyof Assumed)[];

function estimateLines({ before, after, change, lines, assumptions }: Estimate): readonly string[] {
  const rows = lines.map((one) => [
    amount(one.change),
    amount(one.before),
    amount(one.after),
    one.item,
    one.part,
    one.formula,
  ]);
  return [
    `${amount(before)} → ${amount(after, "USD")} a month: ${amount(change, "USD")}`,
    ...(rows.length === 0
      ? ["nothing changes"]
      : table([["CHANGE", "BEFORE", "AFTER", "WHAT", "PART", "FORMULA"], ...rows])),
    ...assumptions,
  ];
}

export const estimate: Verb = {
  name: "estimate",
  about:
    "What a headgate.yaml would cost beside the one in force, or beside --against, before it is deployed; line by line.",
  positionals: ["FILE"],
  options: [
    {
      name: "against",
      value: "FILE",
      about: "the headgate.yaml it is compared with (default: what is in force; no server is asked with it)",
    },
    {
      name: "assume",
      value: "NAME=NUMBER",
      many: true,
      about: `what no configuration says, a day: ${ASSUMED.join(", ")}`,
    },
  ],
  example: "headgate cost estimate new.yaml --against headgate.yaml",
  run: async ({ io, options, positionals: [file = ""] }) => {
    const assumed = numbers(options, "assume", ASSUMED, "headgate cost estimate --help");
    const { readConfigFile } = await import("../local/config-file.ts");
    const after = readConfigFile(file);
    const against = text(options, "against");
    const assume = Object.fromEntries(Object.entries(assumed).map(([name, value]) => [name, Number(value)]));
    const show = (view: Estimate): 0 => {
      io.document(view);
      for (const line of estimateLines(view)) io.line(plain(line));
      return 0;
    };
    if (against !== undefined) {
      const { estimateChange } = await import("../functions/cost/estimate.ts");
      return show(estimateChange(readConfigFile(against).config, after.config, assume));
    }
    return withCost(io, {}, async (routes) =>
      show(await answer<Estimate>(routes.estimate.$post({ json: { text: after.text, files: after.files, assume } }))),
    );
  },
};
