import { type Chance, chanceOf } from "./chance.ts";

/** A kind of stream: what the world does, and what the release does to it. Ratios and jitters are of rates. */
export interface World {
  /** Requests a tick. */
  readonly canary?: number;
  readonly baseline?: number;
  /** Errors per request. */
  readonly errorRate?: number;
  /** Standard deviation of the log error rate, and of the log latency, of one arm in one tick. */
  readonly errorJitter?: number;
  readonly latencyJitter?: number;
  /** Five times the errors in both arms over four ticks, at any place. */
  readonly incident?: boolean;
  /** Rate and load ± 50 % with this period in ticks. */
  readonly drift?: number;
  /** Log rates that wander (autoregressive, 0.8): the same in both arms, or each arm's own. */
  readonly wander?: "shared" | "own";
  /** Standard deviation it wanders with; default 0.15. */
  readonly wanders?: number;
  /** Whose rates wander; default both, by the same process. */
  readonly wanderOf?: "both" | "errors" | "each";
  readonly history?: number;
  readonly ticks?: number;
  /** What the release does: errors times, latency times, from this tick on (0 is the first). */
  readonly errors?: number;
  readonly latency?: number;
  readonly from?: number;
}

/** Streams of a world in typed arrays; per run first the history, then the ticks. */
export interface Streams {
  readonly runs: number;
  readonly history: number;
  readonly ticks: number;
  /** Baseline: requests, errors, slow of each tick of the history and the run. */
  readonly bn: Int32Array;
  readonly be: Int32Array;
  readonly bs: Int32Array;
  /** Canary: of the run only. */
  readonly cn: Int32Array;
  readonly ce: Int32Array;
  readonly cs: Int32Array;
  /** Measured p99 of each tick of the run, the normal one being 1. */
  readonly bp: Float64Array;
  readonly cp: Float64Array;
}

/** Latencies are lognormal with this sigma; a request is slow above the baseline's p99. */
const SIGMA = 0.6;
/** Relative noise of a measured p99 of a thousand requests. */
const P99_NOISE = 0.07;
const P99 = 2.326347874;
const KEEPS = 0.8;
const WANDERS = 0.15;
const INCIDENT_TICKS = 4;

/** Upper tail of the standard normal (Abramowitz and Stegun 26.2.17, error below 7.5e-8). */
function tail(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = Math.exp((-z * z) / 2) * 0.3989422804014327 * poly;
  return z >= 0 ? upper : 1 - upper;
}

/** Chance that a request is slower than the normal p99 when latencies are `scale` times as long. */
const slowChance = (logScale: number): number => tail(P99 - logScale / SIGMA);

export function streamsOf(world: World, runs: number, seed: number): Streams {
  const chance = chanceOf(seed);
  const { history = 60, ticks = 20 } = world;
  const arrays = (length: number) => new Int32Array(length);
  const streams: Streams = {
    runs,
    history,
    ticks,
    bn: arrays(runs * (history + ticks)),
    be: arrays(runs * (history + ticks)),
    bs: arrays(runs * (history + ticks)),
    cn: arrays(runs * ticks),
    ce: arrays(runs * ticks),
    cs: arrays(runs * ticks),
    bp: new Float64Array(runs * ticks),
    cp: new Float64Array(runs * ticks),
  };
  for (let run = 0; run < runs; run += 1) fill(world, streams, run, chance);
  return streams;
}

function fill(world: World, into: Streams, run: number, chance: Chance): void {
  const { canary = 1000, baseline = 1000, errorRate = 0.01, errorJitter = 0, latencyJitter = 0, wander } = world;
  const { errors = 1, latency = 1, from = 0, drift, incident } = world;
  const { history, ticks } = into;
  const phase = drift === undefined ? 0 : chance.uniform() * 2 * Math.PI;
  const hit = incident ? history + Math.floor(chance.uniform() * Math.max(1, ticks - INCIDENT_TICKS + 1)) : -1;
  const loadPhase = incident ? chance.uniform() * 2 * Math.PI : 0;
  const { wanders = WANDERS, wanderOf = "both" } = world;
  const step = wanders * Math.sqrt(1 - KEEPS * KEEPS);
  const start = () => (wander === undefined ? 0 : wanders * chance.normal());
  let b = start();
  let c = start();
  const each = wander !== undefined && wanderOf === "each";
  let bl = each ? start() : 0;
  let cl = each ? start() : 0;
  for (let tick = 0; tick < history + ticks; tick += 1) {
    if (wander !== undefined) {
      b = KEEPS * b + step * chance.normal();
      c = wander === "shared" ? b : KEEPS * c + step * chance.normal();
      if (each) {
        bl = KEEPS * bl + step * chance.normal();
        cl = wander === "shared" ? bl : KEEPS * cl + step * chance.normal();
      } else if (wanderOf === "both") {
        bl = b;
        cl = c;
      }
    }
    let rate = errorRate;
    let load = 1;
    if (drift !== undefined) {
      const wave = 1 + 0.5 * Math.sin((2 * Math.PI * tick) / drift + phase);
      rate *= wave;
      load *= wave;
    }
    if (incident) {
      load *= 1 + 0.3 * Math.sin((2 * Math.PI * tick) / 80 + loadPhase);
      if (tick >= hit && tick < hit + INCIDENT_TICKS) rate *= 5;
    }
    const jittered = (own: number, times: number) =>
      Math.min(1, rate * times * Math.exp(own + (errorJitter > 0 ? errorJitter * chance.normal() : 0)));
    const stretched = (times: number) => Math.log(times) + (latencyJitter > 0 ? latencyJitter * chance.normal() : 0);
    const slowed = (own: number, stretch: number) => Math.min(1, Math.exp(own) * slowChance(stretch));
    const measured = (stretch: number, n: number) =>
      Math.exp(stretch + P99_NOISE * Math.sqrt(1000 / Math.max(1, n)) * chance.normal());
    const at = run * (history + ticks) + tick;
    const nb = Math.round(baseline * load);
    const stretchB = stretched(1);
    into.bn[at] = nb;
    into.be[at] = chance.binomial(nb, jittered(b, 1));
    into.bs[at] = chance.binomial(nb, slowed(bl, stretchB));
    if (tick < history) continue;
    const to = run * ticks + tick - history;
    const nc = Math.round(canary * load);
    const on = tick - history >= from;
    const stretchC = stretched(on ? latency : 1);
    into.cn[to] = nc;
    into.ce[to] = chance.binomial(nc, jittered(c, on ? errors : 1));
    into.cs[to] = chance.binomial(nc, slowed(cl, stretchC));
    into.bp[to] = measured(stretchB, nb);
    into.cp[to] = measured(stretchC, nc);
  }
}
