import { clock } from "./clock.ts";
import { useObservable } from "./store.ts";

const PERIOD_MS = 60_000;

/** How often to ask for measurements: twice in each of their periods, which on a fast clock is soon; 2 to 15 real seconds. */
export function usePollMs(): number {
  const speed = useObservable(clock)?.speed ?? 1;
  return Math.min(15_000, Math.max(2_000, PERIOD_MS / 2 / speed));
}
