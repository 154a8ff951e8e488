type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly series: Map<string, { readonly labels: Labels; value: number; buckets?: number[]; count?: number }>;
}

/** Upper bounds in seconds; Prometheus's client default set with a longer tail, since an action may take a minute. */
export const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** A family with more label combinations than this drops new ones and counts them, so that a bug cannot fill the memory. */
const MAX_SERIES = 2_000;

const HELP: Readonly<Record<string, string>> = {
  headgate_decisions_total: "Decisions by noun, reason and mode, also those that changed nothing.",
  headgate_decisions_recorded_total:
    "Decisions that changed something and are in the journal, by noun, reason and mode.",
  headgate_claim_conflicts_total: "Claims that lost to another writer and were tried again.",
  headgate_action_seconds: "Time to perform one action.",
  headgate_recoveries_total: "Actions finished for a worker that died or was too slow.",
  headgate_input_age_seconds: "Age of the newest point of each reading when a decision used it.",
  headgate_decisions_overdue: "Aggregates whose due time has passed by more than two ticks.",
  headgate_http_requests_total: "API requests by route, method and status.",
  headgate_http_request_seconds: "Time to answer an API request.",
  headgate_series_dropped_total: "Metric series refused because a family had too many label combinations.",
};

const escapeLabel = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

const labelText = (labels: Labels, extra?: string): string => {
  const parts = Object.keys(labels)
    .sort()
    .map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`);
  if (extra !== undefined) parts.push(extra);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
};

const numberText = (value: number): string =>
  Number.isNaN(value) ? "NaN" : value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);

/** In-process counters, gauges and histograms with Prometheus text exposition 0.0.4 and OpenMetrics 1.0. */
export function metricsRegistry() {
  const families = new Map<string, Family>();

  const seriesOf = (name: string, kind: Family["kind"], labels: Labels) => {
    let family = families.get(name);
    if (!family) families.set(name, (family = { kind, series: new Map() }));
    const id = labelText(labels);
    const existing = family.series.get(id);
    if (existing) return existing;
    if (family.series.size >= MAX_SERIES) {
      if (name !== "headgate_series_dropped_total") count("headgate_series_dropped_total", { family: name }, 1);
      return undefined;
    }
    const fresh = {
      labels,
      value: 0,
      ...(kind === "histogram" ? { buckets: BUCKETS_SECONDS.map(() => 0), count: 0 } : {}),
    };
    family.series.set(id, fresh);
    return fresh;
  };

  function count(name: string, labels: Labels, by: number): void {
    const series = seriesOf(name, "counter", labels);
    if (series && by >= 0) series.value += by;
  }

  return {
    count,
    gauge(name: string, value: number, labels: Labels): void {
      const series = seriesOf(name, "gauge", labels);
      if (series) series.value = value;
    },
    observe(name: string, seconds: number, labels: Labels): void {
      const series = seriesOf(name, "histogram", labels);
      if (!series?.buckets || !Number.isFinite(seconds)) return;
      series.value += seconds;
      series.count = (series.count ?? 0) + 1;
      for (const [index, bound] of BUCKETS_SECONDS.entries()) {
        if (seconds <= bound) series.buckets[index] = (series.buckets[index] ?? 0) + 1;
      }
    },
    /** Every series as data, for EMF: histograms as count and sum. */
    snapshot(): { name: string; kind: Family["kind"]; labels: Labels; value: number; count?: number }[] {
      return [...families].flatMap(([name, family]) =>
        [...family.series.values()].map((series) => ({
          name,
          kind: family.kind,
          labels: series.labels,
          value: series.value,
          ...(series.count === undefined ? {} : { count: series.count }),
        })),
      );
    },
    expose(format: "prometheus" | "openmetrics"): string {
      const lines: string[] = [];
      for (const name of [...families.keys()].sort()) {
        const family = families.get(name);
        if (!family) continue;
        // OpenMetrics names a counter's family without the suffix that its samples carry.
        const shown = format === "openmetrics" && family.kind === "counter" ? name.replace(/_total$/, "") : name;
        lines.push(`# HELP ${shown} ${HELP[name] ?? name}`, `# TYPE ${shown} ${family.kind}`);
        for (const series of family.series.values()) {
          if (!series.buckets) {
            lines.push(`${name}${labelText(series.labels)} ${numberText(series.value)}`);
            continue;
          }
          for (const [index, bound] of BUCKETS_SECONDS.entries()) {
            lines.push(`${name}_bucket${labelText(series.labels, `le="${bound}"`)} ${series.buckets[index] ?? 0}`);
          }
          lines.push(
            `${name}_bucket${labelText(series.labels, 'le="+Inf"')} ${series.count ?? 0}`,
            `${name}_sum${labelText(series.labels)} ${numberText(series.value)}`,
            `${name}_count${labelText(series.labels)} ${series.count ?? 0}`,
          );
        }
      }
      if (format === "openmetrics") lines.push("# EOF");
      return `${lines.join("\n")}\n`;
    },
  };
}

export type MetricsRegistry = ReturnType<typeof metricsRegistry>;
