import type { Millis } from "../../shared/core/kernel/time.ts";
import { type JsonMembers, jsonWire, type Wire, WireFault } from "./wire.ts";

type Dimensions = readonly { readonly Name: string; readonly Value: string }[];

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export interface CloudWatchWire extends Wire {
  /** One measurement; several in one period are combined by the statistic asked for. */
  put(namespace: string, name: string, dimensions: Readonly<Record<string, string>>, at: Millis, value: number): void;
  /** From now on results of this metric carry this status (undefined: as usual). `without` leaves the values out. */
  setStatus(
    name: string,
    status?: {
      readonly code: "InternalError" | "Forbidden" | "PartialData";
      readonly message?: string;
      readonly without?: boolean;
    },
  ): void;
  /** Number of metrics asked for so far: what GetMetricData costs (0.01 USD per 1,000). */
  readonly metricsRead: () => number;
  /** Answers at most this many queries' results per page. */
  pageSize(results: number): void;
  /** Evaluates every alarm at `now` and returns the changes of state, as EventBridge would tell them. */
  evaluate(
    now: Millis,
  ): readonly { readonly name: string; readonly state: AlarmState; readonly previous: AlarmState }[];
  readonly alarmNames: () => readonly string[];
  /** An alarm that somebody else made. */
  putForeign(alarm: Readonly<Record<string, unknown>>, tags?: Readonly<Record<string, string>>): void;
}

interface Alarm {
  readonly kind: "metric" | "composite";
  input: JsonMembers;
  readonly tags: Map<string, string>;
  state: AlarmState;
}

const text = (input: JsonMembers, name: string): string => {
  const value = input[name];
  if (typeof value !== "string" || value === "")
    throw new WireFault("MissingParameter", `The parameter ${name} is required.`);
  return value;
};
const list = (input: JsonMembers, name: string): readonly JsonMembers[] => {
  const value = input[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new WireFault("InvalidParameterValue", `${name} is not a list`);
  return value;
};
const number = (input: JsonMembers, name: string): number => {
  const value = input[name];
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new WireFault("InvalidParameterValue", `The parameter ${name} must be a number`);
  return value;
};
const metricKey = (namespace: string, name: string, dimensions: Dimensions) =>
  JSON.stringify([namespace, name, dimensions.map((one) => `${one.Name}=${one.Value}`).sort()]);

function combine(values: readonly number[], stat: string): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (stat === "Sum") return sum;
  if (stat === "Average") return sum / values.length;
  if (stat === "SampleCount") return values.length;
  // Percentile rank: percent of the values above the lower bound, which is not part of it.
  const above = /^PR\((\d+(?:\.\d+)?):\)$/.exec(stat)?.[1];
  if (above !== undefined) return (100 * values.filter((value) => value > Number(above)).length) / values.length;
  const sorted = [...values].sort((a, b) => a - b);
  if (stat === "Minimum") return sorted[0] ?? 0;
  const rank = stat === "Maximum" ? 1 : Number(/^p(\d+(?:\.\d+)?)$/.exec(stat)?.[1]) / 100;
  if (Number.isNaN(rank)) throw new WireFault("ValidationError", `Invalid statistic ${stat}`);
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] ?? 0;
}

function checkPeriod(period: number): void {
  if (![1, 5, 10, 20, 30].includes(period) && (period <= 0 || period % 60 !== 0))
    throw new WireFault("ValidationError", `Period ${period} must be 1, 5, 10, 20, 30 or a multiple of 60`);
}

/** Looked at besides the evaluated ones, so that a point that comes late is not a missing one. */
const EXTRA_PERIODS = 2;

