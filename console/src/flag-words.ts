import type { FlagStatus, FlagSummary, FlagView } from "../../functions/api/views-flags.ts";
import { percent, sharesText, VERDICTS } from "./delivery-words.ts";
import { clockTime, duration, plural } from "./format.ts";
import type { Standing } from "./traffic-words.ts";
import { listOf, members, numberOf, numbersOf, show, textOf } from "./values.ts";

const STATUS: Readonly<Record<FlagStatus, Standing>> = {
  on: { tone: "ok", icon: "ok", word: "on" },
  disabled: { tone: "held", icon: "held", word: "disabled" },
  killed: { tone: "failing", icon: "failing", word: "killed" },
  tied: { tone: "failing", icon: "circuit", word: "off by its tie" },
  waiting: { tone: "held", icon: "pending", word: "not yet" },
  over: { tone: "held", icon: "held", word: "its time is over" },
};

export const flagStanding = ({ status }: Pick<FlagSummary, "status">): Standing => STATUS[status];

const RANK: Readonly<Record<FlagStatus, number>> = { killed: 0, tied: 0, on: 1, waiting: 2, disabled: 3, over: 3 };

/** What was switched off or failed stands first, then what is being rolled out, then by name. */
export const byFlagNeed = (a: FlagSummary, b: FlagSummary): number => rank(a) - rank(b) || (a.name < b.name ? -1 : 1);

function rank({ status, rollout }: FlagSummary): number {
  if (rollout?.status === "failed") return 0.5;
  return RANK[status] - (rollout?.status === "running" || rollout?.status === "paused" ? 0.2 : 0);
}

/** All flags in one line: "3 flags, 1 killed, 1 being rolled out". */
export function flagsLine(items: readonly FlagSummary[]): string {
  if (items.length === 0) return "No flags";
  const count = (fits: (one: FlagSummary) => boolean): number => items.filter(fits).length;
  const told = [
    [count(({ status }) => status === "killed"), "killed"],
    [count(({ status }) => status === "tied"), "off by a breaker or an alert"],
    [count(({ rollout }) => rollout?.status === "failed"), "with a failed roll-out"],
    [count(({ rollout }) => rollout?.status === "running"), "being rolled out"],
    [count(({ rollout }) => rollout?.status === "paused"), "paused"],
    [count(({ status }) => status === "disabled"), "disabled"],
  ] as const;
  return [plural(items.length, "flag"), ...told.flatMap(([many, what]) => (many > 0 ? `${many} ${what}` : []))].join(
    ", ",
  );
}

/** How far a gated roll-out is. */
export function flagRolloutText({ rollout }: Pick<FlagSummary, "rollout">): string {
  if (rollout === undefined) return "";
  const { to, status, step, steps, percent: share } = rollout;
  const where = `${to} for ${percent(share)}, step ${step + 1} of ${steps.length}`;
  switch (status) {
    case "failed":
      return `${to} failed and is back at 0\u00a0%`;
    case "done":
      return `${to} is rolled out: ${percent(share)}`;
    default:
      return status === "paused" ? `paused at ${where}` : where;
  }
}

export const flagVerdict = ({ rollout }: Pick<FlagSummary, "rollout">): Standing | undefined =>
  rollout?.verdict && VERDICTS[rollout.verdict.verdict];

const OPERATORS: Readonly<Record<string, string>> = {
  in: "is one of",
  not_in: "is none of",
  eq: "is",
  neq: "is not",
  gt: "is more than",
  gte: "is at least",
  lt: "is less than",
  lte: "is at most",
  starts_with: "starts with",
  ends_with: "ends with",
  contains: "contains",
  semver_eq: "is version",
  semver_gt: "is newer than",
  semver_gte: "is at least version",
  semver_lt: "is older than",
  semver_lte: "is at most version",
  exists: "is there",
  not_exists: "is not there",
};

const VALUES = 6;

