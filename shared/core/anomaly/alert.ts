import type { Alert } from "../kernel/alert.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../kernel/time.ts";
import type { AnomalyConfig, Signal } from "./config.ts";
import type { OpenAnomaly } from "./types.ts";
import { anomalyText, expectedText, kindText, scoreText } from "./words.ts";

/** The name under which anomalies reach alerting; routes and silences are written for it. */
export const ALERT_NAME = "Anomaly";

/** It is sent again with every batch; three may get lost (Prometheus, AlertingRule.sendAlerts, keeps to the same). */
const BATCHES = 4;

/** How long a receiver takes an alert for firing that it hears nothing more of: its own `resolve_timeout` is shorter than an hour's batch. */
export function firingFor(signal: Pick<Signal, "batch" | "every"> | undefined): DurationMs {
  return BATCHES * Math.max(signal?.batch ?? signal?.every ?? MINUTE_MS, MINUTE_MS);
}

/** Whether an alert tells of an end that has come. */
export type AlertState = { readonly firingAt: Millis } | { readonly endedAt: Millis };

/** The alert of one signal's anomaly: firing as it is sent at an instant, with an end ahead, or with its real end. Labels do not change while it lasts, except that a worse severity is another alert. */
export function alertOf(
  config: Pick<AnomalyConfig, "signals" | "labels">,
  service: string,
  signal: string,
  open: OpenAnomaly,
  state: AlertState,
): Alert {
  const unit = config.signals[signal]?.unit;
  const expected = expectedText(open.low, open.high, unit);
  return {
    labels: { ...config.labels, alertname: ALERT_NAME, service, signal, kind: open.kind, severity: open.severity },
    annotations: {
      summary: `${service}: ${anomalyText(signal, open, unit)}`,
      description: [kindText(open.kind), ...(expected ? [expected] : []), ...(open.facts ?? [])].join("; "),
      score: scoreText(open.peak),
    },
    startsAt: open.since,
    endsAt: "endedAt" in state ? state.endedAt : state.firingAt + firingFor(config.signals[signal]),
  };
}
