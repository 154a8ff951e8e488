import { gateStart, gateTick } from "../shared/core/delivery/gate/gate.ts";
import { GATE_DEFAULTS, type GateSettings } from "../shared/core/delivery/gate/settings.ts";
import { streamsOf, type World } from "./delivery/model.ts";
import { armsOf, historyOf, type Outcome, outcomeOf, watchGate } from "./delivery/watch.ts";
import { CIRCUMSTANCES, KINDS, OVERDISPERSED } from "./delivery/worlds.ts";
import { type Row, row } from "./row.ts";
import { median } from "./timing.ts";

/** Streams of a cell. `HEADGATE_BENCH_RUNS=1000` is ten times as fast, and a false failure of 3 % is then known within 1 point. */
const RUNS = Number(process.env["HEADGATE_BENCH_RUNS"] ?? 10_000);
/** `HEADGATE_SEED` plays other streams. */
const SEED = Number(process.env["HEADGATE_SEED"] ?? 20_260);
/** Four times as many ticks need fewer streams. */
const BAKED = Math.ceil(RUNS / 2);
const PEER_RUNS = Math.ceil(RUNS / 20);
const NAIVE: GateSettings = { ...GATE_DEFAULTS, rule: "threshold" };
const KAYENTA: GateSettings = { ...GATE_DEFAULTS, rule: "kayenta" };
const TICK_S = 30;

const percent = (share: number): number => 100 * share;
/** Seconds; a median that was not reached is no number. */
const seconds = (ticks: number): number => (ticks === Infinity ? Number.NaN : ticks * TICK_S);

let cells = 0;
/** Each cell has streams of its own. */
const seed = (): number => {
  cells += 1;
  return SEED + 7919 * cells;
};

const noun = "delivery-gate";

const peerOf = (world: World, settings: GateSettings): Outcome =>
  outcomeOf({ ...world, ticks: 20 }, PEER_RUNS, SEED, settings, watchGate);

function falseRows(): readonly Row[] {
  return CIRCUMSTANCES.flatMap(([circumstance, change, bar], at) =>
    KINDS.map(([kind, world]) => {
      const all = { ...world, ...change };
      const { failed } = outcomeOf(all, all.ticks ? BAKED : RUNS, seed());
      return row(noun, {
        measure: `good release failed: ${kind}, ${circumstance}`,
        value: percent(failed),
        unit: "%",
        bar: at === 0 ? 3 : bar,
        ...(at === 0 ? { peer: { name: "threshold rule", value: percent(peerOf(all, NAIVE).failed) } } : {}),
      });
    }),
  );
}

const SPLITS: readonly (readonly [string, World, number?])[] = [
  ["overdispersed, 1,000/9,000", { ...OVERDISPERSED, canary: 1000, baseline: 9000 }, 3.5],
  ["overdispersed, 9,000/1,000", { ...OVERDISPERSED, canary: 9000, baseline: 1000 }],
  ["overdispersed, 100/900", { ...OVERDISPERSED, canary: 100, baseline: 900 }, 3],
  ["each arm's own at 5 % errors", { wander: "own", errorRate: 0.05 }, 3.5],
  ["each arm's own, wandering by 25 %", { wander: "own", wanders: 0.25 }],
  ["each arm's own, wandering by 25 %, no history", { wander: "own", wanders: 0.25, history: 0 }],
];

const splitRows = (): readonly Row[] =>
  SPLITS.map(([name, world, bar]) =>
    row(noun, {
      measure: `good release failed: ${name}`,
      value: percent(outcomeOf(world, RUNS, seed()).failed),
      unit: "%",
      ...(bar === undefined ? {} : { bar }),
    }),
  );

