import { DAY_MS, type Millis } from "../../kernel/time.ts";
import { clockOf, type ZoneClock } from "./clock.ts";
import type { OncallSectionValue, ScheduleSection } from "./section.ts";
import type { Layer, Override, Schedule } from "./types.ts";

type Moment = ScheduleSection["overrides"][number]["from"];

/** The instant of a moment of the file. */
export const momentOf = (moment: Moment, clock: ZoneClock): Millis =>
  "at" in moment ? moment.at : clock.instant(moment.wall);

type LayerSection = ScheduleSection["layers"][number];

/** A day of the wall clock begins with its handover where it names no hour. */
const wallOf = ({ wall, timed }: LayerSection["start"], handover: number | undefined): Millis =>
  timed ? wall : wall + (handover ?? 0);

/** When a layer begins and, unless it goes on, ends. */
export const layerSpan = (layer: LayerSection, clock: ZoneClock): readonly [from: Millis, until: Millis] => [
  clock.instant(wallOf(layer.start, layer.handover)),
  layer.end ? clock.instant(wallOf(layer.end, layer.handover)) : Number.POSITIVE_INFINITY,
];

function layerOf(layer: LayerSection, clock: ZoneClock): Layer {
  const [startAt, endAt] = layerSpan(layer, clock);
  const { start, handover, people, turn, on } = layer;
  return {
    people,
    startAt,
    endAt,
    anchor: handover === undefined ? start.wall : Math.floor(start.wall / DAY_MS) * DAY_MS + handover,
    turnMs: turn,
    windows: on.map(({ days, from, to }) => ({ days, fromMs: from, toMs: to > from ? to : to + DAY_MS })),
  };
}

/** An override of the file has its number in it for a name. */
export const fileOverrideId = (index: number): string => `file-${index + 1}`;

/** Overrides of the file; one that ends before it begins, or begins no earlier, holds never. */
function overridesOf({ overrides }: ScheduleSection, clock: ZoneClock): readonly Override[] {
  return overrides.map(({ from, to, person, why = "" }, index) => ({
    id: fileOverrideId(index),
    from: momentOf(from, clock),
    until: momentOf(to, clock),
    person,
    why,
  }));
}

/** Overrides that were made by hand, without those of somebody who was taken out of the file since: they would lead to nobody. */
export const standing = <O extends Override>({ people }: Pick<OncallSectionValue, "people">, made: readonly O[] = []) =>
  made.filter(({ person }) => Object.hasOwn(people, person));

/** A schedule of the file, with overrides that were made since: these are later ones. */
export function compileSchedule(name: string, section: ScheduleSection, made: readonly Override[] = []): Schedule {
  const clock = clockOf(section.zone);
  return {
    name,
    zone: section.zone,
    clock,
    layers: section.layers.map((layer) => layerOf(layer, clock)),
    overrides: [...overridesOf(section, clock), ...made],
  };
}
