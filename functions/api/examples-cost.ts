const now = 1_767_571_260_000;
const clock = { now, speed: 1, simulated: false };
const HOUR = 3_600_000;
const figure = { basis: "effective", currency: "USD", zone: "UTC", from: "2026-01-01", to: "2026-01-04" } as const;
const source = {
  ...{ source: "aws", kind: "focus", status: "read", finality: "estimated", through: "2026-01-04" },
  ...{ requests: 0, paid: "0" },
} as const;
const id = "opp_1f0c9d2e7a4b";
const resource = { type: "topic", id: "events/orders", name: "orders", cluster: "events" };
const action = {
  type: "topic_configs",
  cluster: "events",
  topic: "orders",
  set: [{ name: "retention.ms", value: "172800000" }],
  before: [{ name: "retention.ms", value: "604800000" }],
} as const;
const promise = { kind: "retention", resource, currency: "USD", action } as const;

const reportJob = {
  ...{ name: "daily", every: "daily", at: 6, to: ["archive"], receivers: ["team"], nextAt: now + 20 * HOUR },
  last: {
    ...{ id: "daily@2026-01-04", from: "2025-12-06", to: "2026-01-04", endedAt: now, status: "made" },
    summary: "daily 2025-12-06 to 2026-01-04: 312.40 USD (effective)",
    files: ["archive: cost/reports/daily/2026-01-04.html"],
    kept: ["cost/default/reports/daily/2026-01-04.html"],
    ...{ told: ["team/slack-0"], troubles: [] },
  },
} as const;

