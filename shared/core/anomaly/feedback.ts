import { iso, type Millis } from "../kernel/time.ts";
import { close, type Deciding } from "./deciding.ts";
import { anomalyAt, kept } from "./state.ts";
import type { AnomalyInput, AnomalyReason } from "./types.ts";

/**
 * A person's word on a point. "fine" ends an anomaly that is open there and teaches the detector that such a thing is usual; "bad"
 * teaches it the opposite, also where it had said nothing. The word is kept with its author and reason.
 */
export function feedback(
  deciding: Deciding,
  input: Extract<AnomalyInput, { kind: "feedback" }>,
  now: Millis,
): AnomalyReason {
  const { service, signal, at, verdict, by, why } = input;
  const { trace, actions } = deciding;
  const anomaly = anomalyAt(deciding.state, signal, at);
  const score = anomaly?.peak ?? input.score ?? 0;
  const about = anomaly ? `the anomaly since ${iso(anomaly.since)}` : "a point that was no anomaly";
  trace.push({
    kind: "changed",
    rule: "feedback",
    text: `${by} says "${why}": ${signal} at ${iso(at)} was ${verdict} (${about})`,
    values: { signal, at, verdict, by, why, score },
  });
  const open = deciding.state.open[signal];
  if (verdict === "fine" && open && at >= open.since)
    close(deciding, signal, open, now, "fine", `${signal}: judged fine`);
  const { state } = deciding;
  deciding.state = {
    ...state,
    counts: { ...state.counts, [verdict]: state.counts[verdict] + 1 },
    judgements: kept(state.judgements, { signal, at, verdict, by, why, saidAt: now }),
  };
  actions.push({
    type: "teach",
    key: `teach:${service}:${signal}:${at}:${verdict}:${now}`,
    service,
    signal,
    at,
    verdict,
    score,
  });
  return verdict === "fine" ? "judged_fine" : "judged_bad";
}
