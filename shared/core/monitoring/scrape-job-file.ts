import { count, duration, type Field, fields, flag, list, mapOf, oneOf, size, text, wrong } from "../kernel/fields.ts";
import { checkAddresses, fileDiscovery, httpDiscovery, OTHER_DISCOVERY, targetGroup } from "./discovery-file.ts";
import { HTTP_INERT, httpClientOf, httpFields } from "./http-client.ts";
import { relabelRule } from "./relabel-rule.ts";
import type { PrometheusSettings, ScrapeJob, ScrapeLimits, ScrapeProtocol } from "./settings.ts";

export const TEXT_PROTOCOLS: readonly ScrapeProtocol[] = [
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];

const protocol = oneOf("PrometheusProto", ...TEXT_PROTOCOLS);

/** Duplicates and an empty list are faults upstream; protobuf is left out here with a warning. */
const protocols: Field<readonly ScrapeProtocol[]> = (value, path, notes) => {
  const read = list(protocol)(value, path, notes);
  if (!read) return undefined;
  if (read.length === 0) return wrong(notes, path, value, "scrape_protocols cannot be empty");
  if (new Set(read).size < read.length) return wrong(notes, path, value, "duplicated protocol in scrape_protocols");
  if (read.includes("PrometheusProto")) notes.warnings.push({ path, message: "PrometheusProto is not read here" });
  const known = read.filter((one) => one !== "PrometheusProto");
  return known.length === 0 ? TEXT_PROTOCOLS : known;
};

/** Keys that stand in `global` and in a job. */
export const sharedFields = {
  scrape_interval: duration,
  scrape_timeout: duration,
  scrape_protocols: protocols,
  body_size_limit: size,
  sample_limit: count,
  target_limit: count,
  label_limit: count,
  label_name_length_limit: count,
  label_value_length_limit: count,
  metric_name_validation_scheme: oneOf("utf8", "legacy"),
};

export const SHARED_INERT = [
  "scrape_native_histograms",
  "convert_classic_histograms_to_nhcb",
  "always_scrape_classic_histograms",
  "extra_scrape_metrics",
  "keep_dropped_targets",
  "metric_name_escaping_scheme",
  "scrape_failure_log_file",
];

type Shared = {
  readonly [K in keyof typeof sharedFields]?: (typeof sharedFields)[K] extends Field<infer T> ? T : never;
};

/** What jobs inherit. */
export type Inherited = PrometheusSettings["global"] & Pick<ScrapeJob, "protocols" | "names">;

/** Limits as written; what is 0 or absent is inherited. */
export const limitsOf = (written: Shared, inherited?: ScrapeLimits): ScrapeLimits => ({
  bodyBytes: written.body_size_limit || (inherited?.bodyBytes ?? 0),
  samples: written.sample_limit || (inherited?.samples ?? 0),
  labels: written.label_limit || (inherited?.labels ?? 0),
  labelNameBytes: written.label_name_length_limit || (inherited?.labelNameBytes ?? 0),
  labelValueBytes: written.label_value_length_limit || (inherited?.labelValueBytes ?? 0),
  targets: written.target_limit || (inherited?.targets ?? 0),
});

const job = fields(
  {
    ...sharedFields,
    ...httpFields,
    job_name: text,
    metrics_path: text,
    scheme: oneOf("http", "https"),
    params: mapOf(list(text)),
    honor_labels: flag,
    honor_timestamps: flag,
    track_timestamps_staleness: flag,
    enable_compression: flag,
    fallback_scrape_protocol: protocol,
    static_configs: list(targetGroup),
    file_sd_configs: list(fileDiscovery),
    http_sd_configs: list(httpDiscovery),
    relabel_configs: list(relabelRule),
    metric_relabel_configs: list(relabelRule),
  },
  [
    ...SHARED_INERT,
    ...HTTP_INERT,
    ...OTHER_DISCOVERY,
    "native_histogram_bucket_limit",
    "native_histogram_min_bucket_factor",
    "scrape_classic_histograms",
  ],
);

/** One entry of `scrape_configs`: prometheus/config ScrapeConfig, UnmarshalYAML and Validate. */
export const scrapeJob =
  (global: Inherited): Field<ScrapeJob> =>
  (value, path, notes) => {
    const read = job(value, path, notes);
    if (!read) return undefined;
    const at = (key: string) => [...path, key];
    if (!read.job_name) notes.faults.push({ path: at("job_name"), message: "job_name is empty" });
    const intervalMs = read.scrape_interval || global.scrapeIntervalMs;
    if ((read.scrape_timeout ?? 0) > intervalMs)
      wrong(
        notes,
        at("scrape_timeout"),
        (value as Record<string, unknown>)["scrape_timeout"],
        "scrape timeout greater than scrape interval",
        `up to ${intervalMs / 1000}s`,
      );
    if (read.fallback_scrape_protocol === "PrometheusProto")
      notes.warnings.push({ path: at("fallback_scrape_protocol"), message: "PrometheusProto is not read here" });
    const groups = read.static_configs ?? [];
    if (!read.relabel_configs?.length) checkAddresses(groups, at("static_configs"), notes);
    const fallback = read.fallback_scrape_protocol;
    return {
      name: read.job_name ?? "",
      intervalMs,
      timeoutMs: read.scrape_timeout || Math.min(global.scrapeTimeoutMs, intervalMs),
      metricsPath: read.metrics_path || "/metrics",
      scheme: read.scheme ?? "http",
      params: read.params ?? {},
      honorLabels: read.honor_labels ?? false,
      honorTimestamps: read.honor_timestamps ?? true,
      trackTimestampsStaleness: read.track_timestamps_staleness ?? false,
      compression: read.enable_compression ?? true,
      protocols: read.scrape_protocols ?? global.protocols,
      ...(fallback === undefined || fallback === "PrometheusProto" ? {} : { fallbackProtocol: fallback }),
      names: read.metric_name_validation_scheme ?? global.names,
      limits: limitsOf(read, global.limits),
      http: httpClientOf(read, path, notes),
      groups,
      fileDiscovery: read.file_sd_configs ?? [],
      httpDiscovery: read.http_sd_configs ?? [],
      relabel: read.relabel_configs ?? [],
      metricRelabel: read.metric_relabel_configs ?? [],
    };
  };
