import type { Alert } from "../kernel/alert.ts";
import type { Millis } from "../kernel/time.ts";
import type { AnomalyConfig } from "./config.ts";
import type { OpenAnomaly } from "./types.ts";
import { anomalyText, expectedText, kindText, scoreText } from "./words.ts";

/** The name under which anomalies reach alerting; routes and silences are written for it. */
export const ALERT_NAME = "Anomaly";

/** The alert of one signal's anomaly. Labels do not change while it lasts, except that a worse severity is another alert. */
export function alertOf(
  config: Pick<AnomalyConfig, "signals" | "labels">,
  service: string,
  signal: string,
  open: OpenAnomaly,
  endsAt: Millis | undefined,
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
    ...(endsAt === undefined ? {} : { endsAt }),
  };
}
