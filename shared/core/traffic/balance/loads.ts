import type { Millis } from "../../kernel/time.ts";
import type { Host } from "../types.ts";

/** How many response times a host keeps (the platform's figure). */
export const KEPT_SAMPLES = 100;
/** The platform's performance window, in ms: older response times say nothing of now. */
const WINDOW_MS = 300_000;
/** Finagle's and the section's default. */
const DECAY_MS = 10_000;
/** From so many response times on a host's own are all that counts; see `estimatesOf`. */
const SETTLED_AT = 50;

/**
 * What one caller knows of how busy and how fast each host is, by index in a host list: plain arrays, because every pick reads them.
 * Times are ms of the caller's real clock. What is not known is NaN, never 0.
 */
export interface HostLoads {
  readonly size: number;
  /** Requests in flight from here. */
  readonly active: Int32Array;
  /** Requests in flight from other callers, as far as they tell; 0: nobody tells. */
  readonly elsewhere: Int32Array;
  /** Ended since the loads were made, and those of them that failed. */
  readonly calls: Float64Array;
  readonly failures: Float64Array;
  /** Peak EWMA of the response time at `ewmaAt`; see `observe`. */
  readonly ewmaMs: Float64Array;
  readonly ewmaAt: Float64Array;
  /** Time in which the weight of an old response time falls to 1/e. */
  decayMs: number;
  readonly windowMs: number;
  /** Response times of a host from which on the median of the others says nothing of it; 0: what is known of it is sure. */
  readonly settledAt: number;
  /** Per host the last response times and, behind them, when they were seen; made with the first one. */
  readonly samples: (Float64Array | undefined)[];
  /** Response times ever kept; modulo `KEPT_SAMPLES` it is where the next one goes. */
  readonly kept: Float64Array;
  /** The mean as last worked out and the instant until which it holds (−∞: it does not). */
  readonly meanMs: Float64Array;
  readonly meanUntil: Float64Array;
  /** Host picked last, or −1: rotation goes on behind it when the members change. */
  last: number;
  /** When each host had its last turn among equals, as a count of turns; 0: never. The turn of `last` is written with the next one. */
  readonly turn: Float64Array;
  turns: number;
  /** Grows with everything that is learnt about response times. */
  version: number;
}

export function hostLoads(
  size: number,
  options: { readonly decayMs?: number; readonly windowMs?: number; readonly settledAt?: number } = {},
): HostLoads {
  return {
    size,
    active: new Int32Array(size),
    elsewhere: new Int32Array(size),
    calls: new Float64Array(size),
    failures: new Float64Array(size),
    ewmaMs: new Float64Array(size).fill(Number.NaN),
    ewmaAt: new Float64Array(size),
    decayMs: options.decayMs ?? DECAY_MS,
    windowMs: options.windowMs ?? WINDOW_MS,
    settledAt: options.settledAt ?? SETTLED_AT,
    samples: Array.from({ length: size }, () => undefined),
    kept: new Float64Array(size),
    meanMs: new Float64Array(size).fill(Number.NaN),
    meanUntil: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    last: -1,
    turn: new Float64Array(size),
    turns: 0,
    version: 0,
  };
}

/** A request to host `i` starts. */
export function begin(loads: HostLoads, i: number, _at: Millis): void {
  loads.active[i] = (loads.active[i] as number) + 1;
}

/**
 * A request to host `i` ended after `ms`. A time that is none (NaN, negative, infinite) counts as a call and tells nothing of speed.
 * A failure's time counts only where it is longer than what is known: a host that refuses at once must not look fast.
 */
export function end(loads: HostLoads, i: number, at: Millis, ms: number, ok: boolean): void {
  const active = loads.active[i] as number;
  if (active > 0) loads.active[i] = active - 1;
  loads.calls[i] = (loads.calls[i] as number) + 1;
  if (!ok) loads.failures[i] = (loads.failures[i] as number) + 1;
  if (!(ms >= 0 && ms < Infinity)) return;
  if (!ok && !(ms > (loads.ewmaMs[i] as number))) return;
  observe(loads, i, at, ms);
}

/** One response time, however it was learnt. Invalid ones are passed over. */
export function observe(loads: HostLoads, i: number, at: Millis, ms: number): void {
  if (!(ms >= 0 && ms < Infinity)) return;
  keepSample(loads, i, at, ms);
  const known = loads.ewmaMs[i] as number;
  const since = Math.max(0, at - (loads.ewmaAt[i] as number));
  // Peak: what is slower counts at once and in full, what is faster counts by and by.
  if (ms < known) {
    const kept = Math.exp(-since / loads.decayMs);
    loads.ewmaMs[i] = known * kept + ms * (1 - kept);
  } else loads.ewmaMs[i] = ms;
  loads.ewmaAt[i] = at;
  loads.version += 1;
}

function keepSample(loads: HostLoads, i: number, at: Millis, ms: number): void {
  const samples = (loads.samples[i] ??= new Float64Array(KEPT_SAMPLES * 2));
  const kept = loads.kept[i] as number;
  const slot = kept % KEPT_SAMPLES;
  samples[slot] = ms;
  samples[KEPT_SAMPLES + slot] = at;
  loads.kept[i] = kept + 1;
  loads.meanUntil[i] = Number.NEGATIVE_INFINITY;
}

/** Mean of the last 100 response times that are no older than the window; undefined: there is none. */
export function averageMs(loads: HostLoads, i: number, at: Millis): number | undefined {
  freshenMean(loads, i, at);
  const mean = loads.meanMs[i] as number;
  return Number.isNaN(mean) ? undefined : mean;
}

/** Brings `loads.meanMs` up to date, with NaN for none: worked out again only when a sample came or went. */
export function freshenMean(loads: HostLoads, i: number, at: Millis): void {
  if (at <= (loads.meanUntil[i] as number)) return;
  const samples = loads.samples[i];
  if (samples === undefined) return;
  const filled = Math.min(loads.kept[i] as number, KEPT_SAMPLES);
  let sum = 0;
  let counted = 0;
  let until = Infinity;
  for (let slot = 0; slot < filled; slot += 1) {
    const expires = (samples[KEPT_SAMPLES + slot] as number) + loads.windowMs;
    if (expires < at) continue;
    sum += samples[slot] as number;
    counted += 1;
    if (expires < until) until = expires;
  }
  loads.meanMs[i] = counted === 0 ? Number.NaN : sum / counted;
  loads.meanUntil[i] = until;
}

/** Requests in flight, from here and from others. */
export function inFlight(loads: HostLoads, i: number): number {
  return (loads.active[i] as number) + (loads.elsewhere[i] as number);
}

/** What is known of each host of `from` goes to the host with the same id in `to`, wherever it stands there; others start afresh. */
export function carryOver(from: HostLoads, fromHosts: readonly Host[], to: HostLoads, toHosts: readonly Host[]): void {
  const places = new Map<string, number>();
  for (const [index, host] of toHosts.entries()) places.set(host.backend.id, index);
  for (const [index, host] of fromHosts.entries()) {
    const place = places.get(host.backend.id);
    if (place === undefined) continue;
    for (const name of CARRIED) to[name][place] = from[name][index] as number;
    to.samples[place] = from.samples[index]?.slice();
    if (from.last === index) to.last = place;
  }
  to.turns = Math.max(to.turns, from.turns);
  to.version += 1;
}

const CARRIED = [
  "active",
  "elsewhere",
  "calls",
  "failures",
  "ewmaMs",
  "ewmaAt",
  "kept",
  "meanMs",
  "meanUntil",
  "turn",
] as const satisfies readonly (keyof HostLoads)[];
