import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { CheckState } from "../../shared/core/traffic/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { CHECKS_NOUN, checksOf, registrySubject } from "../../shared/shell/traffic-registry.ts";
import { changeShard } from "./shard-writer.ts";

/** One item of what checks know. */
interface Checks {
  readonly v: 1;
  readonly checks: Readonly<Record<string, CheckState>>;
}

const keyOf = (tenant: string, subject: string): AggregateKey => ({ tenant, noun: CHECKS_NOUN, subject });

/**
 * Changes what checks know of some backends, all of one item: together with what else is changed in it at the time, in one write.
 *
 * @param change what is known of a backend now → what is to be known; undefined: nothing any more
 * @param there whether a backend is there still: what is known of those that are not is forgotten with it
 * @throws HeadgateError of the store
 */
export function changeChecks(
  runtime: Runtime,
  tenant: string,
  subject: string,
  ids: readonly string[],
  change: (before: CheckState | undefined, id: string) => CheckState | undefined,
  there: (id: string) => boolean = () => true,
): Promise<void> {
  return changeShard(runtime, keyOf(tenant, subject), (state) => {
    const known = checksOf({ state });
    const next = new Map([...known].filter(([id]) => there(id)));
    for (const id of ids) {
      const after = change(known.get(id), id);
      if (after) next.set(id, after);
      else next.delete(id);
    }
    const same = next.size === known.size && [...next].every(([id, check]) => known.get(id) === check);
    if (same) return state;
    if (next.size === 0) return undefined;
    return { v: 1, checks: Object.fromEntries(next) } satisfies Checks as unknown as Json;
  });
}

/** What is written of one backend now. @throws HeadgateError of the store */
export async function checkOf(
  runtime: Runtime,
  tenant: string,
  service: string,
  id: string,
): Promise<CheckState | undefined> {
  const stored = await runtime.store.load(keyOf(tenant, registrySubject(service, id)));
  return stored && checksOf(stored).get(id);
}
