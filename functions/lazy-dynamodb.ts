import type { Millis } from "../shared/core/kernel/time.ts";
import type { Circuits } from "../shared/core/ports/circuits.ts";
import type { Journal } from "../shared/core/ports/journal.ts";
import type { Store } from "../shared/core/ports/store.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";

/** Store, journal and circuits over one table. Adapter and SDK are loaded together when either is first used. */
export function lazyDynamodb(
  clients: AwsClients,
  table: string,
  now: () => Millis,
): { readonly store: Store; readonly journal: Journal; readonly circuits: Circuits } {
  const store = once(async () => {
    const [client, { dynamodbStore }] = await Promise.all([clients.dynamodb(), import("./dynamodb.ts")]);
    return dynamodbStore({ client, table, now });
  });
  const journal = once(async () => {
    const [client, { dynamodbJournal }] = await Promise.all([clients.dynamodb(), import("./dynamodb.ts")]);
    return dynamodbJournal({ client, table });
  });
  const circuits = once(async () => {
    const [client, { dynamodbCircuits }] = await Promise.all([clients.dynamodb(), import("./dynamodb-circuits.ts")]);
    return dynamodbCircuits({ client, table, now });
  });
  return {
    circuits: {
      load: async (key) => (await circuits()).load(key),
      add: async (key, delta) => (await circuits()).add(key, delta),
      change: async (key, from, next, options) => (await circuits()).change(key, from, next, options),
      list: async (tenant, options) => (await circuits()).list(tenant, options),
      remove: async (key, rev) => (await circuits()).remove(key, rev),
    },
    store: {
      load: async (key) => (await store()).load(key),
      write: async (key, version, next) => (await store()).write(key, version, next),
      remove: async (key, version) => (await store()).remove(key, version),
      due: async (before, limit) => (await store()).due(before, limit),
      list: async (tenant, noun, options) => (await store()).list(tenant, noun, options),
      // The client is shared and closed by who made it.
      close: async () => {},
    },
    journal: {
      append: async (record) => (await journal()).append(record),
      outcome: async (tenant, id, outcome) => (await journal()).outcome(tenant, id, outcome),
      get: async (tenant, id) => (await journal()).get(tenant, id),
      list: async (query) => (await journal()).list(query),
      close: async () => {},
    },
  };
}

/** Makes it at the first call; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
