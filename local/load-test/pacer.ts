import type { Arrivals } from "../../shared/core/readiness/load/schedule.ts";

export interface PacerOptions {
  readonly arrivals: Arrivals;
  /** Ms since the start of the test. */
  readonly now: () => number;
  /** A request that is due at `at`. */
  readonly fire: (at: number, now: number) => void;
  /** Every few ms, whether or not anything is due. */
  readonly look: (now: number) => void;
}

export interface Pacer {
  /** Everything that was due before this was fired; infinity: all of it. */
  passed(): number;
  /** No more is fired. */
  stop(): void;
}

/** Timers are a millisecond exact: the last of them is waited for in turns of the event loop. */
const SPIN_MS = 1.5;
/** Fired in one turn, so that answers are read in between. */
const AT_ONCE = 64;
const LOOK_MS = 10;
const FAR_MS = 50;

/** Fires what is due, when it is due, whatever comes back. What it missed (the machine was busy) it makes up for at once, and is measured as late. */
export function startPacer({ arrivals, now, fire, look }: PacerOptions): Pacer {
  let next = arrivals.next();
  let stopped = false;
  let looked = Number.NEGATIVE_INFINITY;
  const turn = (): void => {
    let at = now();
    for (let fired = 0; !stopped && next !== undefined && next <= at && fired < AT_ONCE; fired += 1) {
      fire(next, at);
      next = arrivals.next();
      at = now();
    }
    if (at - looked >= LOOK_MS) {
      looked = at;
      look(at);
    }
    if (stopped || next === undefined) return;
    const wait = next - at;
    if (wait > SPIN_MS) setTimeout(turn, Math.min(FAR_MS, wait - 1));
    else setImmediate(turn);
  };
  // Not at once: who starts it has to have it first.
  setImmediate(turn);
  return {
    passed: () => next ?? Number.POSITIVE_INFINITY,
    stop: () => {
      stopped = true;
      next = undefined;
    },
  };
}
