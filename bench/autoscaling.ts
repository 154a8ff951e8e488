import { backtest } from "../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../shared/core/autoscaling/backtest/builtin.ts";
import { syntheticTrace } from "../shared/core/autoscaling/backtest/synthetic.ts";
import { MINUTE_MS, SECOND_MS } from "../shared/core/kernel/time.ts";
import { daysOf, jumped, loadOf, meanJ, policyOf, readTrace, scored, TRACES } from "./autoscaling-policies.ts";
import { stepRows } from "./autoscaling-steps.ts";
import { type Figure, type Row, row } from "./row.ts";
import { medianProcessorMs } from "./timing.ts";

/** J of the reference simulation (docs/benchmarks.md) that the built-in policies must reproduce. */
const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  wc98_groupstage_1min: {
    "seed-instances": 1.94,
    "seed-parallelism": 1.9,
    "hpa-cpu70": 1.4,
    "target-tracking-70": 1.45,
  },
  nasa_jul95_1min: { "seed-instances": 1.82, "seed-parallelism": 2.13, "hpa-cpu70": 1.93, "target-tracking-70": 2.2 },
  nab_elb_request_count_5min: {
    "seed-instances": 3.13,
    "seed-parallelism": 3.37,
    "hpa-cpu70": 4.91,
    "target-tracking-70": 4.73,
  },
  nab_tweets_amzn_5min: {
    "seed-instances": 2,
    "seed-parallelism": 2.02,
    "hpa-cpu70": 1.68,
    "target-tracking-70": 1.86,
  },
};

const BACKTEST_BAR_MS = 1_000;
/** Days 1..8 warm up and teach; 9..14 are scored. The first two days warm up where all the rest is scored. */
const LATE = 8;
const EARLY = 2;

const figure = (one: Figure): Row => row("autoscaling", one);

/** Which policy does what on recorded load, on jumps and under other conditions, and what a backtest and a step take. */
export async function bench(): Promise<readonly Row[]> {
  const rows = [...referenceRows(), ...defaultRows(), ...jumpRows(), ...robustRows(), ...backtestRows()];
  return [...rows, ...stepRows()];
}

function referenceRows(): readonly Row[] {
  return Object.entries(REFERENCE).flatMap(([name, reference]) => {
    const trace = readTrace(name);
    if (!trace) return [];
    const j = (policy: string, without: readonly string[] = []) =>
      backtest(trace, policyOf(policy), { without }).measures.j;
    return [
      ...Object.entries(reference).map(([policy, bar]) =>
        figure({ measure: `J ${policy} on ${name}, bar ± 3 %`, value: j(policy), unit: "J", bar, better: "near" }),
      ),
      ...["hpa-cpu70", "target-tracking-70"].map((policy) =>
        figure({
          measure: `J ${policy} on ${name} without the ready count, as on ECS`,
          value: j(policy, ["ready"]),
          unit: "J",
        }),
      ),
    ];
  });
}

/** The default forecast, nothing set and nothing picked. */
function defaultRows(): readonly Row[] {
  const works = TRACES.flatMap((name) => {
    const trace = readTrace(name);
    return trace ? [[name, loadOf(trace)] as const] : [];
  });
  if (works.length < TRACES.length) return [];
  const rows: Row[] = [];
  let sum = 0;
  for (const [name, work] of works) {
    const own = scored(work, policyOf("predictive"), LATE);
    const hpa = scored(work, policyOf("hpa-cpu70"), LATE);
    sum += own.j;
    rows.push(
      figure({
        measure: `J predictive on ${name}, days 9-14, over that of hpa-cpu70`,
        value: own.j / hpa.j,
        unit: "ratio",
        bar: 1.03,
      }),
      figure({ measure: `J predictive on ${name}, days 9-14`, value: own.j, unit: "J" }),
      figure({
        measure: `J demand on ${name}, days 9-14`,
        value: scored(work, policyOf("demand"), LATE).j,
        unit: "J",
      }),
    );
    if (!name.startsWith("wc98")) continue;
    const whole = scored(work, policyOf("predictive"), EARLY);
    for (const [days, of] of [
      ["9-14", own],
      ["3-14", whole],
    ] as const) {
      const share = (100 * of.violationMinutes) / of.minutes;
      rows.push(
        figure({ measure: `predictive on wc98, days ${days}: cost`, value: of.costRatio, unit: "x oracle", bar: 1.18 }),
        figure({
          measure: `predictive on wc98, days ${days}: violations`,
          value: share,
          unit: "% of minutes",
          bar: 0.5,
        }),
        figure({
          measure: `predictive on wc98, days ${days}: actions`,
          value: of.actionsPerDay,
          unit: "a day",
          bar: 60,
        }),
      );
    }
  }
  rows.push(
    figure({
      measure: "mean J of predictive with its defaults, four traces, days 9-14",
      value: sum / works.length,
      unit: "J",
      bar: 1.68,
    }),
  );
  return rows;
}

