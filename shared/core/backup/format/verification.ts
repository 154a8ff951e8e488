import type { Millis } from "../../kernel/time.ts";

/** An object that is not as it was written. */
export interface VerifyFault {
  /** Destination. */
  readonly place: string;
  readonly key: string;
  /** Whole sentence; names the object again. */
  readonly what: string;
  /** `unread`: the place did not give it, which says nothing of its bytes. Reports that older programs wrote have no kind. */
  readonly kind?: "damaged" | "unread";
}

/** `verified/<plan>/<id>/<at>.json`: what one look at a restore point found. */
export interface Verification {
  readonly v: 1;
  readonly plan: string;
  readonly id: string;
  /** Hash of the manifest's bytes that were looked at: another one later was not written by us. Absent: none was in order. */
  readonly manifest?: string;
  readonly at: Millis;
  readonly finishedAt: Millis;
  /** Every record was decoded too. */
  readonly deep: boolean;
  /** Only what the point's own run wrote was looked at, not the objects of earlier points that it needs. */
  readonly onlyNew: boolean;
  readonly ok: boolean;
  /** All of it can still be had, each object from some place. */
  readonly usable: boolean;
  /** One sentence. */
  readonly text: string;
  /** The first thousand. */
  readonly faults: readonly VerifyFault[];
  /** Destinations that were read, and those that did not answer: of them nothing is known. */
  readonly places: readonly string[];
  readonly unreachable: readonly string[];
  /** Over all places: objects and bytes that were read and hashed. */
  readonly objects: number;
  readonly bytes: number;
  /** Records that were decoded, each once. */
  readonly records: number;
}
