import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import { formatDuration, type Millis } from "../../shared/core/kernel/time.ts";
import type { Store } from "../../shared/core/ports/store.ts";

/** Who restores into which topics of a cluster. A plain item beside the decisions, which it is no part of. */
interface Busy {
  readonly v: 1;
  readonly claims: readonly { readonly id: string; readonly topics: readonly string[]; readonly until: Millis }[];
}

const TRIES = 8;

const keyOf = (tenant: string, cluster: string): AggregateKey => ({
  tenant,
  noun: "backup",
  subject: `busy:${cluster}`,
});

async function change(
  store: Store,
  tenant: string,
  cluster: string,
  now: Millis,
  next: (claims: Busy["claims"]) => Busy["claims"],
): Promise<void> {
  const key = keyOf(tenant, cluster);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await store.load(key);
    const before = (stored?.state as unknown as Busy | undefined)?.claims ?? [];
    const claims = next(before.filter(({ until }) => until > now));
    const state: Busy = { v: 1, claims };
    const written = await store.write(key, stored?.version ?? 0, { state: state as unknown as Json });
    if (written.ok) return;
  }
  throw new HeadgateError("backup.busy", `too many begin to restore into ${cluster} at once`, { retryable: true });
}

/**
 * Takes topics of a cluster for one restore until an instant, or takes them for longer.
 *
 * @throws HeadgateError `backup.busy` (retryable) naming who has them; those of the store
 */
export async function claimTopics(
  store: Store,
  tenant: string,
  cluster: string,
  claim: { readonly id: string; readonly topics: readonly string[]; readonly until: Millis },
  now: Millis,
): Promise<void> {
  await change(store, tenant, cluster, now, (claims) => {
    const others = claims.filter(({ id }) => id !== claim.id);
    for (const other of others) {
      const both = other.topics.find((one) => claim.topics.includes(one));
      if (both !== undefined)
        throw new HeadgateError(
          "backup.busy",
          `${other.id} restores into ${both} of ${cluster}; it is free at the latest in ${formatDuration(other.until - now)}`,
          { retryable: true },
        );
    }
    return [...others, claim];
  });
}

/** Lets go of a restore's topics; those it has not are no error. */
export const releaseTopics = (store: Store, tenant: string, cluster: string, id: string, now: Millis): Promise<void> =>
  change(store, tenant, cluster, now, (claims) => claims.filter((one) => one.id !== id));
