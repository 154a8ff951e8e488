import { civilFromDays, DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { instantOf, offsetAt } from "../../kernel/timezone.ts";

/** Less than this is rounding, and powers of ten near the smallest number are no numbers any more. */
const LEAST = 1e-9;

/** Round numbers from 0 to at least `most`: steps of 1, 2 or 5 times a power of ten. */
export function valueTicks(most: number, about: number): readonly number[] {
  if (!(most > LEAST) || !Number.isFinite(most)) return [0, 1];
  const rough = most / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((times) => times * power >= rough * (1 - 1e-9)) as number) * power;
  const count = Math.ceil(most / step - 1e-9);
  // Multiples instead of sums: 0.1 + 0.2 is no label.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

export interface TimeTick {
  readonly at: Millis;
  readonly text: string;
  /** It begins a day. */
  readonly day: boolean;
}

const STEPS: readonly DurationMs[] = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28, 56].map((days) => days * DAY_MS),
];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (part: number): string => String(part).padStart(2, "0");

/** A wall clock time, given as if it were UTC, as "8 Jun" or "14:30". */
const dayText = (local: Millis): string => {
  const { month, day } = civilFromDays(Math.floor(local / DAY_MS));
  return `${day} ${MONTHS[month - 1]}`;
};
const clockText = (local: Millis): string => {
  const minutes = Math.floor((local - Math.floor(local / DAY_MS) * DAY_MS) / MINUTE_MS);
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};

/** "1998-06-08 02:00" in the zone. */
export function wallClock(at: Millis, timezone: string): string {
  const local = at + (offsetAt(timezone, at) ?? 0);
  const { year, month, day } = civilFromDays(Math.floor(local / DAY_MS));
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)} ${clockText(local)}`;
}

/** At most `most` ticks in [from, to] that fall on round times of the zone's clock, also across its changes. */
export function timeTicks(from: Millis, to: Millis, most: number, timezone: string): readonly TimeTick[] {
  const zone = offsetAt(timezone, from) === undefined ? "UTC" : timezone;
  const span = to - from;
  const longest = STEPS.at(-1) as DurationMs;
  const step = STEPS.find((one) => span / one <= most) ?? longest * Math.ceil(span / longest / most);
  const localOf = (at: Millis): Millis => at + (offsetAt(zone, at) ?? 0);
  const ticks: TimeTick[] = [];
  for (let local = Math.ceil(localOf(from) / step) * step; local <= localOf(to); local += step) {
    const at = instantOf(zone, local) ?? local;
    const day = local % DAY_MS === 0;
    if (at >= from && at <= to && at > (ticks.at(-1)?.at ?? Number.NEGATIVE_INFINITY))
      ticks.push({ at, text: day ? dayText(local) : clockText(local), day });
  }
  return ticks;
}
