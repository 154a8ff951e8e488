import type { Labels } from "../kernel/labels.ts";
import type { DurationMs } from "../kernel/time.ts";
import type { RelabelRule } from "./relabel-rule.ts";

/** Bounds of one scrape; 0 is none, as upstream has it. */
export interface ScrapeLimits {
  /** Of the body after decompression. */
  readonly bodyBytes: number;
  /** Samples after metric relabeling. */
  readonly samples: number;
  /** Labels of one series, the name among them, after metric relabeling. */
  readonly labels: number;
  /** Bytes of UTF-8. */
  readonly labelNameBytes: number;
  readonly labelValueBytes: number;
  /** Targets of one job after relabeling. */
  readonly targets: number;
}

/** A set of addresses with labels of their own. */
export interface TargetGroup {
  /** `host:port`. */
  readonly targets: readonly string[];
  readonly labels: Labels;
}

/** Where a secret is kept, never the secret: `file:PATH` (of a `*_file` key), `env:NAME`, `ssm:/path`. */
export type SecretText = string;

export interface TlsSettings {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

/** How a request is made; without authorization it carries none. */
export interface HttpClientSettings {
  /** `user` is a name; `userFrom` and `passwordFrom` are references. */
  readonly basicAuth?: { readonly user?: string; readonly userFrom?: SecretText; readonly passwordFrom?: SecretText };
  readonly authorization?: { readonly type: string; readonly credentialsFrom?: SecretText };
  readonly tls?: TlsSettings;
  readonly followRedirects: boolean;
}

/** Addresses from files of target groups (JSON or YAML), read again at the interval. */
export interface FileDiscovery {
  readonly files: readonly string[];
  readonly refreshMs: DurationMs;
}

/** Addresses from an HTTP endpoint that answers JSON target groups. */
export interface HttpDiscovery {
  readonly url: string;
  readonly refreshMs: DurationMs;
  readonly http: HttpClientSettings;
}

/** What is asked for, most wanted first. Protobuf is not read. */
export type ScrapeProtocol =
  | "OpenMetricsText1.0.0"
  | "OpenMetricsText0.0.1"
  | "PrometheusText1.0.0"
  | "PrometheusText0.0.4";

/** One `scrape_configs` entry, with everything inherited filled in. */
export interface ScrapeJob {
  readonly name: string;
  readonly intervalMs: DurationMs;
  readonly timeoutMs: DurationMs;
  readonly metricsPath: string;
  readonly scheme: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  /** Whether series with a timestamp of their own get a staleness marker when they end. */
  readonly trackTimestampsStaleness: boolean;
  readonly compression: boolean;
  readonly protocols: readonly ScrapeProtocol[];
  /** Read as this where a target does not say what it sends; absent: such a scrape fails. */
  readonly fallbackProtocol?: ScrapeProtocol;
  /** "legacy": names of letters, digits, underscores and colons only. */
  readonly names: "utf8" | "legacy";
  readonly limits: ScrapeLimits;
  readonly http: HttpClientSettings;
  readonly groups: readonly TargetGroup[];
  readonly fileDiscovery: readonly FileDiscovery[];
  readonly httpDiscovery: readonly HttpDiscovery[];
  readonly relabel: readonly RelabelRule[];
  readonly metricRelabel: readonly RelabelRule[];
}

export interface AlertmanagerSettings {
  readonly scheme: string;
  /** `host:port` as they are written, before `relabel`. */
  readonly targets: readonly string[];
  readonly groups: readonly TargetGroup[];
  readonly pathPrefix: string;
  readonly timeoutMs: DurationMs;
  readonly apiVersion: "v2";
  readonly http: HttpClientSettings;
  readonly relabel: readonly RelabelRule[];
  /** Over the alerts that go to this Alertmanager, after those for all. */
  readonly alertRelabel: readonly RelabelRule[];
}

/** What prometheus.yml says, as plain JSON; paths of files as they are written there. */
export interface PrometheusSettings {
  readonly global: {
    readonly scrapeIntervalMs: DurationMs;
    readonly scrapeTimeoutMs: DurationMs;
    readonly evaluationIntervalMs: DurationMs;
    readonly ruleQueryOffsetMs: DurationMs;
    readonly externalLabels: Labels;
    readonly limits: ScrapeLimits;
  };
  readonly jobs: readonly ScrapeJob[];
  readonly ruleFiles: readonly string[];
  readonly alertRelabel: readonly RelabelRule[];
  readonly alertmanagers: readonly AlertmanagerSettings[];
}
