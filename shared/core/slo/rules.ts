import { formatPromDuration } from "../kernel/prometheus-duration.ts";
import { MINUTE_MS } from "../kernel/time.ts";
import { INVALID_MINUTES, least } from "./evaluate.ts";
import { TOLERANCE } from "./minute.ts";
import { FIVE_MS } from "./rows.ts";
import { type FileRule, groupsBy, range, selector } from "./rules-text.ts";
import { alertRules, fireRules, windowRules } from "./rules-windows.ts";
import type { Objective, Operator, Sli } from "./types.ts";

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval: string; readonly rules: readonly FileRule[] }[];
}

export interface MadeRules {
  /** As `groups` of a rule file; printed as JSON it is YAML. */
  readonly file: RuleFile;
  /** Objectives that rules cannot hold. */
  readonly left: readonly { readonly objective: string; readonly why: string }[];
}

function whyNot({ sli, budgeting }: Objective): string | undefined {
  if (sli.kind === "composite") return "it is made of other objectives";
  if (sli.source !== "promql")
    return `its figures come from ${sli.source === "cloudwatch" ? "CloudWatch" : `the signal ${sli.signal}`}, not from PromQL`;
  return budgeting.method === "events" ? undefined : "its budget is of slices";
}

/**
 * Prometheus rules that count, window and judge as Headgate does: a group by the minute (minutes, page rows, what is absent or invalid), and one by five
 * minutes (ticket rows). Equal objectives share their rules, so that a thousand of them take some three thousand records of their own and a
 * few dozen rules over all. The budget of the period is left to Headgate.
 */
export function rulesOf(objectives: readonly Objective[]): MadeRules {
  const taken = objectives.filter((one) => whyNot(one) === undefined);
  const left = objectives.flatMap((one) => {
    const why = whyNot(one);
    return why === undefined ? [] : [{ objective: one.name, why }];
  });
  const minutes = [
    ...taken.flatMap(askedRules),
    ...minuteRules(),
    ...windowRules(taken, MINUTE_MS),
    ...fireRules(taken, MINUTE_MS),
    ...alertRules("page"),
    ...absentRules(taken),
    invalidRule(),
  ];
  const fives = [...fiveRules(), ...windowRules(taken, FIVE_MS), ...fireRules(taken, FIVE_MS), ...alertRules("ticket")];
  const hasFives = taken.some(({ rows }) => rows.some(({ grainMs }) => grainMs === FIVE_MS));
  const groups = [
    { name: "headgate_slo", interval: "1m", rules: minutes },
    ...(hasFives ? [{ name: "headgate_slo_5m", interval: "5m", rules: fives }] : []),
  ];
  return { file: { groups: taken.length === 0 ? [] : groups }, left };
}

const labelsOf = ({ name, service }: Objective) => ({ slo: name, ...(service === undefined ? {} : { service }) });

/** When a value is bad: where it does not stand to its bound as it has to. */
const BAD: Readonly<Record<Operator, string>> = { lt: ">=", lte: ">", gt: "<=", gte: "<" };

function asked(sli: Sli): { readonly part: string; readonly total: string } {
  if (sli.kind === "ratio" && sli.source === "promql") {
    const times = sli.per === "second" ? " * 60" : "";
    return { part: `sum(${sli.part})${times}`, total: `sum(${sli.total})${times}` };
  }
  if (sli.kind === "threshold" && sli.source === "promql") {
    const { op, value } = sli.bound;
    const worst = `${op === "lt" || op === "lte" ? "max" : "min"}(${sli.value})`;
    // What is not finite becomes a total that is not a number: invalid.
    return { part: `${worst} ${BAD[op]} bool ${value}`, total: `${worst} * 0 + 1` };
  }
  const share = sli.kind === "share" && sli.source === "promql" ? sli : undefined;
  const worst = `${share?.count === "bad" ? "max" : "min"}(${share?.share})`;
  const within = `clamp(${worst}, 0, 1)`;
  return {
    part: share?.count === "bad" ? within : `1 - ${within}`,
    total: `(${worst} >= -${TOLERANCE} <= ${1 + TOLERANCE}) * 0 + 1 or ${worst} * 0 + NaN`,
  };
}