/** Half an hour after a load of eight tasks jumps; worst of five seeds. */
function jumpRows(): readonly Row[] {
  const surge = policyOf({ type: "predictive", surge: { factor: 5, wait: "480s" } });
  const cases = [
    { name: "5 h of history", policy: policyOf("predictive"), historyMinutes: 300, bars: true },
    { name: "3 days of flat history, surge guard", policy: surge, historyMinutes: daysOf(3), bars: true },
    { name: "3 days of flat history", policy: policyOf("predictive"), historyMinutes: daysOf(3), bars: false },
    {
      name: "3 days with 10 % noise",
      policy: policyOf("predictive"),
      historyMinutes: daysOf(3),
      noise: 0.1,
      bars: false,
    },
    { name: "5 h of history, demand", policy: policyOf("demand"), historyMinutes: 300, bars: false },
    { name: "5 h of history, hpa-cpu70", policy: policyOf("hpa-cpu70"), historyMinutes: 300, bars: false },
    {
      name: "5 h of history, target-tracking-70",
      policy: policyOf("target-tracking-70"),
      historyMinutes: 300,
      bars: false,
    },
  ];
  return cases.flatMap(({ name, policy, bars, ...jump }) =>
    [2, 5].flatMap((factor) => {
      const { violationMinutes, waitSeconds } = jumped({ ...jump, factor }, policy);
      const of = `load x${factor}, ${name}`;
      const [most, longest] = [factor === 5 ? 7 : 6, 480];
      return [
        figure({
          measure: `${of}: violations`,
          value: violationMinutes,
          unit: "minutes",
          ...(bars ? { bar: most } : {}),
        }),
        figure({
          measure: `${of}: worst wait`,
          value: waitSeconds,
          unit: "s",
          ...(bars && factor === 5 ? { bar: longest } : {}),
        }),
      ];
    }),
  );
}

const both = (seconds: number): readonly [number, number] => [seconds * SECOND_MS, seconds * SECOND_MS];

/** How much mean J of the default forecast grows, over days 3-14 of four traces. */
function robustRows(): readonly Row[] {
  const works = TRACES.flatMap((name) => readTrace(name) ?? []).map(loadOf);
  if (works.length < TRACES.length) return [];
  const predictive = policyOf("predictive");
  const base = meanJ(works, predictive, EARLY);
  const cases = [
    ...[30, 120, 180].map((seconds) => ({
      name: `start delay ${seconds} s`,
      world: { startDelayMs: both(seconds) },
      bar: 15,
    })),
    { name: "start delay 300 s", world: { startDelayMs: both(300) }, bar: 20 },
    { name: "start delay 180 s, learned", world: { startDelayMs: both(180), learnStarts: true }, bar: 15 },
    { name: "start delay 300 s, learned", world: { startDelayMs: both(300), learnStarts: true }, bar: 20 },
    ...[0, 2, 3].map((minutes) => ({
      name: `metric delay ${minutes} min`,
      world: { metricDelayMinutes: minutes },
      bar: 15,
    })),
    ...[0.7, 1.3].map((share) => ({
      name: `capacity believed x${share}, learned with 5 % of noise`,
      world: { believedCapacity: share, cpuNoise: 0.05 },
      bar: 15,
    })),
  ];
  return [
    figure({
      measure: `mean J of predictive, days 3-14, start delay ${MINUTE_MS / SECOND_MS}..90 s`,
      value: base,
      unit: "J",
    }),
    ...cases.map(({ name, world, bar }) =>
      figure({
        measure: `mean J of predictive, ${name}`,
        value: 100 * (meanJ(works, predictive, EARLY, world) / base - 1),
        unit: "% more",
        bar,
      }),
    ),
  ];
}

function backtestRows(): readonly Row[] {
  const fortnight = readTrace("wc98_groupstage_1min") ?? syntheticTrace();
  const rows: Row[] = [];
  for (const policy of Object.keys(builtinPolicies).filter((name) => name !== "auto")) {
    const value = medianProcessorMs(5, () => backtest(fortnight, policyOf(policy)));
    rows.push(
      figure({
        measure: `backtest of 14 days at one minute, ${policy}, processor time`,
        value,
        unit: "ms",
        bar: BACKTEST_BAR_MS,
      }),
    );
  }
  return rows;
}
