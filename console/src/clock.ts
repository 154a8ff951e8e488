import { useEffect } from "preact/hooks";
import type { ClockView } from "../../functions/api/views.ts";
import { observable, useObservable } from "./store.ts";

/**
 * The control plane's clock. The browser's own clock may be wrong, and locally a virtual minute may be a real second, so
 * times are reckoned from the newest answer and from `performance.now()`, which no clock setting moves.
 */
interface Known {
  readonly at: number;
  readonly perf: number;
  readonly speed: number;
  readonly simulated: boolean;
}

export const clock = observable<Known | undefined>(undefined);
const ticks = observable(0);

/** Takes the time of an answer. Late answers do not turn the clock back. */
export function observeClock(view: ClockView): void {
  const perf = performance.now();
  const known = clock.get();
  const jump =
    known === undefined || known.speed !== view.speed || Math.abs(now() - view.now) > 500 * Math.max(1, view.speed);
  if (jump || view.now > now()) clock.set({ at: view.now, perf, speed: view.speed, simulated: view.simulated });
}

/** Epoch milliseconds of the control plane, reckoned from its newest answer. */
export function now(): number {
  const known = clock.get();
  if (known === undefined) return Date.now();
  return known.at + (performance.now() - known.perf) * known.speed;
}

/** A new rendering each second, for ages. */
export function useNow(): number {
  useObservable(ticks);
  return now();
}

/** Keeps {@link useNow} ticking while the page is mounted. */
export function useTicker(): void {
  useEffect(() => {
    const timer = setInterval(() => ticks.set(ticks.get() + 1), 1000);
    return () => clearInterval(timer);
  }, []);
}
