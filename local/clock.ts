import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DAY_MS, HOUR_MS, type Millis } from "../shared/core/kernel/time.ts";
import { writeAtomic } from "./data-dir.ts";

/** The control plane's clock: virtual instants that run `speed` times as fast as the wall, and never backwards. */
export interface LocalClock {
  /** Virtual epoch ms. */
  readonly now: () => Millis;
  /** Virtual seconds per real second. */
  readonly speed: number;
  /** Virtual instant of the very first start on this data directory; recorded loads are played from here. */
  readonly origin: Millis;
  /** Runs `fn` once, at or after the virtual instant. Returns a cancel. */
  at(instant: Millis, fn: () => void): () => void;
  /** Writes the last instant handed out and stops keeping it. */
  close(): void;
}

interface Saved {
  readonly v: 1;
  readonly origin: Millis;
  /** No instant after this one has been handed out. */
  readonly until: Millis;
}

export interface ClockOptions {
  readonly dir: string;
  /** 1 = real time. */
  readonly speed: number;
  /** Real epoch ms; for tests. */
  readonly wall?: () => Millis;
  /** Real ms, monotonic; for tests. */
  readonly monotonic?: () => number;
  /** How often the clock is written, in real ms. */
  readonly saveEveryMs?: number;
}

/** Hour of the first virtual day at which a faster clock starts: a rising morning, so that something happens soon. */
const FIRST_HOUR = 7;
/** setTimeout's own limit. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function readSaved(file: string): Saved | undefined {
  try {
    const saved = JSON.parse(readFileSync(file, "utf8")) as Partial<Saved>;
    return Number.isFinite(saved.until) && Number.isFinite(saved.origin) ? (saved as Saved) : undefined;
  } catch {
    // No file on the first start; a torn one cannot be, as it is written by renaming.
    return undefined;
  }
}

/**
 * A second start continues after the last instant the first one can have seen: the file always promises a little ahead,
 * so that a kill -9 between two writes cannot make time repeat. At speed 1 the clock follows the wall unless it is behind
 * what was seen already.
 */
export function openClock(options: ClockOptions): LocalClock {
  const wall = options.wall ?? Date.now;
  const monotonic = options.monotonic ?? (() => performance.now());
  const saveEveryMs = options.saveEveryMs ?? 1000;
  const file = join(options.dir, "clock.json");
  const saved = readSaved(file);
  const today = Math.floor(wall() / DAY_MS) * DAY_MS;
  const first = options.speed === 1 ? wall() : today + FIRST_HOUR * HOUR_MS;
  const base = saved ? Math.max(saved.until, options.speed === 1 ? wall() : 0) : first;
  const origin = saved?.origin ?? base;
  // Real time follows the wall also over a night of sleep, which the monotonic clock does not count on every system.
  const elapsed = options.speed === 1 ? wall : monotonic;
  const began = elapsed();
  let last = base;
  const now = () => {
    last = Math.max(last, Math.floor(base + (elapsed() - began) * options.speed));
    return last;
  };
  const save = (until: Millis) => writeAtomic(file, JSON.stringify({ v: 1, origin, until } satisfies Saved));
  // Three intervals ahead: a busy event loop may be late with the next write.
  const promise = () => save(now() + 3 * saveEveryMs * options.speed);
  promise();
  const keeper = setInterval(() => {
    try {
      promise();
    } catch {
      // The disk is full or gone: the store refuses the next decision and says so; time itself goes on.
    }
  }, saveEveryMs);
  keeper.unref();

  return {
    now,
    speed: options.speed,
    origin,
    at: (instant, fn) => {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const wait = (instant - now()) / options.speed;
        if (wait <= 0) timer = setTimeout(fn, 0);
        else timer = setTimeout(arm, Math.min(Math.ceil(wait), LONGEST_TIMER_MS));
      };
      arm();
      return () => clearTimeout(timer);
    },
    close: () => {
      clearInterval(keeper);
      try {
        save(now() + 1);
      } catch {
        // As above: the promise written before still holds.
      }
    },
  };
}
