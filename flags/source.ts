import type { FlagFinder } from "../shared/core/delivery/flags/evaluate.ts";
import { changedFlags, compileSnapshot } from "../shared/core/delivery/flags/snapshot.ts";
import type { FlagsSnapshot } from "../shared/core/delivery/flags/types.ts";
import { type Ask, later, messageOf } from "./http.ts";
import type { FlagsOptions, Snapshot } from "./types.ts";

/** Clock of a control plane, which may run faster than this machine's (on a laptop). */
interface Clock {
  readonly now: number;
  readonly speed: number;
  readonly simulated: boolean;
}

interface Answer extends FlagsSnapshot {
  readonly reportMs?: number;
  readonly clock?: Clock;
}

/** What there is to evaluate from. */
export interface Known {
  readonly snapshot: FlagsSnapshot;
  readonly find: FlagFinder;
}

export interface SourceNews {
  readonly ready: () => void;
  readonly changed: (flags: readonly string[]) => void;
  /** Reports are wanted at another pace. */
  readonly paced: () => void;
  readonly stale: () => void;
  readonly failed: (message: string) => void;
  readonly again: () => void;
}

export interface Source {
  readonly known: () => Known | undefined;
  /** The instant schedules go by. */
  readonly now: (wall: number) => number;
  readonly stale: (wall: number) => boolean;
  /** Called at each evaluation: where timers did not run (a frozen function), it asks for news in the background. */
  readonly touch: (wall: number) => void;
  readonly refresh: () => Promise<void>;
  readonly start: () => void;
  readonly stop: () => void;
  readonly age: () => number | undefined;
  readonly reportMs: () => number;
}

const POLL_MS = 15_000;
const STALE_MS = 60_000;
const REPORT_MS = 60_000;
/** Pauses double with each failure in a row, up to this many polls. */
const MOST_BACKOFF = 6;

const isSnapshot = (value: unknown): value is Answer =>
  typeof value === "object" &&
  value !== null &&
  (value as { v?: unknown }).v === 1 &&
  typeof (value as { flags?: unknown }).flags === "object";

const madeOf = (snapshot: FlagsSnapshot): Known => ({ snapshot, find: compileSnapshot(snapshot) });

/** Keeps a snapshot up to date by asking for what has changed. */
export function createSource(
  options: FlagsOptions,
  ask: Ask,
  news: SourceNews,
  wallNow: () => number,
  random: () => number,
): Source {
  const { pollMs = POLL_MS, staleAfterMs = STALE_MS } = options;
  let known = options.bootstrap ? madeOf(bootstrapOf(options.bootstrap)) : undefined;
  let answeredAt: number | undefined;
  let clock: (Clock & { readonly at: number }) | undefined;
  let reportMs = REPORT_MS;
  let failures = 0;
  let saidStale = false;
  let dueAt = 0;
  let asking: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  let stopped = true;

  const stale = (wall: number): boolean => answeredAt === undefined || wall - answeredAt >= staleAfterMs;

  function take(answer: Answer, wall: number): void {
    const { reportMs: report, clock: theirs, ...snapshot } = answer;
    if (report !== undefined && report > 0 && report !== reportMs) {
      reportMs = report;
      news.paced();
    }
    clock = theirs?.simulated ? { ...theirs, at: wall } : undefined;
    const before = known;
    known = before?.snapshot.version === snapshot.version ? before : madeOf(snapshot);
    if (before && before !== known) news.changed(changedFlags(before.snapshot, snapshot));
  }

  async function fetchOnce(): Promise<void> {
    const etag = known && answeredAt !== undefined ? `"${known.snapshot.version}"` : undefined;
    const response = await ask("snapshot", etag === undefined ? {} : { etag });
    const wall = wallNow();
    if (response.status === 200) {
      const answer: unknown = await response.json();
      if (!isSnapshot(answer)) throw new Error("the answer is no snapshot of flags; is the address Headgate's?");
      take(answer, wall);
    } else {
      await response.body?.cancel();
      if (response.status !== 304) throw new Error(`Headgate answered ${response.status}`);
    }
    const first = answeredAt === undefined;
    answeredAt = wall;
    if (failures > 0) news.again();
    if (first || saidStale) news.ready();
    failures = 0;
    saidStale = false;
  }

  async function once(): Promise<void> {
    try {
      await fetchOnce();
    } catch (error) {
      failures += 1;
      if (failures === 1) news.failed(messageOf(error));
      if (known && !saidStale && stale(wallNow())) {
        saidStale = true;
        news.stale();
      }
      throw error;
    } finally {
      const back = Math.min(2 ** Math.max(0, failures - 1), MOST_BACKOFF);
      dueAt = wallNow() + pollMs * back * (0.8 + 0.4 * random());
      schedule();
    }
  }

  function refresh(): Promise<void> {
    asking ??= once().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  const background = (): void => void refresh().catch(() => {});

  function schedule(): void {
    cancel?.();
    cancel = stopped ? undefined : later(Math.max(0, dueAt - wallNow()), background);
  }

  return {
    known: () => known,
    now: (wall) => (clock ? clock.now + (wall - clock.at) * clock.speed : wall),
    stale,
    touch: (wall) => {
      if (!stopped && asking === undefined && wall > dueAt + pollMs) background();
    },
    refresh,
    start: () => {
      stopped = false;
    },
    stop: () => {
      stopped = true;
      cancel?.();
    },
    age: () => (answeredAt === undefined ? undefined : wallNow() - answeredAt),
    reportMs: () => reportMs,
  };
}

function bootstrapOf(given: Snapshot): FlagsSnapshot {
  if (!isSnapshot(given)) throw new TypeError("bootstrap is no snapshot of flags (GET /api/v1/flags/snapshot)");
  const { v, version, flags } = given;
  return { v, version, flags };
}
