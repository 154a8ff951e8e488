import { daysFromCivil } from "../kernel/instant.ts";
import { civilFromDays, DAY_MS, type Millis } from "../kernel/time.ts";
import { instantOf, offsetAt } from "../kernel/timezone.ts";

const monthAt = (zone: string, at: Millis, ahead: number): Millis => {
  const local = at + (offsetAt(zone, at) ?? 0);
  const { year, month } = civilFromDays(Math.floor(local / DAY_MS));
  const months = year * 12 + month - 1 + ahead;
  const first = daysFromCivil(Math.floor(months / 12), (months % 12) + 1, 1) * DAY_MS;
  return instantOf(zone, first) ?? first;
};

/** No month is shorter: until then a beginning that is known need not be looked up. Changes of the clock are at most a day. */
const SHORTEST_MS = 27 * DAY_MS;

/**
 * Local midnight of the first of the month that an instant lies in. A zone that is not known (`check` refuses it) counts as UTC.
 *
 * @param known the beginning of the month of an earlier instant, or -1
 */
export function monthStart(zone: string, at: Millis, known = -1): Millis {
  return known >= 0 && at >= known && at - known < SHORTEST_MS ? known : monthAt(zone, at, 0);
}

/** Local midnight of the first of the month after. */
export const monthEnd = (zone: string, at: Millis): Millis => monthAt(zone, at, 1);