const COMPARE: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** CloudWatch as far as Headgate sees it: GetMetricData in pages, metric alarms with M of N points and tags. */
export async function cloudwatchWire(): Promise<CloudWatchWire> {
  const metrics = new Map<string, { at: Millis; value: number }[]>();
  const statuses = new Map<string, { readonly code: string; readonly message?: string; readonly without?: boolean }>();
  const alarms = new Map<string, Alarm>();
  let read = 0;
  let page = 500;

  /** Values per period that starts inside [from, to), ascending. */
  const series = (key: string, from: Millis, to: Millis, period: number, stat: string): [Millis, number][] => {
    const periods = new Map<Millis, number[]>();
    for (const { at, value } of metrics.get(key) ?? []) {
      const start = Math.floor(at / period) * period;
      if (start >= from && start < to) periods.set(start, [...(periods.get(start) ?? []), value]);
    }
    return [...periods].sort(([a], [b]) => a - b).map(([at, values]) => [at, combine(values, stat)]);
  };

  const answer = (query: JsonMembers, from: Millis, to: Millis) => {
    const stat = query["MetricStat"] as JsonMembers | undefined;
    const metric = stat?.["Metric"] as JsonMembers | undefined;
    if (!stat || !metric) throw new WireFault("ValidationError", "MetricStat is missing");
    const name = text(metric, "MetricName");
    const namespace = text(metric, "Namespace");
    if (namespace.startsWith(":"))
      throw new WireFault("InvalidParameterValue", "Namespace must not start with a colon");
    const period = number(stat, "Period");
    checkPeriod(period);
    const key = metricKey(namespace, name, list(metric, "Dimensions") as unknown as Dimensions);
    const found = series(key, from, to, period * 1000, text(stat, "Stat"));
    const status = statuses.get(name);
    return {
      Id: query["Id"],
      Label: name,
      Timestamps: status?.without ? [] : found.map(([at]) => at / 1000),
      Values: status?.without ? [] : found.map(([, value]) => value),
      StatusCode: status?.code ?? "Complete",
      ...(status?.message ? { Messages: [{ Code: status.code, Value: status.message }] } : {}),
    };
  };

  const getMetricData = (input: JsonMembers) => {
    const queries = list(input, "MetricDataQueries");
    if (queries.length === 0 || queries.length > 500)
      throw new WireFault("ValidationError", "1..500 MetricDataQueries");
    const ids = queries.map((query) => text(query, "Id"));
    if (new Set(ids).size !== ids.length || !ids.every((id) => /^[a-z][a-zA-Z0-9_]*$/.test(id)))
      throw new WireFault("ValidationError", "ids must be unique and match ^[a-z][a-zA-Z0-9_]*$");
    const [from, to] = [number(input, "StartTime") * 1000, number(input, "EndTime") * 1000];
    if (from >= to) throw new WireFault("ValidationError", "The parameter StartTime must be less than EndTime.");
    const results = queries.map((query) => answer(query, from, to));
    const start = Number(input["NextToken"] ?? 0);
    if (start === 0) read += queries.length;
    const more = start + page < results.length;
    return {
      MetricDataResults: results.slice(start, start + page),
      Messages: [],
      ...(more ? { NextToken: `${start + page}` } : {}),
    };
  };

  const alarmArn = (name: string) => `arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${name}`;
  const putMetricAlarm = (input: JsonMembers) => {
    const name = text(input, "AlarmName");
    for (const required of ["Namespace", "MetricName", "ComparisonOperator"]) text(input, required);
    for (const required of ["EvaluationPeriods", "Threshold", "Period"]) number(input, required);
    if (!COMPARE[text(input, "ComparisonOperator")]) throw new WireFault("ValidationError", "ComparisonOperator");
    if (!["SampleCount", "Average", "Sum", "Minimum", "Maximum"].includes(text(input, "Statistic")))
      throw new WireFault("ValidationError", "Statistic");
    checkPeriod(number(input, "Period"));
    const [points, periods] = [
      Number(input["DatapointsToAlarm"] ?? input["EvaluationPeriods"]),
      number(input, "EvaluationPeriods"),
    ];
    if (points < 1 || points > periods)
      throw new WireFault("ValidationError", "DatapointsToAlarm 1..EvaluationPeriods");
    if (periods * number(input, "Period") > (number(input, "Period") < 3600 ? 86_400 : 604_800))
      throw new WireFault("ValidationError", "Metrics cannot be checked across more than a day");
    const known = alarms.get(name);
    // Tags count when the alarm is made and are ignored afterwards.
    const tags = known?.tags ?? new Map(list(input, "Tags").map((tag) => [text(tag, "Key"), String(tag["Value"])]));
    if (known && known.kind !== "metric") throw new WireFault("ValidationError", `${name} is a composite alarm`);
    alarms.set(name, { kind: "metric", input, tags, state: known?.state ?? "INSUFFICIENT_DATA" });
    return {};
  };

  /** Names in a rule: ALARM("name"), OK(name), INSUFFICIENT_DATA(arn). */
  const childrenOf = (rule: string): readonly string[] =>
    [...rule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)/g)].map(([, name]) => name ?? "");
  const putCompositeAlarm = (input: JsonMembers) => {
    const name = text(input, "AlarmName");
    const rule = text(input, "AlarmRule");
    const children = childrenOf(rule);
    if (children.length === 0 || children.length > 100)
      throw new WireFault("ValidationError", "AlarmRule: 1..100 alarms");
    if (rule.replace(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\("[^"]+"\)|\bAND\b|\bOR\b|\bNOT\b|[()\s]/g, "") !== "")
      throw new WireFault("ValidationError", `AlarmRule cannot be read: ${rule}`);
    const lost = children.find((child) => !alarms.has(child));
    if (lost !== undefined) throw new WireFault("ValidationError", `AlarmRule: no alarm ${lost}`);
    const known = alarms.get(name);
    if (known && known.kind !== "composite") throw new WireFault("ValidationError", `${name} is a metric alarm`);
    const tags = known?.tags ?? new Map(list(input, "Tags").map((tag) => [text(tag, "Key"), String(tag["Value"])]));
    alarms.set(name, { kind: "composite", input, tags, state: known?.state ?? "INSUFFICIENT_DATA" });
    return {};
  };

  /** Parts are evaluated first: the map holds them in the order in which they were made, and a rule names only what exists. */
  const compositeState = ({ input }: Alarm): AlarmState => {
    const rule = text(input, "AlarmRule").replace(/\bALARM\("([^"]+)"\)/g, (_, child: string) =>
      alarms.get(child)?.state === "ALARM" ? "1" : "0",
    );
    let terms = rule.replaceAll("AND", "&").replaceAll("OR", "|").replace(/\s/g, "");
    for (let before = ""; before !== terms; ) {
      before = terms;
      terms = terms
        .replace(/\(([01])\)/g, "$1")
        .replace(/([01])&([01])/g, (_, a: string, b: string) => (a === "1" && b === "1" ? "1" : "0"))
        .replace(
          /(^|\()([01])\|([01])(?!&)/g,
          (_, open: string, a: string, b: string) => `${open}${a === "1" || b === "1" ? "1" : "0"}`,
        );
    }
    return terms === "1" ? "ALARM" : "OK";
  };

  const stateOf = ({ input, state }: Alarm, now: Millis): AlarmState => {
    const period = number(input, "Period") * 1000;
    const periods = number(input, "EvaluationPeriods");
    const end = Math.floor(now / period) * period;
    const key = metricKey(
      text(input, "Namespace"),
      text(input, "MetricName"),
      list(input, "Dimensions") as unknown as Dimensions,
    );
    const found = series(key, end - periods * period, end, period, text(input, "Statistic"));
    const breaches = COMPARE[text(input, "ComparisonOperator")];
    const breaching = found.filter(([, value]) => breaches?.(value, number(input, "Threshold"))).length;
    const missing = periods - found.length;
    const treat = input["TreatMissingData"] ?? "missing";
    const needed = Number(input["DatapointsToAlarm"] ?? periods);
    if (found.length === 0 && treat === "missing") return "INSUFFICIENT_DATA";
    if (treat === "ignore") {
      // What is missing may have been either; the state changes only where that makes no difference.
      const near = series(key, end - (periods + EXTRA_PERIODS) * period, end, period, text(input, "Statistic"));
      const newest = near.slice(-periods);
      const bad = newest.filter(([, value]) => breaches?.(value, number(input, "Threshold"))).length;
      if (newest.length - bad > periods - needed) return "OK";
      return bad >= needed ? "ALARM" : state;
    }
    return breaching + (treat === "breaching" ? missing : 0) >= needed ? "ALARM" : "OK";
  };

  const wire = await jsonWire("1.0", "GraniteServiceVersion20100801", {
    GetMetricData: getMetricData,
    PutMetricAlarm: putMetricAlarm,
    PutCompositeAlarm: putCompositeAlarm,
    DescribeAlarms: (input) => {
      const prefix = String(input["AlarmNamePrefix"] ?? "");
      const size = Math.min(100, Number(input["MaxRecords"] ?? 50));
      const from = Number(input["NextToken"] ?? 0);
      const types = (input["AlarmTypes"] as readonly string[] | undefined) ?? ["MetricAlarm"];
      const typeOf = ({ kind }: Alarm) => (kind === "metric" ? "MetricAlarm" : "CompositeAlarm");
      const names = [...alarms]
        .filter(([name, alarm]) => name.startsWith(prefix) && types.includes(typeOf(alarm)))
        .map(([name]) => name)
        .sort();
      const found = names.slice(from, from + size).map((name) => {
        const { kind, input: alarm, state } = alarms.get(name) as Alarm;
        const { Tags: _, ...members } = alarm;
        const told = {
          ActionsEnabled: true,
          AlarmActions: [],
          OKActions: [],
          ...members,
          AlarmArn: alarmArn(name),
          StateValue: state,
        };
        return { kind, told };
      });
      const of = (kind: Alarm["kind"]) => found.filter((one) => one.kind === kind).map(({ told }) => told);
      return {
        MetricAlarms: of("metric"),
        CompositeAlarms: of("composite"),
        ...(from + size < names.length ? { NextToken: `${from + size}` } : {}),
      };
    },
    DeleteAlarms: (input) => {
      const names = list(input, "AlarmNames") as unknown as readonly string[];
      if (names.length === 0 || names.length > 100) throw new WireFault("ValidationError", "1..100 AlarmNames");
      if (names.some((name) => !alarms.has(name)))
        throw new WireFault("ResourceNotFound", "an alarm does not exist", 404);
      if (names.filter((name) => alarms.get(name)?.kind === "composite").length > 1)
        throw new WireFault("ValidationError", "no more than one composite alarm at a time");
      const parents = [...alarms].filter(([name, { kind }]) => kind === "composite" && !names.includes(name));
      for (const [parent, { input: above }] of parents)
        if (childrenOf(text(above, "AlarmRule")).some((child) => names.includes(child)))
          throw new WireFault("ValidationError", `the composite alarm ${parent} depends on it`);
      for (const name of names) alarms.delete(name);
      return {};
    },
    ListTagsForResource: (input) => {
      const name = text(input, "ResourceARN").split(":alarm:").at(-1) ?? "";
      const alarm = alarms.get(name);
      if (!alarm) throw new WireFault("ResourceNotFoundException", "no such alarm", 404);
      return { Tags: [...alarm.tags].map(([Key, Value]) => ({ Key, Value })) };
    },
  });

  return {
    ...wire,
    put: (namespace, name, dimensions, at, value) => {
      const pairs = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
      const key = metricKey(namespace, name, pairs);
      metrics.set(key, [...(metrics.get(key) ?? []), { at, value }]);
    },
    setStatus: (name, status) => void (status ? statuses.set(name, status) : statuses.delete(name)),
    metricsRead: () => read,
    pageSize: (results) => {
      page = results;
    },
    evaluate: (now) =>
      [...alarms].flatMap(([name, alarm]) => {
        const previous = alarm.state;
        alarm.state = alarm.kind === "metric" ? stateOf(alarm, now) : compositeState(alarm);
        return alarm.state === previous ? [] : [{ name, state: alarm.state, previous }];
      }),
    alarmNames: () => [...alarms.keys()].sort(),
    putForeign: (input, tags = {}) => {
      const kind = input["AlarmRule"] === undefined ? "metric" : "composite";
      alarms.set(text(input, "AlarmName"), { kind, input, tags: new Map(Object.entries(tags)), state: "OK" });
    },
  };
}
