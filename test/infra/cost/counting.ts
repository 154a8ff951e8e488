import { packText } from "../../../shared/edge/dynamodb-values.ts";
import { writeTexts } from "../../../shared/edge/store-rules.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";

/** What the calls of the ports ask of AWS. Checked against the wire in wire-counts.test.ts. */
export interface Counts {
  metricsRead: number;
  writeUnits: number;
  readUnits: number;
  objectReads: number;
  objectWrites: number;
  messagesSent: number;
  schedulesMade: number;
  /** Requests that cost nothing by themselves. */
  fleetReads: number;
  fleetWrites: number;
  journalBytes: number;
  /** Calls of each port by name, e.g. "store.load". */
  readonly calls: Record<string, number>;
  /** Bytes last written to an aggregate, as they are billed. */
  readonly itemBytes: Map<string, number>;
  /** Where each aggregate stands in the index of what is due. */
  readonly dueAt: Map<string, number | undefined>;
  /** Bytes of each decision record by id. */
  readonly recordBytes: Map<string, number>;
}

export const noCounts = (): Counts => ({
  metricsRead: 0,
  writeUnits: 0,
  readUnits: 0,
  objectReads: 0,
  objectWrites: 0,
  messagesSent: 0,
  schedulesMade: 0,
  fleetReads: 0,
  fleetWrites: 0,
  journalBytes: 0,
  calls: {},
  itemBytes: new Map(),
  dueAt: new Map(),
  recordBytes: new Map(),
});

/** Attribute names, keys and numbers of an item beside its texts. */
const ITEM_OVERHEAD_BYTES = 300;
/** Partitions of the index `due`, each one query. */
const DUE_QUERIES = 8;
const LONGEST_DELAY_MS = 15 * 60_000;

const stored = (text: string | undefined): number => {
  if (text === undefined) return 0;
  const value = packText(text);
  return value.B?.length ?? Buffer.byteLength(value.S ?? "");
};
/** Request units for so many bytes; an empty request is one unit as well. */
const units = (bytes: number, per: number) => Math.max(1, Math.ceil(bytes / per));

/** The same runtime, with everything it asks of the world added to `counts` in the units of AWS's bill. */
export function counting(runtime: Runtime, counts: Counts): Runtime {
  const { store, journal, objects, fleet, samples, timers } = runtime;
  const set = new Set<string>();
  const called = (name: string) => {
    counts.calls[name] = (counts.calls[name] ?? 0) + 1;
  };
  return {
    ...runtime,
    store: {
      ...store,
      load: async (key) => {
        called("store.load");
        const found = await store.load(key);
        const bytes = found
          ? stored(JSON.stringify(found.state)) + stored(found.pending && JSON.stringify(found.pending))
          : 0;
        counts.readUnits += units(bytes + ITEM_OVERHEAD_BYTES, 4096);
        return found;
      },
      write: async (key, version, next) => {
        called("store.write");
        const texts = writeTexts(key, next);
        const bytes = stored(texts.state) + stored(texts.pending) + ITEM_OVERHEAD_BYTES;
        counts.writeUnits += units(bytes, 1024);
        // The sparse index: an entry that moves is taken out and put in, one that stays costs nothing.
        const name = `${key.tenant}/${key.noun}/${key.subject}`;
        counts.itemBytes.set(name, bytes);
        const before = counts.dueAt.get(name);
        const after = next.pending ? Math.min(next.leaseUntil ?? Infinity, next.dueAt ?? Infinity) : next.dueAt;
        if (before !== after) counts.writeUnits += (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1);
        counts.dueAt.set(name, after);
        return store.write(key, version, next);
      },
      remove: async (key, version) => {
        called("store.remove");
        const name = `${key.tenant}/${key.noun}/${key.subject}`;
        // Taking an item away is billed by its size, and once more where it stands in the index.
        counts.writeUnits += units(counts.itemBytes.get(name) ?? ITEM_OVERHEAD_BYTES, 1024);
        if (counts.dueAt.get(name) !== undefined) counts.writeUnits += 1;
        counts.itemBytes.delete(name);
        counts.dueAt.delete(name);
        return store.remove(key, version);
      },
      due: async (before, limit) => {
        called("store.due");
        const keys = await store.due(before, limit);
        // Eventually consistent queries of keys: half a unit for each partition, up to 4 KB.
        counts.readUnits += DUE_QUERIES * 0.5 + Math.floor((keys.length * 150) / 8192);
        return keys;
      },
      list: async (tenant, noun, options) => {
        called("store.list");
        const page = await store.list(tenant, noun, options);
        const bytes = page.items.reduce(
          (sum, item) => sum + stored(JSON.stringify(item.state)) + ITEM_OVERHEAD_BYTES,
          0,
        );
        counts.readUnits += units(bytes, 4096);
        return page;
      },
    },
    journal: {
      ...journal,
      append: async (record) => {
        called("journal.append");
        const bytes = stored(JSON.stringify(record)) + ITEM_OVERHEAD_BYTES;
        counts.journalBytes += bytes;
        counts.recordBytes.set(record.id, bytes);
        // The table and the index that projects everything.
        counts.writeUnits += 2 * units(bytes, 1024);
        return journal.append(record);
      },
      outcome: async (tenant, id, outcome) => {
        called("journal.outcome");
        const bytes = (counts.recordBytes.get(id) ?? 0) + JSON.stringify(outcome).length;
        counts.recordBytes.set(id, bytes);
        counts.writeUnits += 2 * units(bytes, 1024);
        return journal.outcome(tenant, id, outcome);
      },
      list: async (query) => {
        called("journal.list");
        const page = await journal.list(query);
        const bytes = page.items.reduce((sum, item) => sum + stored(JSON.stringify(item)) + ITEM_OVERHEAD_BYTES, 0);
        counts.readUnits += units(bytes, 4096) / 2;
        return page;
      },
    },
    objects: {
      ...objects,
      get: (key, range) => {
        counts.objectReads++;
        return objects.get(key, range);
      },
      put: (key, body, options) => {
        counts.objectWrites++;
        return objects.put(key, body, options);
      },
    },
    fleet: {
      describe: (services) => {
        counts.fleetReads += Math.ceil(services.length / 10);
        return fleet.describe(services);
      },
      setDesired: (service, request) => {
        counts.fleetWrites++;
        return fleet.setDesired(service, request);
      },
    },
    samples: {
      read: (queries) => {
        called("samples.read");
        counts.metricsRead += queries.length;
        return samples.read(queries);
      },
    },
    timers: {
      wake: (wake) => {
        // The adapter sends the same wake once in the life of a process.
        const name = `${JSON.stringify(wake.key)}@${wake.at}`;
        if (set.has(name)) return timers.wake(wake);
        set.add(name);
        if (wake.at - runtime.now() > LONGEST_DELAY_MS) counts.schedulesMade++;
        else counts.messagesSent++;
        return timers.wake(wake);
      },
    },
  };
}
