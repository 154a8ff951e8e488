import type { Runtime } from "../shared/shell/runtime.ts";
import type { UsageMeter } from "../shared/shell/usage-meter.ts";

/** Attribute names, keys and numbers of an item beside its texts. */
const ITEM_BYTES = 300;
/** Partitions of the index of what is due, half a unit each. */
const DUE_UNITS = 4;

const bytesOf = (value: unknown): number => (value === undefined ? 0 : JSON.stringify(value).length);
const units = (bytes: number, per: number): number => Math.max(1, Math.ceil((bytes + ITEM_BYTES) / per));

type Ports = Pick<Runtime, "store" | "journal" | "objects" | "samples">;

/**
 * The ports of this machine, with what each call would be on AWS's bill added to the meter. Sizes are taken as JSON, so what is packed there costs
 * less than is counted here.
 */
export function countedPorts<P extends Ports>(ports: P, meter: UsageMeter): P {
  const { store, journal, objects, samples } = ports;
  const read = (bytes: number) => meter.add("readUnits", units(bytes, 4096));
  return {
    ...ports,
    store: {
      ...store,
      load: async (key) => {
        const found = await store.load(key);
        read(found ? bytesOf(found.state) + bytesOf(found.pending) : 0);
        return found;
      },
      write: (key, version, next) => {
        // An entry in the index of what is due is one unit more.
        const due = next.dueAt === undefined && next.pending === undefined ? 0 : 1;
        meter.add("writeUnits", units(bytesOf(next.state) + bytesOf(next.pending), 1024) + due);
        return store.write(key, version, next);
      },
      remove: (key, version) => {
        meter.add("writeUnits", 1);
        return store.remove(key, version);
      },
      due: (before, limit) => {
        meter.add("readUnits", DUE_UNITS);
        return store.due(before, limit);
      },
      list: async (tenant, noun, options) => {
        const page = await store.list(tenant, noun, options);
        read(page.items.reduce((sum, { state }) => sum + bytesOf(state), 0));
        return page;
      },
    },
    journal: {
      ...journal,
      append: (record) => {
        // The table, and the index that holds everything.
        meter.add("writeUnits", 2 * units(bytesOf(record), 1024));
        return journal.append(record);
      },
      outcome: (tenant, id, outcome) => {
        meter.add("writeUnits", 2 * units(bytesOf(outcome), 1024));
        return journal.outcome(tenant, id, outcome);
      },
    },
    objects: {
      ...objects,
      get: (key, range) => {
        meter.add("objectReads", 1);
        return objects.get(key, range);
      },
      head: (key) => {
        meter.add("objectReads", 1);
        return objects.head(key);
      },
      put: (key, body, options) => {
        meter.add("objectWrites", 1);
        return objects.put(key, body, options);
      },
      list: (prefix, options) => {
        meter.add("objectWrites", 1);
        return objects.list(prefix, options);
      },
    },
    samples: {
      ...samples,
      read: (queries) => {
        meter.add("metricsRead", queries.length);
        return samples.read(queries);
      },
    },
  };
}