/** What an objective asks for, each minute; `count` says whether the part is of bad or of good events. */
function askedRules(objective: Objective): readonly FileRule[] {
  const { sli } = objective;
  const { part, total } = asked(sli);
  const own = labelsOf(objective);
  const labels = { ...own, count: sli.kind === "ratio" ? sli.count : "bad" };
  return [
    { record: "headgate_slo:objective:1m", expr: "vector(1)", labels: own },
    { record: "headgate_slo:asked_total:1m", expr: total, labels },
    { record: "headgate_slo:asked_part:1m", expr: part, labels },
  ];
}

const T = "headgate_slo:asked_total:1m";
const P = "headgate_slo:asked_part:1m";
const GOOD = '{count="good"}';

/** Minutes of (bad, total) of all objectives, as `minuteOf` makes them. A minute that is unknown or invalid has no sample. */
function minuteRules(): readonly FileRule[] {
  const notCount = (name: string) => `${name} != ${name} or ${name} < 0 or ${name} == Inf`;
  return [
    {
      record: "headgate_slo:invalid:1m",
      expr: `count without (count) (${notCount(T)} or ((${notCount(P)} or ${P} > ${T} * ${1 + TOLERANCE} + 1e-9) and ${T}))`,
    },
    {
      record: "headgate_slo:good_seen:1m",
      expr: `count by (slo, service, count) (${P}${GOOD} and ${T}) or last_over_time(headgate_slo:good_seen:1m[1h])`,
    },
    {
      record: "headgate_slo:total:1m",
      expr: `sum without (count) (${T}) unless headgate_slo:invalid:1m unless sum without (count) (${T}${GOOD} > 0 unless ${P} unless headgate_slo:good_seen:1m)`,
    },
    {
      record: "headgate_slo:bad:1m",
      expr: `sum without (count) (clamp_min(${T}${GOOD} - ${P}, 0) or ${T}${GOOD} or ${P}{count="bad"} <= ${T} or (${T} and ${P}) or ${T} * 0) and headgate_slo:total:1m`,
    },
  ];
}

/** Whole five minutes, for longer windows. */
const fiveRules = (): readonly FileRule[] => [
  { record: "headgate_slo:bad:5m", expr: `sum_over_time(headgate_slo:bad:1m${range(FIVE_MS)})` },
  { record: "headgate_slo:total:5m", expr: `sum_over_time(headgate_slo:total:1m${range(FIVE_MS)})` },
  { record: "headgate_slo:known:5m", expr: `count_over_time(headgate_slo:total:1m${range(FIVE_MS)})` },
];

/** Nothing known for so long, by whoever has been looking for so long. */
function absentRules(objectives: readonly Objective[]): readonly FileRule[] {
  return groupsBy(objectives, ({ absentMs }) => String(absentMs)).map((some): FileRule => {
    const absentMs = some[0]?.absentMs ?? MINUTE_MS;
    const minutes = Math.ceil(absentMs / MINUTE_MS);
    const over = range(minutes * MINUTE_MS);
    return {
      alert: "SLOAbsent",
      expr: `count_over_time(headgate_slo:objective:1m${selector(some, objectives)}${over}) >= ${least(minutes)} unless count_over_time(headgate_slo:total:1m${over})`,
      labels: { severity: "ticket" },
      annotations: { summary: `{{ $labels.slo }}: nothing is known for ${formatPromDuration(absentMs)}` },
    };
  });
}

const invalidRule = (): FileRule => ({
  alert: "SLOInvalid",
  expr: `count_over_time(headgate_slo:invalid:1m${range(INVALID_MINUTES * MINUTE_MS)})`,
  labels: { severity: "ticket" },
  annotations: { summary: "{{ $labels.slo }}: figures that cannot be were read; they are in no sum" },
});
