import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { ObjectInfo } from "../../shared/core/ports/objects.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { BASELINES, itemOf, OBJECT_PREFIX } from "./baselines.ts";

/**
 * An object that nobody names may still be about to be named: the worker's lease is minutes long. Its age is told by the newest one
 * of the tenant, since objects have the time of their store: on a laptop the clock of everything else runs apart from it.
 */
const SAFE_AGE_MS = HOUR_MS;
/** Shards of an earlier split are kept so long: somebody may take a change of the configuration back. */
const OLD_SHARD_MS = 24 * HOUR_MS;

/**
 * Removes objects that no shard's item names (a worker died between put and claim), and shards of an earlier split. Run once a day.
 * Answers how many objects were removed.
 */
export async function tidy(runtime: Runtime, tenant: string, shards: number): Promise<number> {
  const now = runtime.now();
  const named = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await runtime.store.list(tenant, BASELINES, { limit: 500, ...(cursor ? { cursor } : {}) });
    for (const stored of page.items) {
      const item = itemOf(stored);
      const outdated = !stored.key.subject.startsWith(`${shards}-`) && now - (item.scoredAt ?? 0) > OLD_SHARD_MS;
      const gone = outdated && (await runtime.store.remove(stored.key, stored.version));
      if (!gone && item.object !== undefined) named.add(item.object);
    }
    cursor = page.cursor;
  } while (cursor);
  const left: ObjectInfo[] = [];
  let newestAt = Number.NEGATIVE_INFINITY;
  let next: string | undefined;
  do {
    const page = await runtime.objects.list(`${OBJECT_PREFIX}${tenant}/`, {
      limit: 1000,
      ...(next ? { cursor: next } : {}),
    });
    for (const one of page.items) {
      newestAt = Math.max(newestAt, one.modifiedAt);
      if (!named.has(one.key)) left.push(one);
    }
    next = page.cursor;
  } while (next);
  const outdated = left.filter((one) => newestAt - one.modifiedAt >= SAFE_AGE_MS);
  for (const { key } of outdated) await runtime.objects.remove(key);
  return outdated.length;
}
