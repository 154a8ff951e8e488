import { Temporal } from "@js-temporal/polyfill";
import type { ScheduleSection } from "../../../shared/core/alerting/oncall/section.ts";
import { DAY_MS } from "../../../shared/core/kernel/time.ts";

/*
 * Who is on call by another library's calendar: instants, wall clock times and changes of clocks are Temporal's, and nothing of the product's own
 * reckoning is used. Slow and plain on purpose.
 */

/** A wall clock time that is kept as if it were UTC, as Temporal has it. */
const plain = (wall: number): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO("UTC").toPlainDateTime();

/** The instant of a wall clock time: the first of two, the change where it never comes. */
function instantOf(time: Temporal.PlainDateTime, zone: string): number {
  const earlier = time.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (earlier.toPlainDateTime().equals(time)) return earlier.epochMilliseconds;
  const change = earlier.getTimeZoneTransition("next");
  if (!change) throw new Error(`${zone} never has ${time.toString()}, and no change`);
  return change.epochMilliseconds;
}

type LayerSection = ScheduleSection["layers"][number];

const startOf = ({ start, handover = 0 }: LayerSection): Temporal.PlainDateTime =>
  start.timed ? plain(start.wall) : plain(start.wall).add({ minutes: handover / 60_000 });

function turnOf(layer: LayerSection, zone: string, at: Temporal.ZonedDateTime): string {
  const first =
    layer.handover === undefined
      ? plain(layer.start.wall)
      : plain(layer.start.wall)
          .toPlainDate()
          .toPlainDateTime()
          .add({ minutes: layer.handover / 60_000 });
  const minutes = layer.turn / 60_000;
  const since = at.toPlainDateTime().since(first, { largestUnit: "minutes" }).total("minutes");
  let held = 0;
  // A clock moves by a day at the most, so the turn is near.
  const near = Math.floor(since / minutes);
  for (let turn = Math.max(0, near - 4); turn <= near + 4; turn += 1)
    if (instantOf(first.add({ minutes: turn * minutes }), zone) <= at.epochMilliseconds) held = turn;
  return layer.people[held % layer.people.length] as string;
}

function windowsHold({ on }: LayerSection, zone: string, at: Temporal.ZonedDateTime): boolean {
  if (on.length === 0) return true;
  const today = at.toPlainDate();
  return on.some(({ days, from, to }) =>
    [-2, -1, 0, 1].some((offset) => {
      const day = today.add({ days: offset });
      if (days[day.dayOfWeek % 7] !== true) return false;
      const begin = day.toPlainDateTime().add({ minutes: from / 60_000 });
      const end = day.toPlainDateTime().add({ minutes: (to > from ? to : to + DAY_MS) / 60_000 });
      return instantOf(begin, zone) <= at.epochMilliseconds && at.epochMilliseconds < instantOf(end, zone);
    }),
  );
}

/** Who is on call at an instant; undefined: nobody. */
export function independently({ zone, layers, overrides }: ScheduleSection, at: number): string | undefined {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const moment = (one: ScheduleSection["overrides"][number]["from"]): number =>
    "at" in one ? one.at : instantOf(plain(one.wall), zone);
  const standIn = overrides.findLast(({ from, to }) => moment(from) <= at && at < moment(to));
  if (standIn) return standIn.person;
  for (const layer of layers.toReversed()) {
    if (at < instantOf(startOf(layer), zone)) continue;
    if (layer.end && at >= instantOf(startOf({ ...layer, start: layer.end }), zone)) continue;
    if (windowsHold(layer, zone, zoned)) return turnOf(layer, zone, zoned);
  }
  return undefined;
}

/** The next change of a zone's clock after an instant; undefined: none any more. */
export const nextChange = (zone: string, at: number): number | undefined =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).getTimeZoneTransition("next")?.epochMilliseconds;
