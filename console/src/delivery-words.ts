import type {
  DeliveryServiceSummary,
  GatePointView,
  RolloutStrategyView,
  RolloutSummaryView,
} from "../../functions/api/views-delivery.ts";
import type { GateView } from "../../functions/api/views-gates.ts";
import { duration, number, plural, words } from "./format.ts";
import type { Standing } from "./traffic-words.ts";

type Phase = RolloutSummaryView["phase"];
type Verdict = GatePointView["verdict"];

export const STRATEGIES: Readonly<Record<RolloutStrategyView, string>> = {
  canary: "canary",
  "blue-green": "blue-green",
  rolling: "rolling",
  "all-at-once": "all at once",
  "flink-blue-green": "Flink blue-green",
};

/** "5 %", without the digits that nobody needs. */
export const percent = (share: number): string => `${number(share)}\u00a0%`;

/** "2.4.0 95 %, 2.4.1 5 %", the largest first. */
export const sharesText = (shares: Readonly<Record<string, number>>): string =>
  Object.entries(shares)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([name, share]) => `${name} ${percent(share)}`)
    .join(", ");

const BACK: ReadonlySet<Phase> = new Set(["returning", "cleaning", "rolled_back"]);
const ALL: ReadonlySet<Phase> = new Set(["baking", "retiring", "promoted"]);

export const goesBack = ({ phase }: Pick<RolloutSummaryView, "phase">): boolean => BACK.has(phase);

/** Nobody else can say that it goes on: an approval, or counts that show too little and a gate that asks. */
export const waitsForPerson = ({ phase, paused }: Pick<RolloutSummaryView, "phase" | "paused">): boolean =>
  phase === "approval" || paused !== undefined;

const PHASES: Readonly<Record<Phase, (one: RolloutSummaryView) => string>> = {
  starting: ({ version }) => `${version} comes up`,
  checking: ({ version }) => `${version} is checked before it gets traffic`,
  shifting: ({ version, share, strategy }) =>
    strategy === "rolling"
      ? `instances are replaced, up to ${percent(share)}`
      : `${version} is given ${percent(share)}`,
  judging: ({ version, share }) => `${version} has ${percent(share)} and is judged`,
  approval: (one) => `a person has to approve ${nextText(one)}`,
  baking: ({ version, from }) => `${version} has everything, ${from ?? "the old version"} is kept`,
  retiring: ({ from }) => `${from ?? "the old version"} is taken away`,
  returning: ({ from }) => `traffic goes back to ${from ?? "what was there"}`,
  cleaning: ({ version }) => `${version} is taken away`,
  promoted: ({ version }) => `${version} is the service`,
  rolled_back: ({ version, from }) => `${version} was rolled back${from === undefined ? "" : ` to ${from}`}`,
};

/** What a rollout is doing, as part of a sentence: "2.4.1 has 5 % and is judged". */
export const phaseText = (one: RolloutSummaryView): string => PHASES[one.phase](one);

/** What comes after the step in force, as something that can be approved. */
export function nextText({ step, steps, from }: Pick<RolloutSummaryView, "step" | "steps" | "from">): string {
  const next = steps[step + 1];
  return next === undefined ? `that ${from ?? "the old version"} goes` : percent(next.percent);
}

/** "step 2 of 6"; nothing where steps are not what it is at. */
export function stepText({ phase, step, steps }: Pick<RolloutSummaryView, "phase" | "step" | "steps">): string {
  if (steps.length < 2 || step < 0 || BACK.has(phase) || ALL.has(phase)) return "";
  return `step ${step + 1} of ${steps.length}`;
}

/** How a rollout stands: shape, word, and only then colour. */
export function rolloutStanding(one: Pick<RolloutSummaryView, "phase" | "paused">): Standing {
  switch (one.phase) {
    case "promoted":
      return { tone: "ok", icon: "ok", word: "promoted" };
    case "rolled_back":
      return { tone: "failing", icon: "failing", word: "rolled back" };
    case "returning":
    case "cleaning":
      return { tone: "failing", icon: "failing", word: "going back" };
    default:
  }
  if (one.phase === "approval") return { tone: "degraded", icon: "pending", word: "waits for approval" };
  if (one.paused) return { tone: "degraded", icon: "held", word: "paused" };
  const word = one.phase === "shifting" ? "moving traffic" : one.phase;
  return { tone: "held", icon: "pending", word };
}

/** What the gate says. */
export const VERDICTS: Readonly<Record<Verdict, Standing>> = {
  continue: { tone: "held", icon: "pending", word: "undecided" },
  pass: { tone: "ok", icon: "ok", word: "not worse" },
  fail: { tone: "failing", icon: "failing", word: "worse" },
  insufficient: { tone: "degraded", icon: "unknown", word: "too little to see" },
};

/** How one step of the plan stands. */
export type StepMark = "done" | "in force" | "next" | "to come" | "undone" | "not reached";

export function stepMark({ phase, step }: Pick<RolloutSummaryView, "phase" | "step">, index: number): StepMark {
  if (phase === "promoted" || phase === "retiring" || phase === "baking") return "done";
  if (BACK.has(phase)) return index <= step ? "undone" : "not reached";
  if (index < step) return "done";
  if (index === step) return phase === "approval" ? "done" : "in force";
  return index === step + 1 ? "next" : "to come";
}

