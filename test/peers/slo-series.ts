import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { evaluateInstant } from "../../shared/core/monitoring/promql/evaluate.ts";
import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import type { Minute, Objective, Reading } from "../../shared/core/slo/types.ts";
import { given } from "../slo/given.ts";
import type { PromData } from "./prometheus.ts";

export type Value = number | "stale";
/** What one minute's samples are; undefined: none. */
export interface Sampled {
  readonly part: Value | undefined;
  readonly total: Value | undefined;
}

/** Windows of one length: promtool takes its time for each. */
const rowsOf = (fast: number, slow: number) => [
  { severity: "page", long: "10m", short: "2m", factor: fast },
  { severity: "page", long: "40m", short: "8m", factor: slow },
];
const SHORT_ROWS = rowsOf(4, 2);
const LONG_ROWS = rowsOf(14.4, 6);

/** Objectives of every kind that rules can hold, as settings; the name is the number of its series. */
const KINDS: readonly ((i: number) => object)[] = [
  (i) => ({
    sli: { promql: { bad: `part{i="${i}"}`, total: `total{i="${i}"}`, per: "minute" } },
    target: 95,
    alerts: SHORT_ROWS,
  }),
  (i) => ({
    sli: { promql: { good: `part{i="${i}"}`, total: `total{i="${i}"}`, per: "minute" } },
    target: 95,
    alerts: SHORT_ROWS,
    service: "orders",
  }),
  (i) => ({
    sli: { promql: { bad: `part{i="${i}"}`, total: `total{i="${i}"}`, per: "minute" } },
    target: 99,
    absent: "5m",
    alerts: LONG_ROWS,
  }),
  (i) => ({ sli: { promql: { value: `part{i="${i}"}` }, max: 20 }, target: 95, alerts: SHORT_ROWS }),
  (i) => ({ sli: { promql: { goodShare: `part{i="${i}"} / 64` } }, target: 90, alerts: SHORT_ROWS }),
  (i) => ({
    sli: { promql: { bad: `rate(part{i="${i}"}[2m])`, total: `rate(total{i="${i}"}[2m])` } },
    target: 95,
    alerts: SHORT_ROWS,
  }),
];
const COUNTERS = 5;
/** The first kinds ask for nothing but their two series. */
const PLAIN = 3;

export interface Case {
  readonly objective: Objective;
  readonly samples: readonly Sampled[];
  readonly kind: number;
}

const REGIMES = ["calm", "burning", "few", "none", "gone", "no_part", "invalid", "odd"] as const;
type Regime = (typeof REGIMES)[number];

/** Minutes in stretches: calm, burning, few events, none, nothing there, no series of the part, impossible figures. */
function samplesOf(kind: number, minutes: number, random: () => number): readonly Sampled[] {
  const whole = (below: number) => Math.floor(random() * below);
  const values: { part: number | undefined; total: number | undefined }[] = [];
  const isCounter = kind === COUNTERS;
  let [countedPart, countedTotal] = [0, 0];
  while (values.length < minutes) {
    const regime: Regime = random() < 0.4 ? "calm" : (REGIMES[whole(REGIMES.length)] ?? "calm");
    const length = 1 + whole(regime === "calm" ? 30 : 20);
    for (let index = 0; index < length && values.length < minutes; index += 1) {
      const total = regime === "few" ? whole(4) : regime === "none" ? 0 : 20 + whole(60);
      const burnt = whole(Math.max(1, Math.ceil(total * (regime === "burning" ? 0.9 : 0.06))));
      const made = partOf(kind, regime, burnt, total, random);
      if (!isCounter) values.push(made);
      else {
        // Now and then a counter begins anew.
        if (whole(80) === 0) [countedPart, countedTotal] = [0, 0];
        countedPart += burnt;
        countedTotal += total;
        values.push({
          part: made.part === undefined ? undefined : countedPart,
          total: made.total === undefined ? undefined : countedTotal,
        });
      }
    }
  }
  return values.map(({ part, total }, index) => ({
    part: orStale(part, values[index - 1]?.part),
    total: orStale(total, values[index - 1]?.total),
  }));
}

/** Scrapes that no longer find a series mark it stale. */
const orStale = (now: number | undefined, before: number | undefined): Value | undefined =>
  now ?? (before === undefined ? undefined : "stale");

