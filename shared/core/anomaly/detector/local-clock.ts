import { DAY_MS, type Millis } from "../../kernel/time.ts";
import { offsetAt } from "../../kernel/timezone.ts";

const QUARTER_MS = 900_000;

/**
 * Seconds of local time since 1970, as a function that may be called for every row: the zone's offset is looked up once per
 * UTC day where both ends of the day agree, and once per quarter hour on the days on which the clock is changed. What it
 * remembers is no state: it depends on the zone and the instant only.
 */
export function localSeconds(timezone: string): (at: Millis) => number {
  if (timezone === "UTC") return (at) => at / 1000;
  let from = Number.NaN;
  let to = Number.NaN;
  let offset = 0;
  return (at) => {
    if (!(at >= from && at < to)) {
      const day = Math.floor(at / DAY_MS) * DAY_MS;
      const atStart = offsetAt(timezone, day) ?? 0;
      const steady = atStart === offsetAt(timezone, day + DAY_MS);
      from = steady ? day : Math.floor(at / QUARTER_MS) * QUARTER_MS;
      to = from + (steady ? DAY_MS : QUARTER_MS);
      offset = steady ? atStart : (offsetAt(timezone, from) ?? 0);
    }
    return (at + offset) / 1000;
  };
}
