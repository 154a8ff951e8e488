import { byBytes } from "../core/kernel/byte-order.ts";
import { shardOf } from "../core/kernel/hash.ts";
import type { Json } from "../core/kernel/json.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Store, Stored } from "../core/ports/store.ts";
import type { CheckState, Registration } from "../core/traffic/types.ts";

/** Backends of a service: state `{ v: 1, backends: Registration[] }`, spread over {@link REGISTRY_SHARDS} items. */
export const BACKENDS_NOUN = "traffic-backends";
/** What active checks know of them: state `{ v: 1, checks: Record<id, CheckState> }`, the same subjects. */
export const CHECKS_NOUN = "traffic-checks";

/** So many items hold a service's backends: 10,000 stay far below the size of one item. Part of the keys, so it never changes. */
export const REGISTRY_SHARDS = 64;

/** Which item holds a backend. */
export const registrySubject = (service: string, backendId: string): string =>
  `${service}/${shardOf(backendId, REGISTRY_SHARDS)}`;

const PAGE = 1_000;

/** The items of one service and noun. A service whose name begins with another's name and a slash is another service. */
export async function readShards(
  store: Pick<Store, "list">,
  tenant: string,
  noun: string,
  service: string,
): Promise<readonly Stored[]> {
  const prefix = `${service}/`;
  const items: Stored[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(tenant, noun, { prefix, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const item of page.items) if (/^\d{1,2}$/.test(item.key.subject.slice(prefix.length))) items.push(item);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Registrations of one item, whether their lease has ended or not; what is no registration is left out. */
export function backendsOf(stored: { readonly state: Json | undefined }): readonly Registration[] {
  const backends = isObject(stored.state) ? stored.state["backends"] : undefined;
  if (!Array.isArray(backends)) return [];
  return (backends as unknown[]).filter(
    (one): one is Registration =>
      isObject(one) &&
      typeof one["id"] === "string" &&
      typeof one["host"] === "string" &&
      typeof one["port"] === "number",
  );
}

/** What the checks know, of one item. */
export function checksOf(stored: { readonly state: Json | undefined }): ReadonlyMap<string, CheckState> {
  const checks: unknown = isObject(stored.state) ? stored.state["checks"] : undefined;
  if (!isObject(checks)) return new Map();
  return new Map(
    Object.entries(checks).filter(
      (entry): entry is [string, CheckState] => isObject(entry[1]) && typeof entry[1]["healthy"] === "boolean",
    ),
  );
}

/**
 * Backends of a service whose lease has not ended, sorted by id in byte order, so that all callers build the same tables from them.
 *
 * @throws HeadgateError `store.throttled`, `store.unavailable`
 */
export async function readBackends(
  store: Pick<Store, "list">,
  tenant: string,
  service: string,
  now: Millis,
): Promise<readonly Registration[]> {
  const items = await readShards(store, tenant, BACKENDS_NOUN, service);
  return items
    .flatMap(backendsOf)
    .filter((one) => one.leaseUntil === undefined || one.leaseUntil > now)
    .sort((a, b) => byBytes(a.id, b.id));
}

/**
 * What active checks know of a service's backends, by id. Absent: never checked.
 *
 * @throws HeadgateError `store.throttled`, `store.unavailable`
 */
export async function readChecks(
  store: Pick<Store, "list">,
  tenant: string,
  service: string,
): Promise<ReadonlyMap<string, CheckState>> {
  const items = await readShards(store, tenant, CHECKS_NOUN, service);
  return new Map(items.flatMap((item) => [...checksOf(item)]));
}
