import type { AggregateKey } from "../core/kernel/key.ts";
import { claimed } from "./claimed.ts";
import type { Runtime } from "./runtime.ts";

const MOST = 10_000;

/**
 * Ends the leases that a process left behind when it died, so that what it had claimed is finished at once instead of at the
 * end of a lease that nobody holds: on a clock of speed 120 that would be an hour of no scaling. Only for a process that has
 * the store to itself, as the laptop's has by the lock on its data folder; anywhere else a living worker would be overtaken.
 *
 * @returns what was released
 * @throws HeadgateError of the store
 */
export async function releaseLeases(runtime: Runtime): Promise<readonly AggregateKey[]> {
  const now = runtime.now();
  // A pending item is due when its lease ends, whenever that is.
  const keys = await runtime.store.due(Number.MAX_SAFE_INTEGER, MOST);
  const released: AggregateKey[] = [];
  for (const key of keys) {
    const stored = await runtime.store.load(key);
    if (!stored?.pending || (stored.leaseUntil ?? 0) <= now) continue;
    const written = await runtime.store.write(key, stored.version, claimed(stored.state, stored.pending, now));
    if (written.ok) released.push(key);
  }
  return released;
}
