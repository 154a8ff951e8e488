import type { MetricsRegistry } from "./metrics-registry.ts";

const NAMESPACE = "Headgate";

/** "headgate_decisions_recorded_total" → "DecisionsRecorded", "headgate_action_seconds" → "ActionSeconds". */
const metricName = (name: string) =>
  name
    .replace(/^headgate_/, "")
    .replace(/_total$/, "")
    .split("_")
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");

/**
 * CloudWatch Embedded Metric Format lines for what changed since the last call: a counter's increase, a gauge's value, a
 * histogram's new sum and count. One line per label set, as a line has one set of dimension values. Each distinct
 * dimension set is a paid custom metric, for each hour in which it is written: only these families leave the process, and of
 * the decisions those that are recorded. A service that is held at its minimum all month costs nothing.
 */
const EXPORTED = new Set([
  "headgate_decisions_recorded_total",
  "headgate_claim_conflicts_total",
  "headgate_recoveries_total",
  "headgate_decisions_overdue",
]);

export function emfExporter(registry: MetricsRegistry, now: () => number) {
  const sent = new Map<string, number>();
  return (): string[] => {
    const lines: string[] = [];
    for (const series of registry.snapshot()) {
      if (!EXPORTED.has(series.name)) continue;
      const id = `${series.name}|${JSON.stringify(series.labels)}`;
      const before = sent.get(id) ?? 0;
      const value = series.kind === "gauge" ? series.value : series.value - before;
      if (series.kind !== "gauge" && value === 0) continue;
      sent.set(id, series.value);
      const name = metricName(series.name);
      lines.push(
        JSON.stringify({
          _aws: {
            Timestamp: now(),
            CloudWatchMetrics: [
              {
                Namespace: NAMESPACE,
                Dimensions: [Object.keys(series.labels).sort()],
                Metrics: [{ Name: name, Unit: "Count" }],
              },
            ],
          },
          ...series.labels,
          [name]: value,
        }),
      );
    }
    return lines;
  };
}