function conditionText(value: unknown): string {
  const one = members(value);
  const any = listOf(one["any"]);
  if (any.length > 0) return any.map(conditionText).join(" or ");
  const op = textOf(one["op"]) ?? "";
  const values =
    one["values"] === undefined ? (one["value"] === undefined ? [] : [one["value"]]) : listOf(one["values"]);
  const told = values.slice(0, VALUES).map(show).join(", ");
  const more = values.length > VALUES ? ` and ${values.length - VALUES} more` : "";
  return `${show(one["attribute"])} ${OPERATORS[op] ?? op} ${told}${more}`.trim();
}

function servedText(value: unknown): string {
  const name = textOf(value);
  if (name !== undefined) return `gets ${name}`;
  const rollout = members(members(value)["rollout"]);
  return `is divided: ${sharesText(numbersOf(rollout))}`;
}

/** A rule as people read it. */
export interface RuleText {
  readonly name: string;
  readonly text: string;
}

/** What rules say, in order; the first that applies is served. */
export function ruleTexts(config: unknown, now: number): readonly RuleText[] {
  return listOf(members(config)["rules"]).map((value, index) => {
    const rule = members(value);
    const conditions = listOf(rule["if"]).map(conditionText);
    const who = conditions.length === 0 ? "Everybody" : `Whose ${conditions.join(", and ")}`;
    const [from, until] = [numberOf(rule["from"]), numberOf(rule["until"])];
    const time = [
      ...(from === undefined ? [] : [`from ${clockTime(from, now)}`]),
      ...(until === undefined ? [] : [`until ${clockTime(until, now)}`]),
    ].join(" ");
    return {
      name: textOf(rule["name"]) ?? `rule ${index + 1}`,
      text: `${who} ${servedText(rule["serve"])}${time === "" ? "" : `, ${time}`}`,
    };
  });
}

/** What those get whom no rule has spoken for. */
export function restText({ shares }: Pick<FlagView, "shares">): string {
  const served = Object.entries(shares).filter(([, share]) => share > 0);
  const [only] = served;
  if (served.length === 0) return "Nobody gets anything.";
  return served.length === 1 && only
    ? `Everybody else gets ${only[0]}`
    : `Everybody else is divided: ${sharesText(shares)}`;
}

/** What it is tied to, in words; empty where it is not. */
export function tieTexts(config: unknown): readonly string[] {
  const tie = members(members(config)["killWhen"]);
  const breakers = listOf(tie["breakers"]).map((name) => `circuit ${show(name)} is open`);
  const alerts = listOf(tie["alerts"]).map((labels) => {
    const own = members(labels);
    const name = textOf(own["alertname"]);
    return `alert ${name !== undefined && Object.keys(own).length === 1 ? name : show(labels)} fires`;
  });
  const hold = numberOf(tie["hold"]);
  const after = hold === undefined || hold === 0 ? "" : `, and for ${duration(hold)} after`;
  return [...breakers, ...alerts].map((text) => `${text}${after}`);
}

/** Attributes that rules ask about, as the beginning of a context to try. */
export function exampleContext(config: unknown): string {
  const root = members(config);
  const found: Record<string, unknown> = { [textOf(root["bucketBy"]) ?? "targetingKey"]: "user-17" };
  const take = (value: unknown): void => {
    const one = members(value);
    for (const inner of listOf(one["any"])) take(inner);
    const name = textOf(one["attribute"]);
    if (name === undefined || name.includes(".") || Object.hasOwn(found, name)) return;
    found[name] = one["value"] ?? listOf(one["values"])[0] ?? "";
  };
  for (const rule of listOf(root["rules"])) for (const one of listOf(members(rule)["if"])) take(one);
  return JSON.stringify(found, null, 2);
}

/** The context that was typed; undefined where it is no JSON object. */
export function readContext(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...members(value) } : undefined;
  } catch {
    return undefined;
  }
}
