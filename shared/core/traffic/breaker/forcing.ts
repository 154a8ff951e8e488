import type { Forced } from "../../kernel/circuit.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import { type BreakerStep, held, transition } from "./change.ts";
import { clause } from "./phrases.ts";
import type { BreakerReason, CircuitEvent, CircuitItem } from "./types.ts";

type Force = Extract<CircuitEvent, { type: "forced" }>;

const REASONS: Readonly<Record<Forced["state"], BreakerReason>> = {
  open: "forced_open",
  closed: "forced_closed",
  disabled: "disabled",
};
const MEANS: Readonly<Record<Forced["state"], string>> = {
  open: "nobody calls",
  closed: "everybody calls and is counted, nothing opens it",
  disabled: "everybody calls, nothing is counted",
};

/** By hand, above the rule: open, closed or disabled, until it is taken back or `until` has come. */
export function forcedBy(item: CircuitItem, event: Force, now: Millis): BreakerStep {
  const { state, by, why, until } = event;
  if (until !== undefined && !(until > now))
    return held(item, "held_stale", [clause("held", "force", "the end it was given has come already", { until })]);
  const before = item.circuit.forced;
  if (before?.state === state && before.by === by && before.why === why && before.until === until)
    return held(item, "held_unchanged", [clause("held", "force", "it is forced so already")]);
  const forced: Forced = { state, by, why, at: now, ...(until === undefined ? {} : { until }) };
  const how = until === undefined ? "until it is taken back" : `for ${formatDuration(until - now)}`;
  const values = until === undefined ? {} : { until };
  return transition(
    item,
    {
      status: state === "open" ? "open" : "closed",
      opens: 0,
      forced,
      ...(state === "open" && until !== undefined ? { openUntil: until } : {}),
    },
    {
      reason: REASONS[state],
      by,
      at: now,
      values,
      trace: [clause("changed", "force", `${by} forced it ${how}: ${MEANS[state]} (${why})`, values)],
    },
  );
}

/** Taken back, or its end has come: closed, and counting begins anew. */
export function released(item: CircuitItem, by: string, now: Millis, why: string | undefined): BreakerStep {
  const { forced } = item.circuit;
  if (!forced) return held(item, "held_unchanged", [clause("held", "force", "it is not forced")]);
  const text = `${why ?? `${by} took the force back`}: closed, and counted anew`;
  return transition(
    item,
    { status: "closed", opens: 0 },
    { reason: "released", by, at: now, values: {}, trace: [clause("changed", "force", text, { state: forced.state })] },
  );
}
