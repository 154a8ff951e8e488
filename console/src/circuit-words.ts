import type { CircuitView } from "../../functions/api/views-breakers.ts";
import { clockTime, duration, plural } from "./format.ts";
import type { Standing } from "./traffic-words.ts";
import { type Members, members, numberOf } from "./values.ts";

type Told = Pick<CircuitView, "status" | "admits" | "forced">;

/** How a circuit stands, a person's hand above the rule. */
export function circuitStanding({ status, forced }: Pick<CircuitView, "status" | "forced">): Standing {
  if (forced?.state === "open") return { tone: "failing", icon: "held", word: "forced open" };
  if (forced?.state === "closed") return { tone: "held", icon: "held", word: "forced closed" };
  if (forced?.state === "disabled") return { tone: "held", icon: "held", word: "disabled" };
  if (status === "open") return { tone: "failing", icon: "circuit", word: "open" };
  if (status === "half_open") return { tone: "degraded", icon: "pending", word: "half open" };
  return { tone: "ok", icon: "ok", word: "closed" };
}

/** What a caller meets now, as a sentence. */
export function admitsText({ status, admits, forced }: Told): string {
  if (forced?.state === "disabled") return "Every call goes through and nothing is counted.";
  if (forced?.state === "closed") return "Every call goes through, whatever fails.";
  if (admits === "no")
    return status === "half_open" ? "Calls are refused while the probes are on their way." : "Calls are refused.";
  if (admits === "probe") return "One call may try; all others are refused.";
  return "Calls go through and are counted.";
}

/** A window of time has so many buckets. */
const BUCKETS = 10;

/** What the rule has counted so far, against what opens it; undefined where nothing is counted now. */
export function countedText(policy: Members, circuit: CircuitView, now: number): string | undefined {
  if (circuit.forced) return undefined;
  if (circuit.status === "half_open")
    return `${circuit.successes} of ${plural(numberOf(policy["successes"]) ?? 0, "success", "successes")} that close it`;
  if (circuit.status === "open") return undefined;
  if (policy["rule"] === "consecutive") {
    const failures = Math.max(0, circuit.counts["failures"] ?? 0);
    return `${failures} of ${plural(numberOf(policy["failures"]) ?? 0, "failure")} that open it`;
  }
  const { calls, failures, slow } = windowSums(policy, circuit.counts, now);
  const needed = numberOf(policy["minimumCalls"]) ?? 0;
  const few = calls < needed ? `; fewer than ${needed} calls say nothing` : "";
  const share = calls === 0 ? "" : ` (${Math.round((failures / calls) * 100)} %, opens at ${policy["failureRate"]} %)`;
  return `${failures} of ${plural(calls, "call")} failed${share}, ${slow} slow${few}`;
}

/** Sums over the buckets that are in the window, newest first. */
export function windowSums(
  policy: Members,
  counts: CircuitView["counts"],
  now: number,
): { readonly calls: number; readonly failures: number; readonly slow: number } {
  const window = members(policy["window"]);
  const time = numberOf(window["time"]);
  const room = numberOf(window["calls"]) ?? Number.POSITIVE_INFINITY;
  const oldest = time === undefined ? 0 : Math.floor(now / (time / BUCKETS)) - BUCKETS + 1;
  const sums = { calls: 0, failures: 0, slow: 0 };
  const buckets = Object.keys(counts)
    .flatMap((key) => (key.startsWith("calls/") ? Number(key.slice("calls/".length)) : []))
    .sort((a, b) => b - a);
  for (const bucket of buckets) {
    if (bucket < oldest || sums.calls >= room) continue;
    for (const name of ["calls", "failures", "slow"] as const) sums[name] += counts[`${name}/${bucket}`] ?? 0;
  }
  return sums;
}

/** As it is now: a force whose end has come is none any more, although nobody may have written that down yet. */
export function inForce<T extends Pick<CircuitView, "forced">>(circuit: T, now: number): T {
  const { forced, ...rest } = circuit;
  return forced?.until !== undefined && forced.until <= now ? (rest as T) : circuit;
}

/** Until when it is open, ticking: "next probe in 43 s". Undefined where it is not open by its rule. */
export function countdownText(
  { status, openUntil, forced }: Pick<CircuitView, "status" | "openUntil" | "forced">,
  now: number,
): string | undefined {
  if (forced || status !== "open" || openUntil === undefined) return undefined;
  return openUntil > now
    ? `no call before ${clockTime(openUntil, now)}, in ${duration(Math.max(1000, openUntil - now))}`
    : "the next call may try";
}

/** Who has forced it, why and until when. */
export function forcedText({ by, why, until }: NonNullable<CircuitView["forced"]>, now: number): string {
  return `by ${by} ${until === undefined ? "until it is released" : `until ${clockTime(until, now)}`}: ${why}`;
}

export type ForceState = "open" | "closed" | "disabled";

/** What is filled in before a circuit is forced. */
export interface ForceForm {
  readonly state: ForceState;
  /** A duration; empty: until it is released. */
  readonly lasts: string;
  readonly why: string;
  readonly by: string;
  readonly typedName: string;
}

export const FORCES: readonly (readonly [state: ForceState, label: string])[] = [
  ["open", "open: refuse every call"],
  ["closed", "closed: let every call through"],
  ["disabled", "disabled: let through and count nothing"],
];

/** Why the form cannot be sent yet; undefined when it can. */
export function forceFault(form: ForceForm, circuit: string): string | undefined {
  if (form.why.trim() === "") return "Say why: the reason goes into the decision record.";
  if (form.state === "open" && form.typedName !== circuit) return "Type the name of the circuit to confirm.";
  return undefined;
}

const HAPPENS: Readonly<Record<ForceState, readonly string[]>> = {
  open: [
    "Every call through this circuit is refused, also where the other side is well.",
    "No probe is made: nothing closes it by itself before the end.",
  ],
  closed: ["Every call goes through, also where all of them fail: nothing is protected by this circuit."],
  disabled: ["Every call goes through and none is counted: the rule learns nothing meanwhile."],
};

/** What exactly will happen, in sentences. */
export function forceConsequences(
  form: ForceForm,
  circuit: CircuitView | undefined,
  endsAt: number | undefined,
  now: number,
): readonly string[] {
  return [
    ...HAPPENS[form.state],
    ...(circuit === undefined ? [] : [`It is ${circuitStanding(circuit).word} now.`]),
    "All callers that share it follow, each at its next look.",
    endsAt === undefined
      ? "Lasts until somebody releases it."
      : `Ends by itself at ${clockTime(endsAt, now)}; it is then closed and counted anew.`,
  ];
}
