import type { Millis } from "../core/kernel/time.ts";
import type { CircuitKey, Circuits } from "../core/ports/circuits.ts";
import {
  afterAdd,
  afterChange,
  type CircuitItem,
  checkCircuitKey,
  checkCounts,
  checkDelta,
  toStoredCircuit,
} from "./circuit-rules.ts";
import { checkNumbers, compareUtf8, decodeCursor, encodeCursor, pageSize } from "./store-rules.ts";

/**
 * Circuits that end with the process: for tests, simulations and callers that share one process. Everything happens in one turn, so
 * that what is asked for at once is done one after another. Keeps copies, so that nobody shares an object with it.
 */
export function memoryCircuits(now: () => Millis): Circuits {
  /** By tenant, then by circuit. */
  const tenants = new Map<string, Map<string, CircuitItem>>();
  const live = (key: CircuitKey): CircuitItem | undefined => {
    const item = tenants.get(key.tenant)?.get(key.circuit);
    return item?.expiresAt !== undefined && item.expiresAt <= now() ? undefined : item;
  };
  const put = (key: CircuitKey, item: CircuitItem): void => {
    let circuits = tenants.get(key.tenant);
    if (!circuits) tenants.set(key.tenant, (circuits = new Map()));
    circuits.set(key.circuit, item);
  };
  const shown = (key: CircuitKey, item: CircuitItem | undefined) =>
    item ? { item: structuredClone(toStoredCircuit(key, item)) } : {};

  return {
    async load(key) {
      checkCircuitKey(key);
      return shown(key, live(key)).item;
    },
    async add(key, delta) {
      checkCircuitKey(key);
      checkDelta(delta);
      const before = live(key);
      const next = afterAdd(before, delta);
      if (next === "refused") return { ok: false, ...shown(key, before) };
      if (next) put(key, next);
      return { ok: true, ...shown(key, next) };
    },
    async change(key, from, next, options) {
      checkCircuitKey(key);
      checkCounts(options.counts, "counts");
      checkNumbers(next, "circuit");
      const before = live(key);
      const item = afterChange(before, from, structuredClone(next), options);
      if (!item) return { ok: false, ...shown(key, before) };
      put(key, item);
      return { ok: true, ...shown(key, item) };
    },
    async list(tenant, options = {}) {
      checkCircuitKey({ tenant, circuit: "-" });
      const limit = pageSize(options.limit);
      const after = options.cursor === undefined ? undefined : decodeCursor(options.cursor);
      const names = [...(tenants.get(tenant)?.keys() ?? [])]
        .filter((circuit) => circuit.startsWith(options.prefix ?? "") && live({ tenant, circuit }) !== undefined)
        .filter((circuit) => after === undefined || compareUtf8(circuit, after) > 0)
        .sort(compareUtf8);
      const page = names.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.flatMap((circuit) => shown({ tenant, circuit }, live({ tenant, circuit })).item ?? []),
        ...(last !== undefined && names.length > limit ? { cursor: encodeCursor(last) } : {}),
      };
    },
    async remove(key, rev) {
      checkCircuitKey(key);
      return live(key)?.circuit.rev === rev && tenants.get(key.tenant)?.delete(key.circuit) === true;
    },
  };
}
