import * as v from "valibot";
import { Clock, instant, mode, opt } from "./schemas-common.ts";

const Money = v.pipe(v.string(), v.description("Exact decimal text, never a float."));
const count = v.number();
const names = v.array(v.string());
const day = v.pipe(v.string(), v.description("A day of UTC, such as 2026-01-05."));
const nullable = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);
/** What is written in full in docs/cost.md and shared/core/cost: the document names the main members. */
const detail = <T extends v.ObjectEntries>(entries: T) => v.looseObject(entries);

const basis = v.picklist(["billed", "effective"]);
const status = v.pipe(
  v.picklist(["known", "none", "denied", "unavailable", "no_sources"]),
  v.description("Whether there is a figure at all: none, denied and unavailable are not 0."),
);
const finality = v.picklist(["closed", "estimated", "priced", "made_up"]);
const figure = {
  basis,
  currency: nullable(v.string()),
  zone: v.literal("UTC"),
  from: nullable(day),
  to: nullable(day),
};
const source = detail({
  source: v.string(),
  kind: opt(v.string()),
  status: v.picklist(["read", "none", "denied", "unavailable"]),
  finality: opt(finality),
  through: opt(day),
  why: opt(v.string()),
  requests: count,
  scannedBytes: opt(count),
  paid: Money,
});
const reportJob = detail({
  name: v.string(),
  every: v.picklist(["daily", "weekly"]),
  at: count,
  to: names,
  receivers: names,
  tenant: opt(v.string()),
  nextAt: opt(instant),
  current: opt(
    detail({
      from: day,
      to: day,
      startedAt: instant,
      by: v.string(),
      phase: v.picklist(["making", "telling"]),
      failures: count,
      why: opt(v.string()),
    }),
  ),
  last: opt(
    detail({
      from: day,
      to: day,
      endedAt: instant,
      status: v.picklist(["made", "partly", "failed"]),
      summary: v.string(),
      files: names,
      kept: names,
      told: names,
      troubles: names,
    }),
  ),
});
const resource = detail({ type: v.string(), id: v.string(), name: v.string() });
const degree = v.picklist(["very_low", "low", "medium", "high", "very_high"]);
const kind = v.picklist([
  "retention",
  "tiering",
  "rightsize_service",
  "rightsize_taskmanager",
  "idle",
  "over_partitioned",
  "underutilized",
]);
const action = detail({ type: v.picklist(["topic_configs", "by_hand"]) });
const opportunity = detail({
  id: v.string(),
  kind,
  resource,
  text: v.string(),
  savingPerMonth: opt(Money),
  currency: v.string(),
  effort: degree,
  risk: degree,
  restartNeeded: v.boolean(),
  rollback: v.picklist(["one_call", "possible", "impossible"]),
  evidence: v.array(detail({ name: v.string(), value: v.unknown(), source: v.string() })),
  bounds: names,
  action,
  at: instant,
});
const change = detail({
  id: v.string(),
  status: v.picklist(["open", "dismissed", "applying", "guarded", "applied", "reverting", "reverted", "superseded"]),
  since: instant,
  text: v.string(),
  promisedPerMonth: opt(Money),
  proof: opt(detail({ at: instant, final: v.boolean(), realisedPerMonth: opt(Money), text: v.string() })),
  revertible: v.boolean(),
});
const budget = detail({
  name: v.string(),
  every: v.picklist(["month", "quarter", "year"]),
  whole: v.boolean(),
  period: v.string(),
  from: day,
  to: day,
  amount: Money,
  currency: v.string(),
  spent: opt(Money),
  percent: opt(count),
  forecast: opt(count),
  alertAt: v.array(count),
  state: v.picklist(["within", "reached", "exceeded", "forecast", "unknown"]),
});
const ofBudget = opt(v.strictObject({ amount: Money, percent: opt(count) }));

