import { prng } from "../../kernel/prng.ts";
import { type Objective, outcomesOf } from "./objectives.ts";
import { failedOf, type Window } from "./rows.ts";

/** The highest rate at which the objectives held. Where they never broke, what was answered well of it. Rates are requests per second over all instances. */
export interface Knee {
  /** "found": it broke above; "at_least": it never broke, so there may be more; "none": it broke at every rate. */
  readonly kind: "found" | "at_least" | "none";
  readonly rate: number;
  /** Where it lies with 90 % of the draws of the windows, and never outside what was seen on both sides. */
  readonly low: number;
  readonly high: number;
  /** The windows that the rate of "at_least" is of: from this second to the one behind them. */
  readonly best?: Span;
  /** Second from which the objectives stayed broken; undefined: they did not. */
  readonly brokeAt?: number;
  /** Which objective broke first. */
  readonly broke?: string;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Judged {
  readonly window: Window;
  readonly good: boolean;
  readonly broke?: string;
}

const DRAWS = 200;
/** Of the windows behind one that broke, this share has to be broken too: one bad second is not the end of capacity. */
const STAYS = 0.6;
/** Seconds that are looked at behind it. */
const LOOK_AHEAD = 5;

function judged(windows: readonly Window[], objectives: readonly Objective[]): readonly Judged[] {
  return windows.map((window) => {
    const { asked, sent, latency } = window.totals;
    const bad = outcomesOf(objectives, { asked, sent, failed: failedOf(window.totals), latency }).find(
      ({ met }) => !met,
    );
    return bad ? { window, good: false, broke: bad.objective } : { window, good: true };
  });
}

/** First window from which the objectives are broken and stay so. */
function breakOf(all: readonly Judged[]): number {
  return all.findIndex((one, index) => {
    if (one.good) return false;
    const until = one.window.from + LOOK_AHEAD;
    let [behind, bad] = [0, 0];
    for (let next = all[index]; next && next.window.from < until; next = all[index + behind]) {
      behind += 1;
      if (!next.good) bad += 1;
    }
    // A breach in the very last window has nobody behind it to confirm it; it counts.
    return bad / behind >= STAYS;
  });
}

/**
 * What is left when a target works off what came before says nothing about the rate it is asked for now: bad windows behind a bad one, at
 * a lower rate than it, are left out.
 */
function withoutHangover(all: readonly Judged[]): readonly Judged[] {
  let worst: number | undefined;
  return all.filter((one) => {
    if (one.good) {
      worst = undefined;
      return true;
    }
    const aftermath = worst !== undefined && one.window.rate < worst * 0.95;
    worst = Math.max(worst ?? 0, one.window.rate);
    return !aftermath;
  });
}

/** The rate that parts good from bad with the fewest windows on the wrong side; of equals the middle. They come sorted by rate. */
function parting(sorted: readonly Judged[]): number | undefined {
  let wrong = sorted.filter(({ good }) => good).length;
  let least = wrong;
  let [first, last] = [0, 0];
  for (let cut = 1; cut <= sorted.length; cut += 1) {
    wrong += sorted[cut - 1]?.good ? -1 : 1;
    if (wrong < least) [least, first, last] = [wrong, cut, cut];
    else if (wrong === least) last = cut;
  }
  const cut = Math.floor((first + last) / 2);
  return cut === 0 ? undefined : sorted[cut - 1]?.window.rate;
}

/** The best mean of three windows in a row, requests per second: one window alone is also chance. */
function bestOfThree(windows: readonly Window[], of: (window: Window) => number): { rate: number; best: Span } {
  let [rate, best]: [number, Span] = [0, { from: 0, to: 0 }];
  for (let index = 0; index < windows.length; index += 1) {
    const three = windows.slice(Math.max(0, index - 2), index + 1);
    const seconds = three.reduce((total, { from, to }) => total + to - from, 0);
    const amount = three.reduce((total, one) => total + of(one) * (one.to - one.from), 0);
    if ((three.length < 3 && windows.length >= 3) || amount / seconds <= rate) continue;
    rate = amount / seconds;
    best = { from: three[0]?.from ?? 0, to: three.at(-1)?.to ?? 0 };
  }
  return { rate, best };
}

/** As many as there are, drawn again and again, in the order they had. */
function drawnOf(sorted: readonly Judged[], draw: () => number): readonly Judged[] {
  const times = new Uint32Array(sorted.length);
  for (let left = sorted.length; left > 0; left -= 1) {
    const index = Math.floor(draw() * sorted.length);
    times[index] = (times[index] as number) + 1;
  }
  const some: Judged[] = [];
  for (const [index, one] of sorted.entries())
    for (let left = times[index] as number; left > 0; left -= 1) some.push(one);
  return some;
}

/** What surely held below the knee, and what surely did not above; the knee itself where nothing was seen there. */
function neighbours(used: readonly Judged[], held: number): { readonly below: number; readonly above: number } {
  let [below, above] = [0, Number.MAX_VALUE];
  for (const { good, window } of used) {
    if (good && window.rate < held) below = Math.max(below, window.rate);
    if (!good && window.rate > held) above = Math.min(above, window.rate);
  }
  return { below: below === 0 ? held : below, above: above === Number.MAX_VALUE ? held : above };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/**
 * Where the objectives break. On a ramp a queue has to grow before latency shows it, and the rate has gone on meanwhile: so what was
 * answered a second bounds the rate too, where the objectives broke.
 */
export function kneeOf(windows: readonly Window[], objectives: readonly Objective[]): Knee | undefined {
  const all = judged(windows, objectives);
  if (all.length === 0) return undefined;
  const broken = breakOf(all);
  if (broken < 0) {
    // What was asked for and not answered well was not shown to be possible.
    const { rate: most, best } = bestOfThree(
      all.filter(({ good }) => good).map(({ window }) => window),
      ({ totals, from, to }) => totals.ok / (to - from),
    );
    return { kind: "at_least", rate: most, low: most, high: most, best };
  }
  const told = {
    brokeAt: all[broken]?.window.from as number,
    broke: all[broken]?.broke as string,
  };
  const used = withoutHangover(all);
  // What the target was seen to do in the long run.
  const { rate: bound } = bestOfThree(windows, ({ done }) => done);
  const sorted = [...used].sort((a, b) => a.window.rate - b.window.rate);
  const rate = parting(sorted);
  if (rate === undefined || !used.some(({ good }) => good)) {
    const lowest = windows.reduce((least, one) => Math.min(least, one.rate), Number.MAX_VALUE);
    return { kind: "none", rate: 0, low: 0, high: lowest, ...told };
  }
  const held = Math.min(rate, bound);
  const draw = prng(1);
  const drawn = Array.from({ length: DRAWS }, () => Math.min(parting(drawnOf(sorted, draw)) ?? held, bound)).sort(
    (a, b) => a - b,
  );
  const { below, above } = neighbours(used, held);
  return {
    kind: "found",
    rate: held,
    low: Math.min(held, at(drawn, 0.05), below),
    high: Math.max(held, at(drawn, 0.95), above),
    ...told,
  };
}
