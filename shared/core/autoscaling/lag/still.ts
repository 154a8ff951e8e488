import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { Lagging, Totals } from "./partitions.ts";
import type { LagMemory, Still } from "./types.ts";

/** A partition that has not moved for so long while there were consumers is stuck. */
const STUCK_MS = 5 * MINUTE_MS;
/** Partitions whose progress is watched; those that stand still longest go first. */
const MOST_WATCHED = 500;

type Stills = LagMemory["still"];

/** What is remembered of partitions that are asked for in their order. */
export function following(stills: Stills): (of: Lagging) => Still | undefined {
  let topic: string | undefined;
  let list: readonly Still[] = [];
  let at = 0;
  return (of) => {
    if (of.topic !== topic) {
      topic = of.topic;
      list = (stills && Object.hasOwn(stills, topic) ? stills[topic] : undefined) ?? [];
      at = 0;
    }
    while (at < list.length && (list[at] as Still)[0] < of.partition) at += 1;
    const found = list[at];
    return found && found[0] === of.partition ? found : undefined;
  };
}

/** Since when partitions with lag have not moved. Nobody is there: nobody can be stuck. */
export function watched(
  { lagging }: Totals,
  now: Millis,
  attended: boolean,
  before: Stills,
): NonNullable<Stills> | undefined {
  if (!attended || lagging.length === 0) return undefined;
  const lastOf = following(before);
  const limit = lagging.length > MOST_WATCHED ? keptAbove(lagging, before) : undefined;
  const next = new Map<string, Still[]>();
  let left = MOST_WATCHED;
  for (const one of lagging) {
    const last = lastOf(one);
    const same = last?.[1] === one.committed && last[2] <= now;
    if (limit !== undefined && !same && (one.lag < limit || left <= 0)) continue;
    left -= 1;
    const own = next.get(one.topic) ?? [];
    own.push(same ? last : [one.partition, one.committed, now]);
    next.set(one.topic, own);
  }
  return Object.fromEntries(next);
}

/** Lag from which on a partition is watched where there are too many: those that stand still have their places already. */
function keptAbove(lagging: readonly Lagging[], before: Stills): number {
  const lastOf = following(before);
  const moving = lagging.filter((one) => lastOf(one)?.[1] !== one.committed).map(({ lag }) => lag);
  const places = Math.max(0, MOST_WATCHED - (lagging.length - moving.length));
  return places === 0 ? Number.POSITIVE_INFINITY : (moving.sort((a, b) => b - a)[places - 1] ?? 0);
}

/** Partitions that stand still although there are consumers, and the lag that waits in them. */
export function stuckOf(
  { lagging }: Totals,
  stills: Stills,
  now: Millis,
): { readonly names: readonly string[]; readonly lag: number } {
  const lastOf = following(stills);
  const names: string[] = [];
  let lag = 0;
  for (const one of lagging) {
    const last = lastOf(one);
    if (!last || now - last[2] < STUCK_MS) continue;
    names.push(`${one.topic}/${one.partition}`);
    lag += one.lag;
  }
  return { names, lag };
}
