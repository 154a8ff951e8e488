import { type DurationMs, formatDuration, MINUTE_MS } from "../../kernel/time.ts";
import type { Policy } from "../config.ts";
import type { Facts, Opinion } from "../opinion.ts";
import { extremeOf, push, type Runs, releasedAt } from "../windows.ts";

/** A count with its why, before the window for going in has been asked. */
export interface Wish {
  readonly count: number;
  readonly text: string;
  readonly values: Opinion["values"];
}

/** As the HPA beside KEDA's scaler, and longer by the other rule: each step is a rebalance (measured in docs/autoscaling-kafka.md). */
export function windowOf({
  rule,
  window,
}: Pick<Extract<Policy, { type: "kafka-lag" }>, "rule" | "window">): DurationMs {
  return window ?? (rule === "keda" ? 5 : 15) * MINUTE_MS;
}

/** Runs of an earlier clock that ran ahead begin now. */
export function notAhead(runs: Runs | undefined, now: number): Runs | undefined {
  return runs?.some(([since]) => since > now)
    ? runs.map(([since, count]) => [Math.min(since, now), count] as const)
    : runs;
}

/**
 * Outward at once, inward to the largest count that was wanted within the window. As an HPA does at its start, the count that is there is the first one.
 */
export function windowed(
  rule: string,
  facts: Facts,
  wish: Wish,
  before: Runs | undefined,
  windowMs: DurationMs,
): { readonly opinion: Opinion; readonly runs: Runs } {
  const { desired, now } = facts;
  const { count, text, values } = wish;
  const runs = push(notAhead(before, now) ?? [[now, desired]], now, count, "max", windowMs);
  const opinion: Opinion = { rule, say: "some", desired: count, text, values };
  if (count === desired) return { opinion, runs };
  if (count > desired) return { opinion: { ...opinion, wants: "out" }, runs };
  const highest = extremeOf(runs, now, "max", windowMs) ?? count;
  if (highest < desired) return { opinion: { ...opinion, wants: "in", desired: highest }, runs };
  const until = releasedAt(runs, desired, "max", windowMs);
  const ahead = until !== undefined && until > now;
  const left = ahead ? ` for another ${formatDuration(until - now)}` : "";
  return {
    opinion: {
      ...opinion,
      wants: "in",
      held: "held_stabilization",
      ...(ahead ? { until } : {}),
      text: `${text}, but ${highest} was wanted within ${formatDuration(windowMs)}${left}`,
      values: { ...values, stabilized: highest },
    },
    runs,
  };
}
