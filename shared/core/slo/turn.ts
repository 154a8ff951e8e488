import type { Millis } from "../kernel/time.ts";
import { look, standingOf } from "./evaluate.ts";
import { compositeMinute } from "./minute.ts";
import { inOrder } from "./objectives.ts";
import { advance, advanceBy, fitted, type Track, trackedMinute } from "./track.ts";
import type { Look, Objective, Reading } from "./types.ts";

/** An objective of which a decision is due. */
export interface Due {
  readonly objective: Objective;
  readonly look: Look;
  /** What to note ({@link toldOf}) once it was decided. */
  readonly standing: string;
}

export interface Turned {
  /** One per objective, parts before composites. Those of objectives that are gone are dropped. */
  readonly tracks: readonly Track[];
  readonly due: readonly Due[];
}

/**
 * Takes the minute that ends at `at` (a whole minute, in milliseconds) into the tracks of objectives, which are advanced in place. A minute that is not
 * newer than a track's newest one leaves it as it is, so that a turn may be taken again.
 *
 * @param reading of an objective; undefined where it could not be asked for. Composites are not asked for
 */
export function turn(
  objectives: readonly Objective[],
  tracks: readonly Track[],
  at: Millis,
  reading: (objective: Objective) => Reading | undefined,
): Turned {
  const kept = new Map(tracks.map((track) => [track.name, track]));
  const now = new Map<string, Track>();
  const due: Due[] = [];
  for (const objective of inOrder(objectives)) {
    const track = fitted(objective, kept.get(objective.name));
    now.set(objective.name, track);
    const { sli } = objective;
    if (sli.kind !== "composite") advance(objective, track, at, reading(objective));
    else {
      const parts = sli.of.map(({ objective: name, weight }) => {
        const part = now.get(name);
        return { weight, minute: part ? trackedMinute(part, at) : ("unknown" as const) };
      });
      advanceBy(objective, track, at, compositeMinute(parts));
    }
    const seen = look(objective, track);
    const standing = standingOf(objective, seen);
    if (standing !== track.told) due.push({ objective, look: seen, standing });
  }
  return { tracks: [...now.values()], due };
}

/** The track with its standing noted as decided. */
export const toldOf = (track: Track, standing: string): Track => ({ ...track, told: standing });