export const costExamples = {
  CostReport: {
    clock,
    ...figure,
    status: "known",
    total: "41.20",
    unallocated: "0",
    groupBy: ["day", "service"],
    keys: ["day", "service"],
    rows: [
      { day: "2026-01-04", service: "Amazon Managed Streaming for Apache Kafka", cost: "30.15", utilization: 41.5 },
      { day: "2026-01-04", service: "AWS Fargate", cost: "11.05", utilization: null },
    ],
    finality: "estimated",
    days: [{ day: "2026-01-04", finality: "estimated" }],
    sources: [source],
    incomplete: false,
    paid: "0",
    charges: 48,
    withoutAmount: 0,
    currencies: [{ currency: "USD", amount: "41.20" }],
    notes: [],
  },
  CostOpportunities: {
    clock,
    mode: "act",
    currency: "USD",
    savingPerMonth: "38.40",
    items: [
      {
        ...{ id, ...promise, text: "orders keeps 7 d and 2 d are enough: its oldest live group is 9 h behind" },
        current: { retentionMs: 604_800_000 },
        proposed: { retentionMs: 172_800_000 },
        savingPerMonth: "38.40",
        ...{ effort: "very_low", risk: "low", restartNeeded: false, rollback: "one_call" },
        evidence: [{ name: "oldest_live_lag", value: "9 h", samples: 168, source: "streams events" }],
        bounds: ["never below 1 d 3 h: the oldest live group's lag of 9 h, three times"],
        at: now,
      },
    ],
    notProposed: [
      {
        resource: { type: "topic", id: "events/customers", name: "customers", cluster: "events" },
        ...{
          kind: "retention",
          reason: "compacted",
          text: "customers is compacted: its records go by key, not by age",
        },
      },
    ],
    troubles: [],
    dismissed: [{ id: "opp_2b7d", reason: "a replay is planned", by: "ada", at: now - HOUR, until: now + 720 * HOUR }],
  },
  CostChanges: {
    clock,
    currency: "USD",
    promisedPerMonth: "38.40",
    realisedPerMonth: "37.92",
    saved: { soFar: 12.64, low: 12.27, high: 13.03, carried: 0 },
    notes: [],
    items: [
      {
        ...{
          id,
          status: "guarded",
          since: now - 240 * HOUR,
          text: "orders keeps 2 d instead of 7 d",
          ...promise,
          by: "ada",
          why: "audit over",
        },
        appliedAt: now - 240 * HOUR,
        promisedPerMonth: "38.40",
        proof: {
          ...{
            at: now,
            final: false,
            realisedPerMonth: "37.92",
            low: "36.80",
            high: "39.10",
            currency: "USD",
            days: 10,
          },
          text: "37.92 a month by 10 closed days, the load taken into account",
        },
        revertible: true,
      },
    ],
  },
  CostCommand: {
    ...{ id, reason: "applied", text: "retention.ms of orders is 172800000 now, it was 604800000", ok: true },
    decision: "dec_01ke5q8600jsjgwzqy9dwmwy5v",
  },
  CostReports: { clock, items: [reportJob] },
  CostReportRun: {
    ...{ id: "daily", reason: "made", text: `daily: ${reportJob.last.summary}`, ok: true },
    ...{ decision: "dec_01ke5q8600jsjgwzqy9dwmwy5v", report: reportJob },
  },
  CostQuery: {
    engine: "athena",
    columns: [
      { name: "ServiceName", type: "varchar" },
      { name: "cost", type: "decimal(38,18)" },
    ],
    rows: [["Amazon Managed Streaming for Apache Kafka", "30.150000000000000000"]],
    ...{ truncated: false, scannedBytes: 20_000_000, paid: "0.0001", notes: [] },
  },
  CostAllocation: { clock, ...figure, status: "known" },
  CostTenants: {
    clock,
    ...figure,
    status: "known",
    total: "41.20",
    unallocated: "2.10",
    idle: "4.00",
    items: [{ tenant: "checkout", cost: "35.10", share: 85.19, budget: { amount: "400", percent: 9 } }],
    notes: [],
  },
  CostTenant: {
    clock,
    ...figure,
    status: "known",
    tenant: "checkout",
    cost: "35.10",
    parts: [{ kind: "topic", name: "orders", cost: "35.10" }],
    days: [{ day: "2026-01-04", cost: "35.10" }],
    notes: [],
  },
  CostBudgets: {
    clock,
    items: [
      {
        ...{ name: "platform", every: "month", whole: true, period: "2026-01", from: "2026-01-01", to: "2026-01-31" },
        ...{ amount: "700", currency: "USD", spent: "41.20", percent: 5.89, through: "2026-01-04", missingDays: 0 },
        ...{ forecast: 640, low: 610, high: 672, alertAt: [80, 100], told: [], state: "within" },
      },
    ],
    notes: [],
  },
  CostForecast: {
    clock,
    status: "known",
    ...{
      currency: "USD",
      basis: "effective",
      zone: "UTC",
      from: "2026-01-01",
      to: "2026-01-31",
      through: "2026-01-04",
    },
    ...{ history: 60, needed: 7, spent: "41.20", expected: "640.00", low: "610.00", high: "672.00", level: 0.8 },
    ...{ days: [{ day: "2026-01-04", standing: "closed", value: 10.3 }], notes: [], sources: [source] },
  },
  CostDrivers: {
    clock,
    status: "known",
    ...{ currency: "USD", basis: "effective", zone: "UTC", from: "2026-01-01", to: "2026-01-04" },
    against: { from: "2025-12-28", to: "2025-12-31" },
    drivers: {
      before: { from: "2025-12-28", to: "2025-12-31", days: 4, total: "36.20" },
      after: { from: "2026-01-01", to: "2026-01-04", days: 4, total: "41.20" },
      difference: "5.00",
      effects: [{ effect: "volume", amount: "5.00" }],
      rows: [
        {
          ...{ service: "AWS Fargate", before: "6.05", after: "11.05", difference: "5.00" },
          effects: [{ effect: "volume", amount: "5.00" }],
        },
      ],
    },
    ...{ missing: [], notes: [], sources: [source] },
  },
  CostAnomalies: {
    clock,
    ...{ currency: "USD", from: "2025-12-06", to: "2026-01-04" },
    items: [
      {
        ...{
          id: "AWS Fargate@2026-01-03",
          of: "AWS Fargate",
          day: "2026-01-03",
          to: "2026-01-03",
          open: false,
          score: 9,
        },
        ...{ cost: "19.40", expected: "11.00", impact: "8.40", percent: 76.4 },
        causes: [{ usageType: "Fargate-vCPU-Hours:perCPU", impact: "7.90" }],
        text: "AWS Fargate cost 19.40 USD where 11.00 was expected",
      },
    ],
    ...{ learning: [], notes: [], sources: [source] },
  },
  CostSources: { clock, ...figure, status: "known", items: [source], requests: 0, paid: "0" },
  CostImported: {
    source: "aws",
    exports: [
      {
        ...{ name: "january.csv.gz", outcome: "added", rows: 496, rejected: 0, from: "2026-01-01", to: "2026-01-04" },
        replaced: ["2026-01-03"],
      },
    ],
    notes: [],
  },
  CostSelf: {
    clock,
    currency: "USD",
    prices: { region: "us-east-1", date: "2026-01-05" },
    load: { perMonth: "9.12", perDay: "0.304", lines: [] },
    notes: ["nothing was counted yet: what it costs now is not known, which is not zero"],
  },
  CostEstimate: {
    currency: "USD",
    prices: { region: "us-east-1", date: "2026-01-05" },
    before: "9.12",
    after: "9.32",
    change: "0.20",
    lines: [
      {
        ...{ item: "Alarms", part: "autoscaling", before: "0.40", after: "0.60", change: "0.20" },
        formula: "4 alarms → 6 alarms, 0.10 each",
      },
    ],
    assumptions: ["no alert is posted"],
  },
};