/** Name, world, share that has to be found (%), seconds by which half of them are, looks before the fault. */
const FAULTS: readonly (readonly [string, World, (number | undefined)?, (number | undefined)?, number?])[] = [
  ["errors x1.5", { errors: 1.5 }, 90, 300],
  ["p99 x1.2", { latency: 1.2 }, 99.9, 90],
  ["errors x3", { errors: 3 }, 100, 60],
  ["errors x3 from minute 5", { errors: 3, from: 10 }, 99, 60, 10],
  ["errors x3 from minute 25 of a bake", { errors: 3, from: 50, ticks: 80 }, undefined, undefined, 50],
  ["p99 x1.2 at 100/900", { latency: 1.2, canary: 100, baseline: 900 }, 85],
  ["errors x3 at 100/900", { errors: 3, canary: 100, baseline: 900 }],
  ["errors x1.5, overdispersed", { ...OVERDISPERSED, errors: 1.5 }],
  ["errors x1.5, no history", { errors: 1.5, history: 0 }],
  ["errors x1.5, 20 ticks of history", { errors: 1.5, history: 20 }],
];

function faultRows(): readonly Row[] {
  return FAULTS.flatMap(([name, world, share, most, before = 0]) => {
    const found = outcomeOf(world, RUNS, seed());
    // The judge looks once, after the planned time: a fault of the bake is none of its.
    const judge = world.ticks === undefined ? peerOf(world, KAYENTA) : undefined;
    return [
      row(noun, {
        measure: `found: ${name}`,
        value: percent(found.failed),
        unit: "%",
        ...(share === undefined ? {} : { bar: share, better: "higher" as const }),
        ...(judge ? { peer: { name: "Kayenta's judge at 600 s", value: percent(judge.failed) } } : {}),
      }),
      row(noun, {
        measure: `found after, median: ${name}`,
        value: seconds(found.failedAfter - before),
        unit: "s",
        ...(most === undefined ? {} : { bar: most }),
      }),
    ];
  });
}

function passRows(): readonly Row[] {
  const good = outcomeOf({}, RUNS, seed());
  const wrong = (world: World) => percent(outcomeOf(world, RUNS, seed()).passed);
  const share = { unit: "%" } as const;
  return [
    row(noun, {
      measure: "good release passed early",
      value: percent(good.passed),
      ...share,
      bar: 90,
      better: "higher",
      peer: { name: "threshold rule after 600 s", value: percent(peerOf({}, NAIVE).passed) },
    }),
    row(noun, { measure: "good release passed after, median", value: seconds(good.passedAfter), unit: "s", bar: 270 }),
    row(noun, { measure: "errors x1.5 passed", value: wrong({ errors: 1.5 }), ...share, bar: 5 }),
    row(noun, {
      measure: "errors x1.5 passed, overdispersed",
      value: wrong({ ...OVERDISPERSED, errors: 1.5 }),
      ...share,
      bar: 5,
    }),
    row(noun, { measure: "p99 x1.2 passed", value: wrong({ latency: 1.2 }), ...share }),
  ];
}

/** Bytes of a state that has seen 240 ticks of history and a long watch, and what a tick takes through the gate's door. */
function costRows(): readonly Row[] {
  const world = { canary: 4_000_000, baseline: 4_000_000, history: 240, ticks: 80 } satisfies World;
  const streams = streamsOf(world, 1, SEED);
  let bytes = 0;
  const times: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    let state = gateStart(GATE_DEFAULTS, historyOf(streams, 0));
    const from = performance.now();
    for (let tick = 0; tick < streams.ticks; tick += 1) {
      state = gateTick(GATE_DEFAULTS, state, { t: (tick + 1) * TICK_S, ...armsOf(streams, 0, tick) }).state;
    }
    times.push((performance.now() - from) / streams.ticks);
    bytes = Math.max(bytes, JSON.stringify(state).length);
  }
  return [
    row(noun, { measure: "state after 20 + 60 ticks, 240 of history", value: bytes, unit: "bytes", bar: 8192 }),
    row(noun, {
      measure: "a tick through the gate, evidence and words included",
      value: median(times),
      unit: "ms",
      bar: 1,
    }),
  ];
}

/** The gate on simulated releases: who is failed wrongly, who is found and when, who passes. */
export async function bench(): Promise<readonly Row[]> {
  return [...falseRows(), ...splitRows(), ...faultRows(), ...passRows(), ...costRows()];
}
