import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Every controller's aggregate of a tenant, by service: some pages instead of one request each. */
export async function statesOf(runtime: Runtime, tenant: string): Promise<ReadonlyMap<string, Stored>> {
  const states = new Map<string, Stored>();
  let cursor: string | undefined;
  do {
    const page = await runtime.store.list(tenant, "autoscaling", { limit: 500, ...(cursor ? { cursor } : {}) });
    for (const stored of page.items) states.set(stored.key.subject, stored);
    cursor = page.cursor;
  } while (cursor);
  return states;
}

/** The same for some services: one by one while they are few. */
export async function statesOfSome(
  runtime: Runtime,
  tenant: string,
  services: readonly string[],
): Promise<ReadonlyMap<string, Stored>> {
  if (services.length > 5) return statesOf(runtime, tenant);
  const found = await Promise.all(
    services.map((subject) => runtime.store.load({ tenant, noun: "autoscaling", subject })),
  );
  return new Map(found.flatMap((stored) => (stored ? [[stored.key.subject, stored] as const] : [])));
}