const isUnderWay = (one: DeliveryServiceSummary): boolean => one.current !== undefined;
const failedIn = (one: DeliveryServiceSummary): boolean => one.last?.phase === "rolled_back" && !one.current;

/** A release that failed is told of on the overview for so long. */
const TOLD_MS = 86_400_000;

/** Whether the last rollout was rolled back lately and nothing came after it. */
export const failedLately = (one: DeliveryServiceSummary, now: number): boolean =>
  failedIn(one) && now - (one.last?.endedAt ?? one.last?.since ?? 0) < TOLD_MS;

/** What of delivery belongs into the first sentence of the overview; empty where nothing is under way and nothing failed. */
export function deliveryParts(items: readonly DeliveryServiceSummary[], now: number): readonly string[] {
  const under = items.filter(isUnderWay);
  const canaries = under.filter(({ current }) => current?.strategy === "canary").length;
  const others = under.length - canaries;
  const waiting = under.filter(({ current }) => current && waitsForPerson(current)).length;
  const back = under.filter(({ current }) => current && goesBack(current)).length;
  const failed = items.filter((one) => failedLately(one, now)).length;
  return [
    ...(canaries > 0 ? [plural(canaries, "canary running", "canaries running")] : []),
    ...(others > 0 ? [plural(others, "rollout under way", "rollouts under way")] : []),
    ...(waiting > 0 ? [`${waiting} waiting for a person`] : []),
    ...(back > 0 ? [`${back} going back`] : []),
    ...(failed > 0 ? [plural(failed, "release rolled back", "releases rolled back")] : []),
  ];
}

/** All of delivery in one line. */
export function deliveryLine(
  items: readonly DeliveryServiceSummary[],
  gates: readonly GateView[],
  now: number,
): string {
  const asking = gates.filter(({ waitsSince }) => waitsSince !== undefined).length;
  const parts = [
    ...deliveryParts(items, now),
    ...(asking > 0
      ? [plural(asking, "gate of another system asks for a person", "gates of other systems ask for a person")]
      : []),
  ];
  const start = items.length === 0 ? "No services" : plural(items.length, "service");
  return [start, ...(parts.length === 0 ? ["nothing is being rolled out"] : parts)].join(", ");
}

function rank({ current, last }: DeliveryServiceSummary): number {
  if (current) return waitsForPerson(current) ? 0 : goesBack(current) ? 1 : 2;
  return last?.phase === "rolled_back" ? 3 : last ? 4 : 5;
}

/** What needs a person first, then what is under way, then what failed, then by name. */
export const byUrgency = (a: DeliveryServiceSummary, b: DeliveryServiceSummary): number =>
  rank(a) - rank(b) || (a.service < b.service ? -1 : 1);

/** "1.08 × (0.71 to 1.63)"; undefined where a side has none. */
export function ratioText(one: {
  readonly ratio?: number;
  readonly ratioLow?: number;
  readonly ratioHigh?: number;
}): string | undefined {
  const { ratio, ratioLow, ratioHigh } = one;
  if (ratio === undefined) return undefined;
  const interval =
    ratioLow === undefined || ratioHigh === undefined ? "" : ` (${number(ratioLow)} to ${number(ratioHigh)})`;
  return `${number(ratio)} ×${interval}`;
}

/** From which ratio on something worse would be seen at this traffic; null: none at all. */
export const visibleText = (ratio: number | null | undefined): string =>
  ratio === undefined ? "not known" : ratio === null ? "nothing at this traffic" : `from ${number(ratio)} × on`;

/** How long it took, or has taken. */
export const lasted = ({ startedAt, endedAt }: RolloutSummaryView, now: number): string =>
  duration(Math.max(0, (endedAt ?? now) - startedAt));

/** Why it ended as it did, or where it is. */
export function outcomeText(one: RolloutSummaryView): string {
  if (one.failure) return `${words(one.failure.reason)}: ${one.failure.text}`;
  return one.verdict === undefined ? phaseText(one) : one.verdict.text;
}

/** Who else rolls out, as they write themselves. */
export const SYSTEMS: Readonly<Record<GateView["system"], string>> = {
  ecs: "ECS",
  codedeploy: "CodeDeploy",
  flagger: "Flagger",
  argo: "Argo Rollouts",
  kayenta: "Kayenta",
};

/** How a gate of another system stands. */
export function gateStanding({ waitsSince, ended, gate, verdict }: GateView): Standing {
  if (waitsSince !== undefined) return { tone: "degraded", icon: "pending", word: "waits for a person" };
  if (ended)
    return ended.ok
      ? { tone: "ok", icon: "ok", word: "let through" }
      : { tone: "failing", icon: "failing", word: "refused" };
  if (verdict !== undefined) return VERDICTS[verdict];
  return gate?.status === "open"
    ? { tone: "ok", icon: "ok", word: "open" }
    : { tone: "held", icon: "held", word: gate ? "closed" : "asked" };
}
