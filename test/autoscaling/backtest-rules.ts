import type { Controller } from "../../shared/core/autoscaling/backtest/simulate.ts";

/**
 * The four reference rules of the research note's table 5.3, written straight from its words and independent of the
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

/** c: ratio to 70 times the ready capacity of the metric's minute; tolerance 0.1; down by the maximum of 6 recommendations. */
export function hpa70(): Controller {
  const window: number[] = [];
  return ({ cpu, capacity, desired }) => {
    const now = cpu.at(-1);
    if (now === undefined) return desired;
    const ratio = now / 70;
    const wanted = clamp(Math.abs(1 - ratio) <= 0.1 + 1e-9 ? desired : ceil(ratio * (capacity.at(-1) as number)));
    window.push(wanted);
    if (window.length > 6) window.shift();
    return wanted > desired ? wanted : Math.min(desired, Math.max(...window));
  };
}

/** d: out after 3 points over 70 (larger still acts in a cooldown), in after 15 points under 63 and 5 minutes. */
export function targetTracking70(): Controller {
  let lastIn = Number.NEGATIVE_INFINITY;
  return ({ minute, cpu, capacity, desired }) => {
    const now = cpu.at(-1);
    if (now === undefined) return desired;
    const wanted = clamp(ceil(((capacity.at(-1) as number) * now) / 70));
    const high = cpu.slice(-3);
    if (high.length === 3 && high.every((value) => value > 70) && wanted > desired) return wanted;
    const low = cpu.slice(-15);
    if (low.length === 15 && low.every((value) => value < 63) && wanted < desired && minute - lastIn >= 5) {
      lastIn = minute;
      return wanted;
    }
    return desired;
  };
}
