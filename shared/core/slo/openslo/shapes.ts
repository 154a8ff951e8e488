import { type Field, fields, flag, list, mapOf, text, wrong } from "../../kernel/fields.ts";

/** A number, also as text: bare scalars may come as written. */
const number: Field<number> = (value, path, notes) => {
  const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read)
    ? read
    : wrong(notes, path, value, "wrong type or value", "a number");
};
const any: Field<unknown> = (value) => value;

const metadata = fields({ name: text, displayName: text, labels: any, annotations: any });

const metricSource = fields({ metricSourceRef: text, type: text, spec: mapOf(any) });
const metric = fields({ metricSource });
const ratioMetric = fields({
  counter: flag,
  good: metric,
  bad: metric,
  total: metric,
  raw: metric,
  rawType: text,
});
const sliSpec = fields({ description: text, thresholdMetric: metric, ratioMetric });
const sli = fields({ metadata, spec: sliSpec });

const burnCondition = fields({ kind: text, op: text, threshold: number, lookbackWindow: text, alertAfter: text });
const conditionSpec = fields({ description: text, severity: text, condition: burnCondition });
const condition = fields({ conditionRef: text, apiVersion: text, kind: text, metadata, spec: conditionSpec });
const policySpec = fields({
  description: text,
  alertWhenNoData: flag,
  alertWhenResolved: flag,
  alertWhenBreaching: flag,
  conditions: list(condition),
  notificationTargets: any,
});
const policy = fields({ alertPolicyRef: text, apiVersion: text, kind: text, metadata, spec: policySpec });

const timeWindow = fields({
  duration: text,
  isRolling: flag,
  calendar: fields({ startTime: text, timeZone: text }),
});
const objective = fields({
  displayName: text,
  op: text,
  value: number,
  target: number,
  targetPercent: number,
  timeSliceTarget: number,
  timeSliceWindow: text,
  indicator: sli,
  indicatorRef: text,
  compositeWeight: number,
});
const sloSpec = fields({
  description: text,
  service: text,
  indicator: sli,
  indicatorRef: text,
  timeWindow: list(timeWindow),
  budgetingMethod: text,
  objectives: list(objective),
  alertPolicies: list(policy),
});

/** Head of any document; what `spec` holds is read by kind. */
export const head = fields({ apiVersion: text, kind: text, metadata, spec: any });

export const SPECS = {
  SLO: sloSpec,
  SLI: sliSpec,
  AlertPolicy: policySpec,
  AlertCondition: conditionSpec,
  DataSource: fields({ description: text, type: text, connectionDetails: any }),
  AlertNotificationTarget: fields({ description: text, target: text }),
  Service: fields({ description: text }),
} as const;
export type Kind = keyof typeof SPECS;

type Read<F> = F extends Field<infer T> ? T : never;
export type Spec<K extends Kind> = Read<(typeof SPECS)[K]>;
export type Metric = NonNullable<Read<typeof metric>>;
export type WrittenObjective = NonNullable<Read<typeof objective>>;
export type Policy = NonNullable<Read<typeof policy>>;
export type Condition = NonNullable<Read<typeof condition>>;
