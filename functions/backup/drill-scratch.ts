import { hash64 } from "../../shared/core/kernel/hash.ts";
import { idTime } from "../../shared/core/kernel/id.ts";
import { HOUR_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";

const PREFIX = "headgate-drill-";
/** Longest name of a topic. */
const LONGEST = 249;
/** What a drill of another plan or installation has made is taken for dead after this: longer than any lasts. */
const DEAD_MS = 24 * HOUR_MS;

/** What all that a drill makes begins with: "headgate-drill-01j…-". The instant of its begin is in it. */
export const scratchPrefix = (drill: string): string => `${PREFIX}${drill.slice(drill.indexOf("_") + 1)}-`;

/** Under what a topic is restored in a drill; of names that would be too long a hash stands for the name. */
export function scratchName(drill: string, topic: string): string {
  const name = `${scratchPrefix(drill)}${topic}`;
  return name.length <= LONGEST ? name : `${scratchPrefix(drill)}${hash64(topic)}`;
}

/** Whether a name was made by a drill that is over: one of ours that we know of, or any that began long ago. */
export function isDead(
  name: string,
  now: Millis,
  own: { readonly alive: string; readonly ended: readonly string[] },
): boolean {
  const drill = new RegExp(`^${PREFIX}([0-9a-hjkmnp-tv-z]{26})-`).exec(name)?.[1];
  if (drill === undefined || own.alive.endsWith(`_${drill}`)) return false;
  if (own.ended.some((id) => id.endsWith(`_${drill}`))) return true;
  const at = idTime(`drl_${drill}`);
  return at !== undefined && now - at > DEAD_MS;
}

/**
 * Removes topics and groups that `gone` names. Groups with members stay.
 *
 * @returns what is still there, whole sentences
 * @throws HeadgateError `streams.unavailable`
 */
export async function removeScratch(streams: Streams, gone: (name: string) => boolean): Promise<readonly string[]> {
  const left: string[] = [];
  const topics = (await streams.topics()).map(({ name }) => name).filter(gone);
  // Groups first: with their topics gone their positions would go one by one.
  const groups = (await streams.groups()).map(({ id }) => id).filter(gone);
  for (const id of groups) {
    const done = await streams.deleteGroup(id);
    if (done.status === "refused") left.push(`group ${id} could not be removed: ${done.why}`);
  }
  for (const name of topics) {
    const done = await streams.deleteTopic(name);
    if (done.status === "refused") left.push(`topic ${name} could not be removed: ${done.why}`);
  }
  return left;
}
