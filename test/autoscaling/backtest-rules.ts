import type { Controller } from "../../shared/core/autoscaling/backtest/simulate.ts";

/**
 * The four rules of the reference simulation (docs/benchmarks.md), written straight from their words and independent of the
 * product's policies: what the machine does is compared with them. Times are in minutes.
 */
const ceil = (value: number): number => Math.ceil(value - 1e-9);
const clamp = (value: number): number => Math.min(100, Math.max(2, value));

/** a: +1 above 75, -1 below 37.5; one clock: any action blocks out for 5 and in for 10 minutes. */
export function seedInstances(): Controller {
  let last = Number.NEGATIVE_INFINITY;
  return ({ minute, cpu, desired }) => {
    const now = cpu.at(-1);
    if (now === undefined) return desired;
    if (now > 75 && minute - last >= 5 && desired < 100) {
      last = minute;
      return desired + 1;
    }
    if (now < 37.5 && minute - last >= 10 && desired > 2) {
      last = minute;
      return desired - 1;
    }
    return desired;
  };
}

/** b: x1.5 above 80, x0.7 below 30, both cut to whole tasks; one clock of 5 and 10 minutes. */
export function seedParallelism(): Controller {
  let last = Number.NEGATIVE_INFINITY;
  return ({ minute, cpu, desired }) => {
    const now = cpu.at(-1);
    if (now === undefined) return desired;
    let next = desired;
    if (now > 80 && minute - last >= 5) next = clamp(Math.trunc(desired * 1.5));
    else if (now < 30 && minute - last >= 10) next = clamp(Math.trunc(desired * 0.7));
    if (next !== desired) last = minute;
    return next;
  };
}

/**
 * c: ratio to 70 times the ready capacity of the metric's minute, tolerance 0.1; tasks that were not ready then count as
 * idle going out and as fully used going in, and if that turns the direction or ends inside the tolerance nothing is done;
 * up at once by at most +100 % or +4, down by the maximum of the last 300 s, both ends included (6 recommendations).
 */
export function hpa70(): Controller {
  const window: number[] = [];
  const inside = (ratio: number): boolean => Math.abs(1 - ratio) <= 0.1 + 1e-9;
  const recommend = (now: number, ready: number, desired: number): number => {
    const ratio = now / 70;
    if (inside(ratio)) return desired;
    const absent = Math.max(0, desired - ready);
    if (absent === 0) return ceil(ratio * ready);
    const again = (now * ready + (ratio > 1 ? 0 : 100) * absent) / (70 * (ready + absent));
    if (inside(again) || ratio > 1 !== again > 1) return desired;
    const count = ceil(again * (ready + absent));
    return ratio > 1 ? Math.max(desired, count) : Math.min(desired, count);
  };
  return ({ cpu, capacity, desired }) => {
    const now = cpu.at(-1);
    if (now === undefined) return desired;
    if (window.length === 0) window.push(desired);
    const wanted = clamp(recommend(now, capacity.at(-1) as number, desired));
    window.push(wanted);
    if (window.length > 6) window.shift();
    if (wanted > desired) return Math.min(wanted, Math.max(2 * desired, desired + 4));
    return Math.min(desired, Math.max(...window));
  };
}

/**
 * d: capacity = ready capacity of the metric's minute x CPU / 70, rounded up. Out after 3 points over 70; while an earlier
 * scale-out cools down for 5 minutes, what it added counts (+2, then +3 adds 1). In after 15 points under 63, and not
 * within 5 minutes of another scale-in unless a scale-out came between.
 */
export function targetTracking70(): Controller {
  let out = { at: Number.NEGATIVE_INFINITY, from: 0 };
  let lastIn = Number.NEGATIVE_INFINITY;
  return ({ minute, cpu, capacity, desired }) => {
    const now = cpu.at(-1);
    if (now === undefined) return desired;
    const ready = capacity.at(-1) as number;
    const wanted = ceil((ready * now) / 70);
    const high = cpu.slice(-3);
    if (high.length === 3 && high.every((value) => value > 70 + 1e-4)) {
      const added = minute - out.at < 5 ? Math.max(0, desired - out.from) : 0;
      const next = added === 0 ? wanted : Math.min(wanted, desired + ceil(wanted - ready) - added);
      if (wanted <= desired || next <= desired) return desired;
      out = { at: minute, from: desired };
      return clamp(next);
    }
    const low = cpu.slice(-15);
    const calm = low.length === 15 && low.every((value) => value < 63 - 1e-4);
    const cooling = minute - lastIn < 5 && lastIn >= out.at;
    if (!calm || cooling || wanted >= desired || clamp(wanted) >= desired) return desired;
    lastIn = minute;
    return clamp(wanted);
  };
}
