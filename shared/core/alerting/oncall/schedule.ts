import { DAY_MS, type DurationMs, type Millis } from "../../kernel/time.ts";
import { layerAt } from "./layer.ts";
import type { By, OnCall, Schedule, Shift } from "./types.ts";

/** How far ahead is looked for the next change. */
const AHEAD_MS: DurationMs = 730 * DAY_MS;
/** Stretches that are looked through for it: two a day for two years, in which one person has every turn. */
const MOST_LOOKED_AT = 1_500;

interface Span {
  readonly person?: string;
  readonly by?: By;
  readonly until: Millis;
}

/** What holds at an instant, up to where anything that has a say in it changes; the same may hold after that. */
function spanAt({ clock, layers, overrides }: Schedule, at: Millis): Span {
  let until = Number.POSITIVE_INFINITY;
  for (let index = overrides.length - 1; index >= 0; index -= 1) {
    const one = overrides[index] as Schedule["overrides"][number];
    if (one.from <= at && at < one.until)
      return { person: one.person, by: { override: one.id }, until: Math.min(until, one.until) };
    if (one.from > at && one.until > one.from) until = Math.min(until, one.from);
  }
  for (let index = layers.length - 1; index >= 0; index -= 1) {
    const look = layerAt(layers[index] as Schedule["layers"][number], clock, at);
    until = Math.min(until, look.until);
    if (look.person !== undefined) return { person: look.person, by: { layer: index + 1 }, until };
  }
  return { until };
}

/** Who is on call at an instant; undefined: nobody is. */
export const personAt = (schedule: Schedule, at: Millis): string | undefined => spanAt(schedule, at).person;

/** When somebody else than `person` is on call; undefined: not as far as is looked. */
function changesAt(schedule: Schedule, person: string | undefined, from: Millis, at: Millis): Millis | undefined {
  let until = from;
  for (let looked = 0; looked < MOST_LOOKED_AT && until <= at + AHEAD_MS; looked += 1) {
    const next = spanAt(schedule, until);
    if (next.person !== person) return until;
    until = next.until;
  }
  return undefined;
}

/** Who is on call at an instant, by what, and until when: a person who follows themselves goes on. */
export function onCallAt(schedule: Schedule, at: Millis): OnCall {
  const { person, by, until: first } = spanAt(schedule, at);
  const until = changesAt(schedule, person, first, at);
  return {
    ...(person === undefined ? {} : { person }),
    ...(by ? { by } : {}),
    ...(until === undefined ? {} : { until }),
  };
}

const sameBy = (a: By | undefined, b: By | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    ("layer" in a ? "layer" in b && a.layer === b.layer : "override" in b && a.override === b.override));

/**
 * Everything from `from` to `until` without a hole: who is on call when, stretches with nobody among them. Neighbours with the same person by the same
 * layer or override are one.
 */
export function shifts(schedule: Schedule, from: Millis, until: Millis): readonly Shift[] {
  const found: Shift[] = [];
  for (let at = from; at < until; ) {
    const span = spanAt(schedule, at);
    const end = Math.min(span.until, until);
    const last = found.at(-1);
    if (last && last.person === span.person && sameBy(last.by, span.by))
      found[found.length - 1] = { ...last, until: end };
    else
      found.push({
        from: at,
        until: end,
        ...(span.person === undefined ? {} : { person: span.person }),
        ...(span.by ? { by: span.by } : {}),
      });
    at = end;
  }
  return found;
}

/** Stretches in which nobody is on call. */
export const gaps = (schedule: Schedule, from: Millis, until: Millis): readonly Shift[] =>
  shifts(schedule, from, until).filter(({ person }) => person === undefined);
