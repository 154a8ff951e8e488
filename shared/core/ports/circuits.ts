import type { Circuit, CircuitCounts } from "../kernel/circuit.ts";
import type { Millis } from "../kernel/time.ts";
import type { Page } from "./store.ts";

/** Which circuit: "orders/10.0.0.7:8080", "payments-api". 1..900 bytes of UTF-8 each. */
export interface CircuitKey {
  readonly tenant: string;
  readonly circuit: string;
}

/** One item: the circuit and what was counted in its epoch. */
export interface StoredCircuit {
  readonly key: CircuitKey;
  readonly circuit: Circuit;
  readonly counts: CircuitCounts;
  readonly updatedAt: Millis;
}

/** What is added to the counts of one epoch. */
export interface CountDelta {
  /** What counts: with another epoch nothing is added. 0: an item that is not there yet begins with epoch 0, closed. */
  readonly epoch: number;
  /** By name; added as they are. A negative one never brings a count below zero: what is more than there is, is dropped. */
  readonly add: CircuitCounts;
  /** Taken back before anything is added, by name, never below zero: what went well before what is added went wrong. */
  readonly less?: CircuitCounts;
  /** Counts that have gone out of every window and may be forgotten. */
  readonly drop?: readonly string[];
  readonly at: Millis;
  /** When the item may go if nothing is written any more (closed and forgotten: absent circuits are closed). */
  readonly expiresAt?: Millis;
}

/**
 * Circuits that are shared: one item each, counts by addition, everything else by one conditional write. Adapters: DynamoDB,
 * SQLite, memory; test/contract/circuits.ts runs over all three.
 *
 * Errors: HeadgateError `store.throttled`, `store.unavailable` (both retryable), `input.invalid` for a key no store could keep.
 */
export interface Circuits {
  /** Expired items are absent, which means closed and nothing counted. */
  load(key: CircuitKey): Promise<StoredCircuit | undefined>;
  /** Atomic: 200 at once count 200. `ok: false`: another epoch has begun (or it is not closed any more); the item as it is now. */
  add(key: CircuitKey, delta: CountDelta): Promise<{ readonly ok: boolean; readonly item?: StoredCircuit }>;
  /**
   * Writes the next circuit if the one in the store still has `from.rev` and `from.epoch` (both 0: it must be absent or expired, or
   * have been counted upon only). With a higher epoch the counts begin anew from `counts`. Of many with the same `from` one wins.
   * The loser gets the item as it is now.
   */
  change(
    key: CircuitKey,
    from: { readonly rev: number; readonly epoch: number },
    next: Circuit,
    options: { readonly counts?: CircuitCounts; readonly at: Millis; readonly expiresAt?: Millis },
  ): Promise<{ readonly ok: boolean; readonly item?: StoredCircuit }>;
  /** In order of the circuit's name; never crosses tenants. */
  list(
    tenant: string,
    options?: { readonly prefix?: string; readonly limit?: number; readonly cursor?: string },
  ): Promise<Page<StoredCircuit>>;
  /** True when it was there with that rev. */
  remove(key: CircuitKey, rev: number): Promise<boolean>;
}
