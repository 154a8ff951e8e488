import type { Alert } from "../../../shared/core/kernel/alert.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { Labels } from "../../../shared/core/kernel/labels.ts";
import type { MonitoringConfig } from "../../../shared/core/monitoring/config.ts";
import type { AlertingRule, RuleGroup } from "../../../shared/core/monitoring/types.ts";
import type { Queries, VectorSample } from "../../../shared/core/ports/queries.ts";

export const INTERVAL = 15_000;
/** After so long the conditions stay as they are. */
const COURSES_MS = 360_000;
const INSTANCES = ["a", "b"];

const rule = (alert: string, more: Partial<AlertingRule> = {}): AlertingRule => ({
  alert,
  expr: alert,
  forMs: 0,
  keepFiringForMs: 0,
  labels: { severity: "page" },
  annotations: {},
  ...more,
});

const group = (rules: readonly AlertingRule[]): RuleGroup => ({
  file: "rules.yml",
  name: "g",
  intervalMs: INTERVAL,
  limit: 0,
  queryOffsetMs: 0,
  labels: {},
  rules,
});

const waits = rule("Waits", { forMs: 3 * INTERVAL });
const atOnce = rule("AtOnce");
const keeps = rule("Keeps", { forMs: INTERVAL, keepFiringForMs: 2 * INTERVAL });

/** What people put in force on the way: the first one, and it edited, with a rule less, renamed, moved and relabelled. */
export const CONFIGS: readonly MonitoringConfig[] = [
  [waits, atOnce, keeps],
  [
    { ...waits, forMs: 5 * INTERVAL },
    { ...atOnce, forMs: INTERVAL },
    { ...keeps, keepFiringForMs: 0 },
  ],
  [keeps],
  [{ ...waits, alert: "Renamed", expr: "Renamed" }, atOnce, keeps],
  [rule("First"), waits, atOnce, keeps],
  [{ ...waits, labels: { severity: "ticket" } }, atOnce, keeps],
].map((rules) => ({
  groups: [group(rules)],
  window: 3_600_000,
  windowMb: 64,
  alertmanagers: [],
  cloudwatch: {},
  services: {},
}));

interface Told {
  readonly there: readonly string[];
  readonly when: number;
  readonly by: string;
}

interface Luck {
  readonly random: () => number;
  readonly chance: (name: string, probability: number) => boolean;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Conditions that come and go, answers about them that are late, missing or wrong, and a receiver that is away now and then. */
export function rulesWorld(start: number, now: () => number, { random, chance, sleep }: Luck) {
  const truths = new Map<string, readonly { readonly from: number; readonly is: boolean }[]>();
  /** Everything anybody was told, by expression and instant: instances that were there, once for each answer. */
  const told = new Map<string, Told[]>();
  const survivors = new Set<string>();
  const sent: Alert[] = [];

  const truthOf = (expr: string, instance: string, at: number): boolean => {
    const key = `${expr} ${instance}`;
    let course = truths.get(key);
    if (!course) {
      const changes: { from: number; is: boolean }[] = [{ from: 0, is: random() < 0.5 }];
      for (let time = start; time < start + COURSES_MS; time += random() * 120_000)
        changes.push({ from: time, is: random() < 0.5 });
      truths.set(key, (course = changes));
    }
    return course.findLast(({ from }) => from <= at)?.is ?? false;
  };
  const answer = (by: string, expr: string, at: number, lying: boolean): readonly VectorSample[] => {
    const there = INSTANCES.filter((instance) => truthOf(expr, instance, at) !== (lying && random() < 0.5));
    const key = `${expr} ${at}`;
    told.set(key, [...(told.get(key) ?? []), { there, when: now(), by }]);
    return there.map((instance) => ({ labels: { __name__: expr, instance }, value: 1 }));
  };
  const asked = async <T>(make: (lying: boolean) => T): Promise<T> => {
    await sleep(random() * 300 + (chance("late answer", 0.05) ? 20_000 : 0));
    if (chance("no answer", 0.06)) throw new HeadgateError("query.unavailable", "nobody", { retryable: true });
    return make(chance("wrong answer", 0.04));
  };
  const queriesFor = (by: string): Queries => ({
    source: "simulation",
    instant: (expr, at) => asked((lying) => ({ samples: answer(by, expr, at, lying), warnings: [] })),
    range: (expr, from, to, stepMs) =>
      asked((lying) => {
        const series = new Map<string, { labels: Labels; points: { at: number; value: number }[] }>();
        for (let at = from; at <= to; at += stepMs) {
          for (const { labels, value } of answer(by, expr, at, lying)) {
            const one = series.get(labels["instance"] ?? "") ?? { labels, points: [] };
            one.points.push({ at, value });
            series.set(labels["instance"] ?? "", one);
          }
        }
        return { series: [...series.values()], warnings: [] };
      }),
  });
  const send = async (_: string, alerts: readonly Alert[]): Promise<void> => {
    await sleep(random() * 300);
    if (chance("receiver away", 0.1)) throw new HeadgateError("alerts.unavailable", "away", { retryable: true });
    sent.push(...alerts);
    if (chance("receiver's answer lost", 0.03))
      throw new HeadgateError("alerts.unavailable", "lost", { retryable: true });
  };
  return {
    queriesFor,
    /** It lived to the end and has decided about a rule (which is named as what it asks): what it was told counts. */
    survived: (by: string, subject: string) => void survivors.add(`${by} ${/([^/]+)#/.exec(subject)?.[1]}`),
    alerts: { send },
    sent,
    truthOf,
    coursesMs: COURSES_MS,
    instances: INSTANCES,
    /** Whether anybody was told that it was (or was not) there; `between`: by an evaluator that lived on, and then. */
    wasTold: (
      expr: string,
      at: number,
      instance: string,
      there: boolean,
      between?: readonly [from: number, to: number],
    ) =>
      (told.get(`${expr} ${at}`) ?? []).some(
        (one) =>
          one.there.includes(instance) === there &&
          (!between || (one.when >= between[0] && one.when <= between[1] && survivors.has(`${one.by} ${expr}`))),
      ),
    /** Instants that anybody was told about, ascending. */
    instants: (expr: string) =>
      [...told.keys()]
        .filter((key) => key.startsWith(`${expr} `))
        .map((key) => Number(key.slice(expr.length + 1)))
        .sort((a, b) => a - b),
  };
}

export type RulesWorld = ReturnType<typeof rulesWorld>;
