import type { Json } from "../kernel/json.ts";
import type { AggregateKey } from "../kernel/key.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import type { Action, ActionResult } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";

/** Actions that were claimed and are not known to be finished, with the record that must reach the journal before they are done. */
export interface Pending {
  readonly record: DecisionRecord;
  readonly actions: readonly Action[];
  /** How many workers have started on it, this claim included. */
  readonly attempts: number;
  /** What is known of actions that were finished before something else failed; they are not performed again. */
  readonly results?: readonly ActionResult[];
}

export interface Stored {
  readonly key: AggregateKey;
  readonly state: Json;
  /**
   * Positive integer. Begins anywhere and grows by one with every write (also over an expired item that was still there):
   * what is written after a removal never has a version that the removed item had.
   */
  readonly version: number;
  readonly pending?: Pending;
  /** Until then the pending actions belong to the worker that claimed them. */
  readonly leaseUntil?: Millis;
  readonly dueAt?: Millis;
  readonly expiresAt?: Millis;
}

/** The whole next item. Absent members are absent afterwards (a write replaces the item). */
export interface Write {
  readonly state: Json;
  readonly pending?: Pending;
  readonly leaseUntil?: Millis;
  readonly dueAt?: Millis;
  readonly expiresAt?: Millis;
}

export type WriteResult =
  | { readonly ok: true; readonly version: number }
  /** Somebody else wrote in between: load again. */
  | { readonly ok: false };

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent on the last page. */
  readonly cursor?: string;
}

/**
 * Durable state, one aggregate one item one version. Every write is one conditional write; there are no transactions
 * across items. After `ok: true` the write survives the death of the process. States round-trip exactly as JSON (so -0 is 0).
 * Key parts have 1..900 bytes of UTF-8; else HeadgateError `input.invalid`. A call that fails may have written or not.
 *
 * Errors: HeadgateError `store.throttled` (retryable), `store.unavailable` (retryable), `store.item_too_large` (> 390 KB
 * as JSON; DynamoDB's limit is 400 KB with attribute names).
 */
export interface Store {
  /** Expired items (`expiresAt <= now`) are not returned, whether or not something has swept them already. */
  load(key: AggregateKey): Promise<Stored | undefined>;
  /**
   * Writes the next item if its version is still `version` (0 = must not exist, or be expired).
   * Used for claim (with `pending` and `leaseUntil`), for settle (without) and for plain state.
   */
  write(key: AggregateKey, version: number, next: Write): Promise<WriteResult>;
  remove(key: AggregateKey, version: number): Promise<boolean>;
  /**
   * Keys whose `dueAt` or expired lease is at or before `before`, earliest first, over all tenants. A hint: between it and
   * the load another worker may have been there, or the item may have expired; what `load` says counts.
   */
  due(before: Millis, limit: number): Promise<readonly AggregateKey[]>;
  /** Aggregates of one tenant and noun in order of subject. Never crosses tenants. */
  list(
    tenant: string,
    noun: string,
    options?: { readonly prefix?: string; readonly limit?: number; readonly cursor?: string },
  ): Promise<Page<Stored>>;
  close(): Promise<void>;
}
