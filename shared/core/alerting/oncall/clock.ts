import { DAY_MS, type DurationMs, type Millis } from "../../kernel/time.ts";
import { changeBetween, instantBy, offsetAt } from "../../kernel/timezone.ts";

/** The wall clock of a zone. */
export interface ZoneClock {
  /** What it shows at an instant, as if it were UTC. */
  local(at: Millis): Millis;
  /** The instant of a wall clock time: see `instantOf` of the kernel. */
  instant(local: Millis): Millis;
}

const MOST_ZONES = 600;
/** Days of one zone that are remembered: more than a century. */
const MOST_DAYS = 40_000;

const clocks = new Map<string, ZoneClock>();

/** The wall clock of a zone, one for each. An unknown zone has UTC's: schedules with one are refused before. */
export function clockOf(zone: string): ZoneClock {
  const known = clocks.get(zone);
  if (known) return known;
  if (clocks.size >= MOST_ZONES) clocks.clear();
  const made = make(zone);
  clocks.set(zone, made);
  return made;
}

/**
 * Asking the runtime for an offset takes a microsecond or two, and one answer needs a dozen. So the offset at the start of each UTC day is kept; where
 * two days in a row differ, the change between them is as well. No zone has changed twice within a day since 1970.
 */
function make(zone: string): ZoneClock {
  const asked = (at: Millis): DurationMs => offsetAt(zone, at) ?? 0;
  const days = new Map<number, DurationMs>();
  const changes = new Map<number, Millis>();
  const ofDay = (day: number): DurationMs => {
    const known = days.get(day);
    if (known !== undefined) return known;
    if (days.size >= MOST_DAYS) {
      days.clear();
      changes.clear();
    }
    const offset = asked(day * DAY_MS);
    days.set(day, offset);
    return offset;
  };
  const offset = (at: Millis): DurationMs => {
    const day = Math.floor(at / DAY_MS);
    const [before, after] = [ofDay(day), ofDay(day + 1)];
    if (before === after) return before;
    let change = changes.get(day);
    if (change === undefined) changes.set(day, (change = changeBetween(asked, day * DAY_MS, (day + 1) * DAY_MS)));
    return at < change ? before : after;
  };
  return {
    local: (at) => at + offset(at),
    instant: (local) => instantBy(offset, local) ?? local,
  };
}
