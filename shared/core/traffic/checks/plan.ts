import type { Millis } from "../../kernel/time.ts";
import type { HealthConfig } from "../section.ts";

export interface DueCheck {
  /** Index in the list of ids. */
  readonly index: number;
  readonly id: string;
  readonly at: Millis;
}

type Plan = Pick<HealthConfig, "every" | "jitter">;

/** FNV-1a with the last mix of murmur3: ids that differ in their last digit alone must not be neighbours in time. 0 ≤ x < 1. */
function place(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * When a backend is checked in a round (rounds are periods since the epoch): a place of its own within the period, moved later by up to
 * `jitter` of one, differently each round. The same everywhere, so that checkers that overlap mean the same check.
 */
export function checkAt(id: string, round: number, { every, jitter }: Plan): Millis {
  return Math.floor((round + place(id, 0)) * every + place(id, 0x9e3779b9 ^ (round | 0)) * jitter * every);
}

/**
 * The checks that are due after `from` and not after `to`, in the order of their instants. A backend is due once at most, with the
 * last of its instants: a checker that looks once a minute at backends that want a check every 30 s makes one, not two at once.
 */
export function dueChecks(ids: readonly string[], spec: Plan, from: Millis, to: Millis): DueCheck[] {
  const due: DueCheck[] = [];
  for (const [index, id] of ids.entries()) {
    // Jitter is at most one period, so a round's instant is in that period or one of the two after it.
    for (let round = Math.floor(to / spec.every); ; round -= 1) {
      const at = checkAt(id, round, spec);
      if (at > to) continue;
      if (at > from) due.push({ index, id, at });
      break;
    }
  }
  return due.sort((a, b) => a.at - b.at || a.index - b.index);
}

/** The first instant after `after` at which a backend is checked. */
export function nextCheckAt(id: string, spec: Plan, after: Millis): Millis {
  let round = Math.floor(after / spec.every) - 2;
  while (checkAt(id, round, spec) <= after) round += 1;
  return checkAt(id, round, spec);
}