export const costShapes = {
  CostReport: detail({
    clock: Clock,
    ...figure,
    status,
    total: nullable(Money),
    unallocated: nullable(Money),
    groupBy: names,
    rows: v.array(detail({ cost: Money, utilization: nullable(count) })),
    days: v.array(v.strictObject({ day, finality })),
    sources: v.array(source),
    incomplete: v.boolean(),
    paid: Money,
    notes: names,
  }),
  CostOpportunities: detail({
    clock: Clock,
    mode: opt(mode),
    currency: v.string(),
    savingPerMonth: Money,
    items: v.array(opportunity),
    notProposed: v.array(detail({ resource, kind, reason: v.string(), text: v.string() })),
    dismissed: v.array(detail({ id: v.string(), reason: v.string(), by: v.string(), at: instant })),
    troubles: names,
  }),
  CostChanges: detail({
    clock: Clock,
    currency: v.string(),
    items: v.array(change),
    promisedPerMonth: Money,
    realisedPerMonth: opt(Money),
    saved: opt(v.strictObject({ soFar: count, low: count, high: count, carried: count })),
    notes: names,
  }),
  CostCommand: v.strictObject({
    id: v.string(),
    reason: v.string(),
    text: v.string(),
    ok: v.boolean(),
    decision: opt(v.string()),
  }),
  CostReports: v.strictObject({ clock: Clock, items: v.array(reportJob) }),
  CostReportRun: v.strictObject({
    id: v.string(),
    reason: v.picklist(["making", "failing", "made", "partly", "failed"]),
    text: v.string(),
    ok: v.boolean(),
    decision: opt(v.string()),
    report: reportJob,
  }),
  CostQuery: v.strictObject({
    engine: v.picklist(["duckdb", "athena"]),
    columns: v.array(v.strictObject({ name: v.string(), type: v.string() })),
    rows: v.array(v.array(nullable(v.string()))),
    truncated: v.boolean(),
    scannedBytes: opt(count),
    paid: opt(Money),
    notes: names,
  }),
  CostAllocation: detail({ clock: Clock }),
  CostTenants: detail({
    clock: Clock,
    ...figure,
    status,
    total: Money,
    unallocated: Money,
    idle: opt(Money),
    shared: opt(Money),
    madeUp: opt(v.boolean()),
    items: v.array(detail({ tenant: v.string(), cost: Money, share: opt(count), budget: ofBudget })),
    notes: names,
  }),
  CostTenant: detail({
    clock: Clock,
    ...figure,
    tenant: v.string(),
    status,
    cost: Money,
    parts: v.array(v.strictObject({ kind: v.string(), name: v.string(), cost: Money })),
    days: v.array(v.strictObject({ day, cost: Money })),
    notes: names,
  }),
  CostBudgets: detail({ clock: Clock, items: v.array(budget) }),
  CostForecast: detail({
    clock: Clock,
    status: v.picklist(["known", "none", "denied", "unavailable", "no_sources", "insufficient"]),
    currency: opt(v.string()),
    basis,
    from: day,
    to: day,
    through: opt(day),
    history: count,
    spent: opt(Money),
    expected: opt(Money),
    low: opt(Money),
    high: opt(Money),
    level: opt(v.pipe(count, v.description("Share of months that end between low and high."))),
    notes: names,
    sources: v.array(source),
  }),
  CostDrivers: detail({
    clock: Clock,
    status,
    currency: opt(v.string()),
    basis,
    from: day,
    to: day,
    against: v.strictObject({ from: day, to: day }),
    drivers: opt(
      detail({
        difference: Money,
        effects: v.array(v.strictObject({ effect: v.string(), amount: Money })),
        rows: v.array(detail({ before: Money, after: Money, difference: Money })),
      }),
    ),
    missing: v.array(day),
    notes: names,
    sources: v.array(source),
  }),
  CostAnomalies: detail({
    clock: Clock,
    currency: opt(v.string()),
    from: day,
    to: day,
    items: v.array(
      detail({
        id: v.string(),
        of: v.string(),
        day,
        to: day,
        open: v.boolean(),
        cost: Money,
        expected: Money,
        impact: Money,
        causes: v.array(v.strictObject({ usageType: v.string(), impact: Money })),
        text: v.string(),
      }),
    ),
    learning: names,
    notes: names,
    sources: v.array(source),
  }),
  CostSources: detail({ clock: Clock, ...figure, status, items: v.array(source), requests: count, paid: Money }),
  CostImported: detail({
    source: v.string(),
    exports: v.array(
      detail({
        name: v.string(),
        outcome: v.picklist(["added", "same"]),
        rows: count,
        rejected: count,
        from: opt(day),
        to: opt(day),
        replaced: v.array(day),
      }),
    ),
    notes: v.array(detail({ kind: v.string(), source: v.string(), text: v.string() })),
  }),
  CostSelf: detail({
    clock: Clock,
    currency: v.literal("USD"),
    prices: detail({ region: v.string(), date: v.string() }),
    now: opt(detail({ since: instant, hours: count, perMonth: Money, perDay: Money, paid: v.boolean() })),
    load: detail({ perMonth: Money, perDay: Money, lines: v.array(v.unknown()) }),
    notes: names,
  }),
  CostEstimate: detail({
    currency: v.literal("USD"),
    before: Money,
    after: Money,
    change: Money,
    lines: v.array(
      detail({ item: v.string(), part: v.string(), before: Money, after: Money, change: Money, formula: v.string() }),
    ),
    assumptions: names,
  }),
} as const;
