import type { DecisionRecord, Outcome } from "../kernel/record.ts";
import type { Millis } from "../kernel/time.ts";
import type { Page } from "./store.ts";

export interface DecisionQuery {
  readonly tenant: string;
  readonly noun?: string;
  readonly subject?: string;
  readonly reason?: string;
  /** Inclusive. */
  readonly from?: Millis;
  /** Exclusive. */
  readonly to?: Millis;
  /** 1..500, default 50. */
  readonly limit?: number;
  readonly cursor?: string;
  /** Only decisions that did or proposed something. */
  readonly acted?: boolean;
}

/**
 * Append-only decision records. Appending the same id twice keeps the first (recovery appends again). Ids carry the record's
 * `at` (kernel/id.ts): the DynamoDB adapter finds a record by its id alone and refuses other ids with `input.invalid`.
 * Errors: HeadgateError `journal.unavailable` (retryable).
 */
export interface Journal {
  append(record: DecisionRecord): Promise<void>;
  /** Adds one outcome; at most one per phase and `at`, repeats are dropped. Unknown id: nothing happens. */
  outcome(tenant: string, id: string, outcome: Outcome): Promise<void>;
  get(tenant: string, id: string): Promise<DecisionRecord | undefined>;
  /** Newest first (by `at`, then id). The cursor stays valid while new records arrive. Never crosses tenants. */
  list(query: DecisionQuery): Promise<Page<DecisionRecord>>;
  close(): Promise<void>;
}
