import * as v from "valibot";
import { duration, either, integer, isText, number } from "../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../kernel/time.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const names = v.pipe(v.array(name), v.maxLength(1000));
const currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, "three letters such as USD (ISO 4217)"));
/** Money and rates are text: a YAML number would already have been a float. */
const money = v.pipe(v.string(), v.regex(/^\d{1,15}(\.\d{1,12})?$/, 'an amount as text, such as "1500" or "0.10"'));
const key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,199}$/, "a name"));
const sourceName = v.optional(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "letters, digits, '_' and '-'")),
);

const Focus = v.strictObject({
  name: sourceName,
  /** File, folder or pattern seen from the configuration file, or "s3://bucket/prefix": CSV, CSV.gz or Parquet. */
  focus: name,
  region: v.optional(name),
});
const Cur = v.strictObject({ name: sourceName, cur: name, region: v.optional(name) });
const Explorer = v.strictObject({
  name: sourceName,
  costExplorer: v.strictObject({
    /** Cost Explorer answers in us-east-1, whatever is asked for. */
    region: v.optional(name, "us-east-1"),
    /** What is grouped by beside SERVICE. */
    groupBy: v.optional(
      v.picklist(["USAGE_TYPE", "LINKED_ACCOUNT", "REGION", "OPERATION", "INSTANCE_TYPE"]),
      "USAGE_TYPE",
    ),
    /** Days that may still change: read again. */
    openDays: v.optional(integer(1, 31), 3),
    /** Paid requests a day at the most; above it the answer is `unavailable` and says so. */
    maxRequestsPerDay: v.optional(integer(1, 10_000), 50),
    endpoint: v.optional(
      v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://")),
    ),
  }),
});
const Prices = v.strictObject({
  name: sourceName,
  /** "list": list prices that come with Headgate (region and date are said beside them); else a file of one's own. */
  prices: name,
  region: v.optional(name, "us-east-1"),
});
const Sample = v.strictObject({
  name: sourceName,
  /** A made-up bill for trying, the same for the same seed; marked as such on every figure. */
  sample: v.strictObject({ seed: v.optional(integer(0, 2 ** 31), 1), days: v.optional(integer(1, 400), 60) }),
});
/** Told apart by its member, so that a fault is told where it lies. */
const Source = v.lazy((input) => {
  const has = (member: string) => typeof input === "object" && input !== null && Object.hasOwn(input, member);
  if (has("cur")) return Cur;
  if (has("costExplorer")) return Explorer;
  if (has("prices")) return Prices;
  if (has("sample")) return Sample;
  return Focus;
}) as unknown as v.GenericSchema<
  | v.InferInput<typeof Focus>
  | v.InferInput<typeof Cur>
  | v.InferInput<typeof Explorer>
  | v.InferInput<typeof Prices>
  | v.InferInput<typeof Sample>,
  | v.InferOutput<typeof Focus>
  | v.InferOutput<typeof Cur>
  | v.InferOutput<typeof Explorer>
  | v.InferOutput<typeof Prices>
  | v.InferOutput<typeof Sample>
>;

/** Which costs: all of what is given must match; patterns with * and ?. */
const Scope = v.strictObject({
  tenant: v.optional(name),
  service: v.optional(names),
  account: v.optional(names),
  tag: v.optional(v.record(name, name)),
});

const Budget = v.strictObject({
  amount: money,
  period: v.optional(v.picklist(["month", "quarter", "year"]), "month"),
  scope: v.optional(Scope, {}),
  /** Percent of the amount that was spent. */
  alertAt: v.optional(v.pipe(v.array(number(1, 1000)), v.maxLength(10)), [80, 100]),
  /** Alert when the forecast of the period's end is above the amount. */
  forecast: v.optional(v.boolean(), true),
  severity: v.optional(v.picklist(["info", "warning", "critical"]), "warning"),
});

/** Unusual costs of single services. */
const Anomalies = v.strictObject({
  alert: v.optional(v.boolean(), true),
  /** Money, above or below what was expected, that is not worth telling. */
  minimum: v.optional(money, "10"),
  severity: v.optional(v.picklist(["info", "warning", "critical"]), "warning"),
});

/** Whose cost something is: the first rule that matches. */
const TenantRule = v.strictObject({
  tenant: name,
  topics: v.optional(names),
  groups: v.optional(names),
  jobs: v.optional(names),
  services: v.optional(names),
  accounts: v.optional(names),
  tags: v.optional(v.record(name, name)),
});
const Tenants = v.strictObject({
  rules: v.optional(v.pipe(v.array(TenantRule), v.maxLength(20_000)), []),
  /** A tag whose value names the tenant, where no rule matches. */
  tag: v.optional(name),
  /** A topic, group or service "team.rest" belongs to "team" where nothing else says so: the separator. */
  prefix: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(3))),
  budgets: v.optional(v.record(key, Budget), {}),
});

