import * as v from "valibot";
import { Clock, Fault, instant, opt, type Shape } from "./schemas-common.ts";
import { Evaluation } from "./schemas-evaluation.ts";
import type * as views from "./views-autoscaling-tune.ts";

const count = v.number();
const days = v.pipe(
  v.tuple([count, count]),
  v.description("1-based days of the load, both included."),
) as unknown as v.GenericSchema<unknown, [number, number]>;
const measured = {
  policy: v.string(),
  minutes: count,
  violationMinutes: count,
  taskHours: count,
  oracleTaskHours: count,
  costRatio: count,
  j: v.pipe(v.number(), v.description("Lower is better, 1 is perfect foresight.")),
  worstWaitSeconds: count,
  actionsPerDay: count,
};
const Measures = v.strictObject(measured);
const Load = v.strictObject({
  source: v.picklist(["trace", "recorded"]),
  service: opt(v.string()),
  from: instant,
  to: instant,
  days: count,
  meanTasks: count,
  perTask: v.pipe(v.number(), v.description("Units per second of the load that keep one task busy.")),
  known: v.pipe(v.number(), v.description("Share of the minutes that were measured, 0..1.")),
  without: opt(
    v.pipe(
      v.array(v.string()),
      v.description("Metrics that nobody measures of the service: no policy was shown them."),
    ),
  ),
}) satisfies Shape<views.PlayedLoadView>;
const Money = v.strictObject({
  total: count,
  tasks: count,
  violations: count,
  perDay: count,
}) satisfies Shape<views.MoneyView>;
const played = { load: Load, elapsedMs: count, notes: v.array(v.string()), warnings: v.array(Fault) };
const policy = v.pipe(v.record(v.string(), v.unknown()), v.description("As written in headgate.yaml."));
const Candidate = v.looseObject({ name: v.string(), family: v.string(), policy, written: policy });
const Objective = v.union([
  v.strictObject({ taskHour: count, violationMinute: count }),
  v.strictObject({ slo: count, taskHour: opt(count) }),
]);

const Compare = v.strictObject({
  ...played,
  days,
  rows: v.array(v.strictObject({ ...measured, money: opt(Money), notes: v.array(v.string()) })),
});
const Tune = v.strictObject({
  ...measured,
  ...played,
  picked: Candidate,
  train: Measures,
  trainDays: days,
  scoreDays: days,
  tried: count,
  families: v.array(v.strictObject({ name: v.string(), j: count })),
  withinLimits: v.boolean(),
  objective: opt(Objective),
  money: opt(Money),
});
const series = v.array(v.number());
const Lab = v.strictObject({
  ...played,
  days,
  measures: Measures,
  money: opt(Money),
  config: v.unknown(),
  series: v.strictObject({
    startAt: instant,
    stepMs: count,
    load: series,
    capacity: series,
    desired: series,
    backlog: series,
    violated: series,
    actions: series,
  }),
});
const Amounts = v.strictObject({
  minutes: count,
  cost: v.pipe(v.number(), v.description("Task-hours with the price of violation minutes in task-hours.")),
  best: v.strictObject({ name: v.string(), cost: count }),
  oracle: count,
  money: opt(v.strictObject({ cost: count, best: count, oracle: count })),
});
const Pick = v.strictObject({
  ...{ name: v.string(), policy: v.unknown(), at: instant, cost: count, j: count },
  fault: opt(v.pipe(v.string(), v.description("Why it cannot be run; a service whose pick it is holds."))),
});
const TuningState = v.strictObject({
  mode: v.picklist(["propose", "apply"]),
  pick: opt(Pick),
  proposal: opt(Pick),
  last: opt(
    v.strictObject({
      ...{ at: instant, reason: v.string(), why: opt(v.string()), days: opt(count) },
      ...{ without: opt(v.array(v.string())), regret: opt(Amounts) },
    }),
  ),
  dueAt: opt(instant),
});
const Regret = v.strictObject({
  clock: Clock,
  service: v.string(),
  load: Load,
  policy: v.string(),
  regret: Amounts,
  tuning: opt(TuningState),
  elapsedMs: count,
  notes: v.array(v.string()),
});
const tuned = { clock: Clock, service: v.string(), tuning: TuningState };
const Tuning = v.strictObject(tuned);
const TuningCommand = v.strictObject({
  ...tuned,
  command: opt(Evaluation),
  look: opt(v.pipe(v.string(), v.description("Address that tells what came of it, where another function does it."))),
});

export const tuneShapes = {
  Comparison: Compare,
  Tuned: Tune,
  Lab,
  Regret,
  Tuning,
  TuningCommand,
};
