import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { ZoneClock } from "./clock.ts";

/** Hours of the wall clock at which a layer applies. */
export interface Window {
  /** By weekday, 0 is Sunday: the days on which it begins. */
  readonly days: readonly boolean[];
  /** From midnight of that day, wall clock; `toMs` may lie in the next day. */
  readonly fromMs: DurationMs;
  readonly toMs: DurationMs;
}

/** People who take turns. Instants and wall clock times as numbers; a wall clock time is written as if it were UTC. */
export interface Layer {
  readonly people: readonly string[];
  readonly startAt: Millis;
  readonly endAt: Millis;
  /** Wall clock: turn n lasts from `anchor + n × turnMs` to the next; the first one begins at `startAt` already. */
  readonly anchor: Millis;
  readonly turnMs: DurationMs;
  /** None: at all hours. */
  readonly windows: readonly Window[];
}

/** Somebody stands in for a while. */
export interface Override {
  readonly id: string;
  readonly from: Millis;
  readonly until: Millis;
  readonly person: string;
  readonly why: string;
}

/** A schedule ready to be asked. Later layers win over earlier ones, overrides over layers, later overrides over earlier ones. */
export interface Schedule {
  readonly name: string;
  readonly zone: string;
  readonly clock: ZoneClock;
  readonly layers: readonly Layer[];
  readonly overrides: readonly Override[];
}

/** What puts somebody on call: a layer (its number in the file, from 1) or an override (its id). */
export type By = { readonly layer: number } | { readonly override: string };

/** A stretch of time in which one person is on call, or nobody. Half open: `until` belongs to the next one. */
export interface Shift {
  readonly from: Millis;
  readonly until: Millis;
  /** Absent: nobody is. */
  readonly person?: string;
  readonly by?: By;
}

/** Who is on call at an instant. */
export interface OnCall {
  /** Absent: nobody is. */
  readonly person?: string;
  readonly by?: By;
  /** When somebody else takes over, or nobody; absent: not within two years, nor within 1,500 changes of what applies. */
  readonly until?: Millis;
}
