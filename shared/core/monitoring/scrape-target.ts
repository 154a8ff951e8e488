import { type Labels, labelOf, labelsKey } from "../kernel/labels.ts";
import { formatPromDuration, parsePromDuration } from "../kernel/prometheus-duration.ts";
import type { DurationMs } from "../kernel/time.ts";
import type { ScrapeJob } from "./settings.ts";

/** What is scraped, after relabeling. */
export interface ScrapeTarget {
  /** The same for the same target, however often it is discovered. */
  readonly key: string;
  readonly url: string;
  /** Put onto every sample: without labels that begin with two underscores. */
  readonly labels: Labels;
  readonly intervalMs: DurationMs;
  readonly timeoutMs: DurationMs;
}

export type TargetOutcome =
  | { readonly kind: "target"; readonly target: ScrapeTarget }
  /** A rule of `relabel_configs` has dropped it. */
  | { readonly kind: "dropped" }
  | { readonly kind: "fault"; readonly message: string };

const PARAM = "__param_";

/** Path, parameters of the job and of `__param_*` labels: prometheus/scrape Target.URL. */
function urlOf(labels: Labels, job: ScrapeJob): string {
  const params = new Map(Object.entries(job.params).map(([name, values]) => [name, [...values]]));
  for (const [name, value] of Object.entries(labels)) {
    if (!name.startsWith(PARAM)) continue;
    const values = params.get(name.slice(PARAM.length));
    if (values && values.length > 0) values[0] = value;
    else params.set(name.slice(PARAM.length), [value]);
  }
  const query = [...params]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, values]) => values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`))
    .join("&");
  const path = labels["__metrics_path__"] ?? "";
  const joined = path === "" || path.startsWith("/") ? path : `/${path}`;
  const mark = query === "" ? "" : joined.includes("?") ? "&" : "?";
  return `${labels["__scheme__"]}://${labels["__address__"]}${joined}${mark}${query}`;
}

/**
 * Labels of a discovered address, before and after relabeling, as prometheus/scrape PopulateLabels has it. Ports are not added.
 *
 * @param relabel the job's `relabel_configs`, compiled
 */
export function scrapeTarget(
  job: ScrapeJob,
  address: string,
  labels: Labels,
  relabel: (labels: Labels) => Labels | undefined,
): TargetOutcome {
  const fault = (message: string): TargetOutcome => ({ kind: "fault", message });
  const params = Object.entries(job.params).flatMap(([name, [first]]) =>
    first === undefined ? [] : [[`${PARAM}${name}`, first] as const],
  );
  const set = Object.fromEntries(
    Object.entries({ ...labels, __address__: address }).filter(([, value]) => value !== ""),
  );
  const kept = relabel({
    job: job.name,
    __scrape_interval__: formatPromDuration(job.intervalMs),
    __scrape_timeout__: formatPromDuration(job.timeoutMs),
    __metrics_path__: job.metricsPath,
    __scheme__: job.scheme,
    ...Object.fromEntries(params),
    ...set,
  });
  if (!kept) return { kind: "dropped" };
  const at = kept["__address__"] ?? "";
  if (at === "") return fault("no address");
  if (at.includes("/")) return fault(`${JSON.stringify(at)} is not a valid hostname`);
  const scheme = kept["__scheme__"];
  if (scheme !== "http" && scheme !== "https") return fault(`invalid scheme ${JSON.stringify(scheme ?? "")}`);
  const intervalMs = parsePromDuration(kept["__scrape_interval__"] ?? "");
  const timeoutMs = parsePromDuration(kept["__scrape_timeout__"] ?? "");
  if (!intervalMs) return fault("scrape interval cannot be 0 and must be a duration");
  if (!timeoutMs) return fault("scrape timeout cannot be 0 and must be a duration");
  if (timeoutMs > intervalMs) return fault("scrape timeout cannot be greater than scrape interval");
  const url = urlOf(kept, job);
  const shown = Object.fromEntries(Object.entries(kept).filter(([name]) => !name.startsWith("__")));
  const own = { ...shown, instance: kept["instance"] || at };
  return {
    kind: "target",
    target: {
      key: `${labelsKey(own)}\u0003${url}\u0003${intervalMs}\u0003${timeoutMs}`,
      url,
      labels: own,
      intervalMs,
      timeoutMs,
    },
  };
}

/**
 * A sample's labels with those of its target. Where both have one, the target's wins and the sample's is kept as
 * `exported_<name>`; with `honor_labels` the sample's wins. prometheus/scrape mutateSampleLabels.
 */
export function withTargetLabels(sample: Labels, target: Labels, honorLabels: boolean): Labels {
  if (honorLabels) return { ...target, ...sample };
  const merged: Record<string, string> = { ...sample, ...target };
  let conflicts: string[] | undefined;
  for (const name in target) if (labelOf(sample, name) !== "") (conflicts ??= []).push(name);
  if (!conflicts) return merged;
  // Shorter names first: `exported_a` of `a` must not take the place of an `exported_a` that conflicts itself.
  for (const name of conflicts.sort((a, b) => a.length - b.length)) {
    let free = `exported_${name}`;
    while (labelOf(merged, free) !== "") free = `exported_${free}`;
    merged[free] = sample[name] as string;
  }
  return merged;
}
