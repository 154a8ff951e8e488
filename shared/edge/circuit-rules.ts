import type { Circuit, CircuitCounts } from "../core/kernel/circuit.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { CircuitKey, Circuits, CountDelta, StoredCircuit } from "../core/ports/circuits.ts";
import { checkNumbers, checkPart } from "./store-rules.ts";

/** What is kept of one circuit, whatever it is kept in. */
export interface CircuitItem {
  readonly circuit: Circuit;
  readonly counts: CircuitCounts;
  readonly updatedAt: Millis;
  readonly expiresAt: Millis | undefined;
}

/** What a circuit is that nobody has written yet. */
export const firstCircuit = (at: Millis): Circuit => ({
  v: 1,
  status: "closed",
  epoch: 0,
  rev: 0,
  since: at,
  opens: 0,
  probes: [],
  successes: 0,
});

export const toStoredCircuit = (key: CircuitKey, item: CircuitItem): StoredCircuit => ({
  key: { tenant: key.tenant, circuit: key.circuit },
  circuit: item.circuit,
  counts: item.counts,
  updatedAt: item.updatedAt,
});

/** @throws HeadgateError `input.invalid` naming the bad part. */
export function checkCircuitKey(key: CircuitKey): void {
  checkPart("key.tenant", key.tenant);
  checkPart("key.circuit", key.circuit);
}

/** @throws HeadgateError `input.invalid` for an addition that no store could make. */
export function checkDelta({ add, less }: CountDelta): void {
  checkCounts(add, "add");
  checkCounts(less, "less");
}

/** @throws HeadgateError `input.invalid` for counts that no store could keep. */
export function checkCounts(counts: CircuitCounts | undefined, path: string): void {
  for (const name in counts) checkPart(`${path} (name of a count)`, name);
  checkNumbers(counts, path);
}

/** Whether the counts of this item may be added to from that epoch. */
export const counting = (item: CircuitItem, epoch: number): boolean =>
  item.circuit.epoch === epoch && item.circuit.status === "closed";

/** Sums that stay where they are at least zero; a name that would begin below zero does not begin. */
export function summed(counts: CircuitCounts, delta: Pick<CountDelta, "add" | "drop" | "less">): CircuitCounts {
  const next: Record<string, number> = Object.assign(Object.create(null), counts);
  for (const name of delta.drop ?? []) delete next[name];
  for (const name of Object.keys(delta.less ?? {})) {
    const before = next[name];
    if (before !== undefined) next[name] = Math.max(0, before - (delta.less?.[name] ?? 0));
  }
  for (const name of Object.keys(delta.add)) {
    const by = delta.add[name] as number;
    const before = next[name];
    if (by > 0) next[name] = (before ?? 0) + by;
    else if (before !== undefined) next[name] = Math.max(0, before + by);
  }
  return { ...next };
}

/**
 * The item after an addition; the same object where nothing is added, undefined where there is none and none begins.
 * `refused`: these counts belong to another epoch.
 */
export function afterAdd(item: CircuitItem | undefined, delta: CountDelta): CircuitItem | undefined | "refused" {
  if (item ? !counting(item, delta.epoch) : delta.epoch !== 0) return "refused";
  if (!item && !Object.values(delta.add).some((by) => by > 0)) return undefined;
  return {
    circuit: item?.circuit ?? firstCircuit(delta.at),
    counts: summed(item?.counts ?? {}, delta),
    updatedAt: delta.at,
    expiresAt: delta.expiresAt ?? item?.expiresAt,
  };
}

/** The item after a change; undefined where somebody else has changed it. */
export function afterChange(
  item: CircuitItem | undefined,
  from: { readonly rev: number; readonly epoch: number },
  next: Circuit,
  options: Parameters<Circuits["change"]>[3],
): CircuitItem | undefined {
  if ((item?.circuit.rev ?? 0) !== from.rev || (item?.circuit.epoch ?? 0) !== from.epoch) return undefined;
  return {
    circuit: next,
    counts: next.epoch > from.epoch ? (options.counts ?? {}) : (item?.counts ?? {}),
    updatedAt: options.at,
    expiresAt: options.expiresAt,
  };
}
