import { gateStart, gateTick } from "../../shared/core/delivery/gate/gate.ts";
import { limitOf, passRatios } from "../../shared/core/delivery/gate/limits.ts";
import { beginSequential, lookSequential } from "../../shared/core/delivery/gate/sequential.ts";
import { GATE_DEFAULTS, type GateSettings } from "../../shared/core/delivery/gate/settings.ts";
import type { ArmCounts, HistoryTick } from "../../shared/core/delivery/gate/types.ts";
import { type Streams, streamsOf, type World } from "./model.ts";

/** Ticks (from 1) at which a stream failed and passed; 0: never. */
export interface Watched {
  readonly fail: number;
  readonly pass: number;
}

/** How many of the streams failed and passed (shares), and after how many ticks half of all had; Infinity: fewer did. */
export interface Outcome {
  readonly failed: number;
  readonly failedAfter: number;
  readonly passed: number;
  readonly passedAfter: number;
}

export const historyOf = (streams: Streams, run: number): readonly HistoryTick[] =>
  Array.from({ length: streams.history }, (_, tick) => {
    const at = run * (streams.history + streams.ticks) + tick;
    return { requests: int(streams.bn, at), errors: int(streams.be, at), slow: int(streams.bs, at) };
  });

export function armsOf(streams: Streams, run: number, tick: number): { canary: ArmCounts; baseline: ArmCounts } {
  const b = run * (streams.history + streams.ticks) + streams.history + tick;
  const c = run * streams.ticks + tick;
  return {
    canary: counted(int(streams.cn, c), int(streams.ce, c), int(streams.cs, c), streams.cp[c]),
    baseline: counted(int(streams.bn, b), int(streams.be, b), int(streams.bs, b), streams.bp[c]),
  };
}

const int = (values: Int32Array, at: number): number => values[at] as number;
const counted = (requests: number, errors: number, slow: number, p99: number | undefined): ArmCounts => ({
  requests,
  errors,
  slow,
  p99Ms: (p99 ?? 1) * 100,
});

/** The sequential test itself, without the words: looks are the same as the gate's. */
export function watchSequential(settings: GateSettings, streams: Streams, run: number): Watched {
  const limits = { passRatio: passRatios(settings), passLimit: Math.log(1 / settings.alpha) };
  let state = beginSequential(historyOf(streams, run));
  let pass = 0;
  for (let tick = 0; tick < streams.ticks; tick += 1) {
    const { canary, baseline } = armsOf(streams, run, tick);
    if (canary.requests === 0 || baseline.requests === 0) continue;
    state = lookSequential(state, canary, baseline, limits);
    if (state.joint >= limitOf(settings, tick + 1)) return { fail: tick + 1, pass };
    if (pass === 0 && state.errors.cleared && state.slow.cleared) pass = tick + 1;
  }
  return { fail: 0, pass };
}

/** Any rule, through the gate's own door. */
export function watchGate(settings: GateSettings, streams: Streams, run: number): Watched {
  let state = gateStart(settings, historyOf(streams, run));
  let pass = 0;
  for (let tick = 0; tick < streams.ticks; tick += 1) {
    const step = gateTick(settings, state, { t: (tick + 1) * 30, ...armsOf(streams, run, tick) });
    if (step.verdict === "fail") return { fail: tick + 1, pass };
    if (step.verdict === "pass" && pass === 0) pass = tick + 1;
    state = step.state;
  }
  return { fail: 0, pass };
}

export type Watch = (settings: GateSettings, streams: Streams, run: number) => Watched;

/** Streams of a world judged one by one. */
export function outcomeOf(
  world: World,
  runs: number,
  seed: number,
  settings: GateSettings = GATE_DEFAULTS,
  watch: Watch = watchSequential,
): Outcome {
  const streams = streamsOf(world, runs, seed);
  const fails: number[] = [];
  const passes: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { fail, pass } = watch(settings, streams, run);
    fails.push(fail === 0 ? Infinity : fail);
    passes.push(pass === 0 ? Infinity : pass);
  }
  const share = (ticks: readonly number[]) => ticks.filter((tick) => tick < Infinity).length / runs;
  const half = (ticks: number[]) => ticks.sort((a, b) => a - b)[Math.floor(ticks.length / 2)] ?? Infinity;
  return { failed: share(fails), failedAfter: half(fails), passed: share(passes), passedAfter: half(passes) };
}
