import * as v from "valibot";
import { duration, number } from "../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import { MetricRules } from "./metric-rules-config.ts";
import type { PrometheusSettings } from "./prometheus-file.ts";
import type { RuleGroup } from "./types.ts";

const filePath = v.pipe(v.string(), v.minLength(1, "a file"), v.maxLength(500, "a path of at most 500 characters"));
const httpAddress = v.pipe(
  v.string(),
  v.check((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return (url?.protocol === "http:" || url?.protocol === "https:") && url.username === "" && url.password === "";
  }, "http:// or https:// address without user and password"),
);
const urlPath = v.pipe(v.string(), v.regex(/^\/[^\s]*$/, "path starting with /"));
const region = v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "AWS region such as eu-central-1"));

/** Where PromQL is answered by somebody else. With a region, requests are signed for Amazon Managed Prometheus. */
const PrometheusApi = v.strictObject({
  /** Up to and without `/api/v1`; for AMP `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`. */
  url: httpAddress,
  region: v.optional(region),
  timeout: v.optional(duration(SECOND_MS, MINUTE_MS), "10s"),
});

/** Where a Prometheus metric is found in CloudWatch, so that a rule over it can become an alarm. */
const CloudWatchMetric = v.strictObject({
  namespace: v.pipe(v.string(), v.minLength(1, "a namespace"), v.maxLength(255, "at most 255 characters")),
  metric: v.pipe(v.string(), v.minLength(1, "a metric"), v.maxLength(255, "at most 255 characters")),
  statistic: v.optional(v.picklist(["Average", "Sum", "Minimum", "Maximum"]), "Average"),
  period: v.optional(duration(MINUTE_MS, DAY_MS), "60s"),
  /** CloudWatch dimension by Prometheus label. */
  dimensions: v.optional(v.record(v.string(), v.pipe(v.string(), v.minLength(1, "a dimension"))), {}),
});

/** What is asked of a service, each part by its own GET. */
const Collect = v.strictObject({
  health: v.optional(urlPath, "/health"),
  performance: v.optional(urlPath, "/performance"),
  processing: v.optional(urlPath, "/data-processing"),
  every: v.optional(duration(10 * SECOND_MS, HOUR_MS), "1m"),
  timeout: v.optional(duration(100, 30 * SECOND_MS), "5s"),
});

const MonitoredService = v.strictObject({
  /** Base address; a service that runs locally is asked at its first ready instance. */
  endpoint: v.optional(httpAddress),
  collect: v.optional(Collect),
  /** Rules over the collected JSON, by name. */
  alerts: v.optional(MetricRules, {}),
});

/** Section `monitoring` of headgate.yaml as it is written: files by their paths. */
export const MonitoringSection = v.strictObject({
  /** prometheus.yml, as it is; the rule files it names are loaded as well. */
  scrape: v.optional(filePath),
  /** Rule files; `*` and `?` stand for parts of a name. */
  rules: v.optional(v.pipe(v.array(filePath), v.maxLength(100, "at most 100 rule files")), []),
  prometheus: v.optional(PrometheusApi),
  /** How long samples are kept locally. */
  window: v.optional(duration(5 * MINUTE_MS, DAY_MS), "1h"),
  /** Memory that the local window may take. */
  windowMb: v.optional(number(8, 4096), 256),
  alertmanagers: v.optional(v.pipe(v.array(httpAddress), v.maxLength(10, "at most 10 addresses")), []),
  cloudwatch: v.optional(v.record(v.string(), CloudWatchMetric), {}),
  services: v.optional(v.record(v.string(), MonitoredService), {}),
});

type Section = v.InferOutput<typeof MonitoringSection>;
export type PrometheusSource = NonNullable<Section["prometheus"]>;
export type CloudWatchMetricSettings = Section["cloudwatch"][string];

/** The section with its files read: what functions work with. */
export interface MonitoringConfig extends Omit<Section, "scrape" | "rules"> {
  readonly scrape?: { readonly file: string; readonly settings: PrometheusSettings };
  /** Groups of all rule files, in order of the files. */
  readonly groups: readonly RuleGroup[];
}
