import type { CostBudget, CostChange, CostOpportunity, CostSource } from "../../functions/api/views-cost.ts";
import { duration, plural } from "./format.ts";
import { money, roundMoney } from "./money.ts";
import type { Standing } from "./traffic-words.ts";

export const KINDS: Readonly<Record<CostOpportunity["kind"], string>> = {
  retention: "shorter retention",
  tiering: "tiered storage",
  rightsize_service: "smaller tasks",
  rightsize_taskmanager: "smaller task managers",
  idle: "idle",
  over_partitioned: "too many partitions",
  underutilized: "underutilized",
};

const DURATIONS: ReadonlySet<string> = new Set([
  "retention.ms",
  "local.retention.ms",
  "delete.retention.ms",
  "segment.ms",
]);

/** A setting as people read it: milliseconds as a time, what is not set as the default. */
export function settingText(name: string, value: string | undefined): string {
  if (value === undefined) return "the default of the cluster";
  if (value === "-1") return "without limit";
  return DURATIONS.has(name) && /^\d+$/.test(value) ? duration(Number(value)) : value;
}

/** What a change does, setting by setting. */
export function changeTexts(action: CostOpportunity["action"]): readonly string[] {
  if (action.type === "by_hand") return action.steps;
  return action.set.map(({ name, value }) => {
    const before = action.before.find((one) => one.name === name)?.value;
    return `${name} of topic ${action.topic} on ${action.cluster}: ${settingText(name, before)} → ${settingText(name, value)}`;
  });
}

const SHORTENS: ReadonlySet<string> = new Set(["retention", "tiering"]);

/** What exactly will happen, before anything is sent. */
export function applyConsequences(one: CostOpportunity): readonly string[] {
  if (one.action.type === "by_hand")
    return [
      "Headgate changes nothing itself. It records that this was done by hand, and looks in the bills for what it saves:",
      ...one.action.steps,
    ];
  return [
    ...changeTexts(one.action).map((text) => `${text}.`),
    "First the safe floor, the present values and the mode are looked at again: where one of them is not as it was proposed, nothing is changed.",
    ...(one.kind === "retention" ? ["Records older than that are removed by the brokers and cannot be had back."] : []),
    ...(SHORTENS.has(one.kind)
      ? [
          "It stays guarded: each hour live groups are looked at, and it is taken back by itself when one of them comes near.",
        ]
      : []),
    one.rollback === "one_call" ? "One call takes the setting back." : "",
    one.savingPerMonth === undefined
      ? "What it saves cannot be told."
      : `Promised: ${money(one.savingPerMonth, one.currency)} a month. Whether that came true is checked against the bills that follow.`,
  ].filter((text) => text !== "");
}

const CHANGES: Readonly<Record<string, Standing>> = {
  open: { tone: "held", icon: "held", word: "not applied" },
  dismissed: { tone: "held", icon: "held", word: "dismissed" },
  applying: { tone: "degraded", icon: "pending", word: "being applied" },
  guarded: { tone: "ok", icon: "ok", word: "applied, guarded" },
  applied: { tone: "ok", icon: "ok", word: "done by hand" },
  reverting: { tone: "degraded", icon: "pending", word: "being taken back" },
  reverted: { tone: "held", icon: "vetoed", word: "taken back" },
  superseded: { tone: "held", icon: "vetoed", word: "changed by another hand since" },
};

export const changeStanding = ({ status }: Pick<CostChange, "status">): Standing =>
  CHANGES[status] ?? { tone: "held", icon: "unknown", word: status.replaceAll("_", " ") };

const SOURCES: Readonly<Record<CostSource["status"], Standing>> = {
  read: { tone: "ok", icon: "ok", word: "read" },
  none: { tone: "held", icon: "unknown", word: "answered: no charge" },
  denied: { tone: "failing", icon: "failing", word: "may not be read" },
  unavailable: { tone: "degraded", icon: "degraded", word: "did not answer" },
};

export const sourceStanding = ({ status }: Pick<CostSource, "status">): Standing => SOURCES[status];

/** How a budget stands: by what is spent, then by what is foreseen. */
export const BUDGETS: Readonly<Record<CostBudget["state"], Standing>> = {
  within: { tone: "ok", icon: "ok", word: "within" },
  reached: { tone: "degraded", icon: "degraded", word: "nearly used up" },
  forecast: { tone: "degraded", icon: "degraded", word: "will be exceeded" },
  exceeded: { tone: "failing", icon: "failing", word: "exceeded" },
  unknown: { tone: "held", icon: "unknown", word: "not known" },
};

/** The sum of what is promised, or that nothing is proposed. */
export function opportunitiesLine(items: readonly CostOpportunity[], saving: string, currency: string): string {
  if (items.length === 0) return "Nothing to save is known";
  const told = items.filter(({ savingPerMonth }) => savingPerMonth !== undefined).length;
  const rest = items.length - told;
  return `${plural(items.length, "opportunity", "opportunities")}, ${roundMoney(saving, currency)} a month${rest > 0 ? `, of ${rest} not known` : ""}`;
}