/** How the cost of what many use is dealt out. */
const Allocation = v.strictObject({
  /** Weights of the parts of a Kafka cluster's cost. */
  weights: v.optional(
    v.strictObject({
      stored: v.optional(number(0, 1000), 50),
      in: v.optional(number(0, 1000), 25),
      out: v.optional(number(0, 1000), 20),
      partitions: v.optional(number(0, 1000), 5),
    }),
    {},
  ),
  /** What nobody can be named for (tax, support, a cluster's brokers at rest): by what each already has, evenly, or not dealt out. */
  shared: v.optional(v.picklist(["proportional", "even", "keep"]), "proportional"),
  /** What was there and unused. */
  idle: v.optional(v.picklist(["proportional", "even", "keep"]), "keep"),
  /** Which service of the bill pays for which cluster: cluster of `streams` (or url of Flink) → patterns of service or resource id. */
  clusters: v.optional(v.record(name, names), {}),
});

const Mode = v.picklist(["observe", "recommend", "act"]);
const Retention = v.strictObject({
  mode: v.optional(Mode, "recommend"),
  /**
   * Which topics are looked at. "floor": all that cost more than the threshold. "seed": the platform's own rule, storage cost above the threshold and
   * access pattern `infrequent`. What is proposed is bounded by the safe floor in both.
   */
  rule: v.optional(v.picklist(["floor", "seed"]), "floor"),
  cluster: v.optional(name),
  topics: v.optional(names, ["*"]),
  exclude: v.optional(names, []),
  /** Times the largest time lag of a live group. */
  safety: v.optional(number(1, 100), 3),
  /** Never below it, whatever is seen. */
  minimum: v.optional(duration(MINUTE_MS, 3650 * DAY_MS), "1d"),
  /** What law or contract asks for, by pattern of topic; the longest that matches holds. */
  compliance: v.optional(v.record(name, duration(MINUTE_MS, 36_500 * DAY_MS)), {}),
  /** A group that was not seen for so long is no longer live. */
  liveFor: v.optional(duration(HOUR_MS, 400 * DAY_MS), "30d"),
  /** Days of history without which nothing is proposed. */
  history: v.optional(duration(HOUR_MS, 400 * DAY_MS), "7d"),
  /** Money a month below which a topic is left alone. The platform's own "storage cost > threshold". */
  threshold: v.optional(money, "10"),
  /** Also propose tiered storage where the cluster has it. */
  tiering: v.optional(v.boolean(), true),
});
const Rightsizing = v.strictObject({
  mode: v.optional(v.picklist(["observe", "recommend"]), "recommend"),
  percentile: v.optional(v.picklist(["p95", "p99"]), "p99"),
  /** Percent above what was needed, as Compute Optimizer has it: 0, 10, 20, 30. */
  headroom: v.optional(number(0, 300), 20),
  lookback: v.optional(duration(DAY_MS, 93 * DAY_MS), "14d"),
  minimumSamples: v.optional(integer(1, 1_000_000), 168),
});

const Report = v.strictObject({
  every: v.picklist(["daily", "weekly"]),
  /** Hour of UTC. */
  at: v.optional(integer(0, 23), 7),
  /** Names of `destinations`, or folders, or s3://bucket/prefix: HTML, Markdown, CSV and JSON lie there. */
  to: v.optional(names, []),
  /** Receivers of alerting (Slack, e-mail, webhook). */
  receivers: v.optional(names, []),
  tenant: v.optional(name),
});

/** `cost` of headgate.yaml. */
export const CostSection = v.strictObject({
  sources: v.optional(v.pipe(v.array(Source), v.maxLength(50)), []),
  currency: v.optional(currency, "USD"),
  basis: v.optional(v.picklist(["billed", "effective"]), "effective"),
  /** Currencies into the one above: { EUR: "1.08" } means one EUR is 1.08 of it. Without a rate a mix is refused. */
  rates: v.optional(v.record(currency, money), {}),
  /** How often sources are read and budgets looked at. */
  schedule: v.optional(
    either(isText, v.picklist(["hourly", "daily", "off"]), v.strictObject({ every: duration(HOUR_MS, 31 * DAY_MS) })),
    "daily",
  ),
  tenants: v.optional(Tenants, {}),
  allocation: v.optional(Allocation, {}),
  budgets: v.optional(v.record(key, Budget), {}),
  anomalies: v.optional(Anomalies, {}),
  retention: v.optional(Retention),
  rightsizing: v.optional(Rightsizing),
  reports: v.optional(v.record(key, Report), {}),
  /** Samples without which utilisation is InsufficientData. */
  minimumSamples: v.optional(integer(1, 1_000_000), 24),
  /** Athena, when deployed: the table over the export. */
  athena: v.optional(
    v.strictObject({
      workgroup: name,
      database: name,
      table: v.optional(name, "cost_export"),
      region: v.optional(name),
    }),
  ),
});
export type CostConfig = v.InferOutput<typeof CostSection>;
export type CostSource = CostConfig["sources"][number];
export type BudgetConfig = v.InferOutput<typeof Budget>;
export type RetentionConfig = v.InferOutput<typeof Retention>;
/** Every setting of `cost.retention` at its default: what was applied is guarded by these once the section is gone. */
export const retentionDefaults = (): RetentionConfig => v.parse(Retention, {});
export type RightsizingConfig = v.InferOutput<typeof Rightsizing>;
export type AllocationConfig = v.InferOutput<typeof Allocation>;
export type TenantsConfig = v.InferOutput<typeof Tenants>;
export type CostReportConfig = v.InferOutput<typeof Report>;
