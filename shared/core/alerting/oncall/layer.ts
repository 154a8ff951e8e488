import { DAY_MS, type Millis } from "../../kernel/time.ts";
import type { ZoneClock } from "./clock.ts";
import type { Layer, Window } from "./types.ts";

/** What a layer says of an instant, and until when it says the same. */
export interface LayerLook {
  /** Absent: it does not apply. */
  readonly person?: string;
  /** After `at`; infinite: for good. */
  readonly until: Millis;
}

/** 1970-01-01 was a Thursday. */
const weekday = (day: number): number => (((day + 4) % 7) + 7) % 7;

/** A window may reach into the next day, and where the date line moved a date is left out. */
const BACK_DAYS = 2;
/** A window that is on a weekday begins within so many days. */
const AHEAD_DAYS = 9;

/** When a window that begins on a day (number since 1970-01-01, wall clock) begins and ends; undefined: none begins then. */
function spanOf(window: Window, clock: ZoneClock, day: number): readonly [from: Millis, until: Millis] | undefined {
  if (window.days[weekday(day)] !== true) return undefined;
  return [clock.instant(day * DAY_MS + window.fromMs), clock.instant(day * DAY_MS + window.toMs)];
}

function windowAt(windows: readonly Window[], clock: ZoneClock, at: Millis): { inside: boolean; until: Millis } {
  const today = Math.floor(clock.local(at) / DAY_MS);
  let end = Number.NEGATIVE_INFINITY;
  for (const window of windows)
    for (let day = today - BACK_DAYS; day <= today + 1; day += 1) {
      const span = spanOf(window, clock, day);
      if (span && span[0] <= at && at < span[1]) end = Math.max(end, span[1]);
    }
  if (end > at) return { inside: true, until: end };
  let next = Number.POSITIVE_INFINITY;
  for (const window of windows)
    for (let day = today - 1; day <= today + AHEAD_DAYS; day += 1) {
      const span = spanOf(window, clock, day);
      // One that the clock leaps over altogether never holds.
      if (!span || span[0] <= at || span[1] <= span[0]) continue;
      next = Math.min(next, span[0]);
      break;
    }
  // With a leap in the way the next one may be a week later still: looked for again from there.
  return { inside: false, until: Number.isFinite(next) ? next : clock.instant((today + AHEAD_DAYS) * DAY_MS) };
}

/** Whose turn it is, and until when. Closed form: how long the layer has been there costs nothing. */
function turnAt({ people, anchor, turnMs }: Layer, clock: ZoneClock, at: Millis): { person: string; until: Millis } {
  if (people.length === 1) return { person: people[0] as string, until: Number.POSITIVE_INFINITY };
  const handover = (turn: number): Millis => clock.instant(anchor + turn * turnMs);
  let turn = Math.floor((clock.local(at) - anchor) / turnMs);
  // Of turns that the clock leaps over, and of the hour that comes twice: the last handover that has been counts.
  while (handover(turn + 1) <= at) turn += 1;
  while (handover(turn) > at) turn -= 1;
  // The first turn begins with the layer, also before the first handover.
  const held = Math.max(0, turn);
  return { person: people[held % people.length] as string, until: handover(held + 1) };
}

/** What one layer says of an instant. */
export function layerAt(layer: Layer, clock: ZoneClock, at: Millis): LayerLook {
  if (at < layer.startAt) return { until: layer.startAt };
  if (at >= layer.endAt) return { until: Number.POSITIVE_INFINITY };
  const { inside, until } =
    layer.windows.length === 0 ? { inside: true, until: Number.POSITIVE_INFINITY } : windowAt(layer.windows, clock, at);
  if (!inside) return { until: Math.min(until, layer.endAt) };
  const turn = turnAt(layer, clock, at);
  return { person: turn.person, until: Math.min(until, turn.until, layer.endAt) };
}