function partOf(kind: number, regime: Regime, burnt: number, total: number, random: () => number) {
  if (regime === "gone") return { part: undefined, total: undefined };
  // A good count is what is not burnt; a share is of 64; a value is as it is.
  const part = kind === 1 ? total - burnt : kind === 4 ? 64 - Math.min(64, burnt) : burnt;
  if (regime === "no_part") return { part: undefined, total };
  if (regime === "invalid") return { part: part + total * 2 + 70, total };
  if (regime === "odd" && kind !== COUNTERS)
    return { part: random() < 0.5 ? Number.NaN : -1, total: random() < 0.2 ? Infinity : total };
  return { part, total };
}

/** @param plain only kinds whose rules ask for the series as they are */
export const casesOf = (count: number, minutes: number, random: () => number, plain: boolean): readonly Case[] =>
  Array.from({ length: count }, (_, i) => {
    const kind = i % (plain ? PLAIN : KINDS.length);
    return {
      objective: given((KINDS[kind]?.(i) ?? {}) as Readonly<Record<string, unknown>>, String(i)),
      samples: samplesOf(kind, minutes, random),
      kind,
    };
  });

const listed = (value: Value | undefined): readonly number[] => (typeof value === "number" ? [value] : []);

/** What Headgate would have read, minute by minute. */
export function readingsOf({ objective, samples, kind }: Case): readonly Reading[] {
  if (kind === 3) return samples.map(({ part }) => ({ kind: "value", values: listed(part) }));
  if (kind === 4)
    return samples.map(({ part }) => ({ kind: "value", values: listed(part).map((value) => value / 64) }));
  if (kind !== COUNTERS)
    return samples.map(({ part, total }) => ({ kind: "ratio", part: listed(part), total: listed(total) }));
  const { sli } = objective;
  if (sli.kind !== "ratio" || sli.source !== "promql") throw new Error("counters are ratios");
  const data = (name: "part" | "total"): PromData => ({
    labels: { __name__: name, i: objective.name },
    points: samples.flatMap((one, index) => {
      const value = one[name];
      return value === undefined ? [] : [{ at: index * MINUTE_MS, value }];
    }),
  });
  const source = memorySource([data("part"), data("total")]);
  const ask = (expr: string) => {
    const parsed = parsePromql(expr);
    if (!parsed.ok) throw new Error(expr);
    return (at: number): readonly number[] => {
      const answer = evaluateInstant(parsed.expr, source, at, { semantics: "v2" });
      return answer.type === "vector" ? answer.samples.map(({ value }) => value) : [];
    };
  };
  const [part, total] = [ask(sli.part), ask(sli.total)];
  return samples.map((_, index) => ({ kind: "ratio", part: part(index * MINUTE_MS), total: total(index * MINUTE_MS) }));
}

/** Random minutes in whole events, for windows of days. */
export function minutesOf(count: number, random: () => number): readonly Minute[] {
  const minutes: Minute[] = [];
  while (minutes.length < count) {
    const regime = random();
    const length = 1 + Math.floor(random() * 300);
    for (let index = 0; index < length; index += 1) {
      const total = regime < 0.1 ? 0 : regime < 0.2 ? Math.floor(random() * 2) : 10 + Math.floor(random() * 9);
      const share = regime < 0.5 ? 0.05 : 0.6;
      minutes.push(regime > 0.9 ? "unknown" : { bad: Math.floor(total * share * random()), total });
    }
  }
  return minutes.slice(0, count);
}

const labels = (of: Readonly<Record<string, string>>): string =>
  `{${Object.entries(of)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",")}}`;
const written = (value: Value | undefined): string =>
  value === undefined ? "_" : value === Infinity ? "Inf" : String(value);

/** As promtool's unit tests take them. */
export interface Series {
  readonly series: string;
  readonly values: string;
}
export const seriesOf = (
  name: string,
  of: Readonly<Record<string, string>>,
  values: readonly (Value | undefined)[],
): Series => ({
  series: `${name}${labels(of)}`,
  values: values.map(written).join(" "),
});

/** What the rules of an objective itself would have recorded, where they ask for series as they are. */
export function askedOf({ name, service, sli }: Objective, samples: Case["samples"]): readonly Series[] {
  if (sli.kind !== "ratio") throw new Error("only ratios ask for series as they are");
  const own = { slo: name, ...(service === undefined ? {} : { service }) };
  return [
    seriesOf(
      "headgate_slo:objective:1m",
      own,
      samples.map(() => 1),
    ),
    ...(["part", "total"] as const).map((one) =>
      seriesOf(
        `headgate_slo:asked_${one}:1m`,
        { ...own, count: sli.count },
        samples.map((sampled) => sampled[one]),
      ),
    ),
  ];
}
