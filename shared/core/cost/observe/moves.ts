import type { Millis } from "../../kernel/time.ts";
import { hourOf } from "./segments.ts";

/** What a position did since the last look. */
export interface Moves {
  /** Where it is now. */
  readonly offset: number;
  /** Records it went forward, by hour. */
  readonly forward: ReadonlyMap<Millis, number>;
  /** It went back: the lowest place and when; the oldest of these records was read again, or will be. */
  readonly back?: { readonly offset: number; readonly at: Millis };
  /** The first place it was ever seen at, in a group or partition that had none: what was read there was as old as that. */
  readonly began?: { readonly offset: number; readonly at: Millis };
  /** When it was committed last. */
  readonly at: Millis;
}

interface Folding {
  offset: number;
  readonly forward: Map<Millis, number>;
  back?: { offset: number; at: Millis };
  began?: { offset: number; at: Millis };
  at: Millis;
}

/**
 * Follows positions commit by commit, so that one that went back and came forward again between two looks is seen. Commits of one place come in
 * their order. `before`: where the last look saw it; undefined: nowhere.
 */
export function movesOf(before: (group: string, topic: string, partition: number) => number | undefined) {
  const places = new Map<string, Folding>();
  const removed = new Set<string>();
  return {
    commit(group: string, topic: string, partition: number, offset: number, at: Millis): void {
      const key = JSON.stringify([group, topic, partition]);
      let one = places.get(key);
      if (one === undefined) {
        const was = removed.has(key) ? undefined : before(group, topic, partition);
        one = {
          offset: was ?? offset,
          forward: new Map(),
          at,
          ...(was === undefined ? { began: { offset, at } } : {}),
        };
        places.set(key, one);
      }
      if (offset > one.offset) {
        const hour = hourOf(at);
        one.forward.set(hour, (one.forward.get(hour) ?? 0) + offset - one.offset);
      } else if (offset < one.offset && (one.back === undefined || offset < one.back.offset)) one.back = { offset, at };
      one.offset = offset;
      one.at = at;
    },
    /** It was taken away: what comes after is a beginning. */
    gone(group: string, topic: string, partition: number): void {
      const key = JSON.stringify([group, topic, partition]);
      places.delete(key);
      removed.add(key);
    },
    of: (group: string, topic: string, partition: number): Moves | undefined =>
      places.get(JSON.stringify([group, topic, partition])),
  };
}
