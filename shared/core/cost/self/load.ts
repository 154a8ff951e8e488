/** Parts that are switched on at deploy. */
export const PARTS = ["monitoring", "scoring", "alerting", "traffic", "delivery", "backup", "cost", "tuning"] as const;
export type Part = (typeof PARTS)[number];

/** What Headgate is asked to do: how much of it there is, and how often it happens. Absent is none. */
export interface Load {
  /** Which parts are deployed, whatever they have to do. */
  readonly parts?: readonly Part[];
  /** Services that are scaled, each with its two alarms. */
  readonly services?: number;
  /** Standing alarms of services, where they are not two each. */
  readonly alarms?: number;
  /** Rules that a CloudWatch alarm stands for, and composite ones for `and`, `or` and `==`. */
  readonly ruleAlarms?: number;
  readonly compositeAlarms?: number;
  /** Decisions that changed something, a day. */
  readonly decisions?: number;
  /** Groups of rules that somebody is asked about each minute. */
  readonly ruleGroups?: number;
  /** Series that are scored: each minute from a Prometheus API, each hour from CloudWatch. */
  readonly series?: number;
  readonly seriesCloudwatch?: number;
  /** Alerts that are posted, repeats included, a day. */
  readonly alerts?: number;
  /** Services whose backends are discovered, and whose backends are checked, each minute (less often: a part of one). */
  readonly discovered?: number;
  readonly checked?: number;
  /** A day. */
  readonly rollouts?: number;
  /** Backup runs a day, and destinations of each. */
  readonly backupRuns?: number;
  readonly destinations?: number;
  /** Requests to the API, a day. */
  readonly requests?: number;
  /** Paid questions to Cost Explorer, a day. */
  readonly billRequests?: number;
  /** Kafka and Flink clusters whose usage is observed each hour. */
  readonly clusters?: number;
  /** Cost reports a day. */
  readonly reports?: number;
  /** GB that statements of Athena read, a day. */
  readonly scannedGb?: number;
}

export const LOAD_NAMES = [
  "services",
  "alarms",
  "ruleAlarms",
  "compositeAlarms",
  "decisions",
  "ruleGroups",
  "series",
  "seriesCloudwatch",
  "alerts",
  "discovered",
  "checked",
  "rollouts",
  "backupRuns",
  "destinations",
  "requests",
  "billRequests",
  "clusters",
  "reports",
  "scannedGb",
] as const satisfies readonly (keyof Load)[];
