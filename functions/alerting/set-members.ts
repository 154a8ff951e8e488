import { MOST_INLINE } from "../../shared/core/alerting/sets.ts";
import type { FingerprintSet } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Members of large sets by object: their names are their contents, so they never go stale. */
const known = new WeakMap<object, Map<string, readonly string[]>>();
const MOST = 32;

function cacheOf(runtime: Runtime): Map<string, readonly string[]> {
  let cache = known.get(runtime.objects);
  if (!cache) known.set(runtime.objects, (cache = new Map()));
  return cache;
}

function remember(cache: Map<string, readonly string[]>, name: string, members: readonly string[]): void {
  if (cache.size >= MOST) cache.delete(cache.keys().next().value as string);
  cache.set(name, members);
}

/** @throws HeadgateError `objects.unavailable` */
export async function membersOf(runtime: Runtime, set: FingerprintSet): Promise<readonly string[]> {
  if ("inline" in set) return set.inline;
  const cache = cacheOf(runtime);
  const cached = cache.get(set.object);
  if (cached) return cached;
  const bytes = await runtime.objects.get(set.object);
  if (!bytes) throw new HeadgateError("objects.unavailable", `the set ${set.object} is not there`);
  const members = JSON.parse(new TextDecoder().decode(bytes)) as readonly string[];
  remember(cache, set.object, members);
  return members;
}

/** Writes the members of a set that is too large for an item, before anything names it. */
export async function keepSet(runtime: Runtime, set: FingerprintSet, members: () => readonly string[]): Promise<void> {
  if ("inline" in set) return;
  const cache = cacheOf(runtime);
  if (cache.has(set.object)) return;
  const sorted = [...new Set(members())].sort();
  if (sorted.length <= MOST_INLINE) return;
  await runtime.objects.put(set.object, JSON.stringify(sorted));
  remember(cache, set.object, sorted);
}
