import type { Millis } from "../../kernel/time.ts";
import type { Day } from "../day.ts";
import type { Finality } from "../types.ts";

/**
 * What one export says of one day. `usage`: the day lies in the span the export is about. `late`: it does not, and charges are there all the same (a
 * correction or a purchase of another month): they come on top of what the day's own export says.
 */
export interface StoredDay {
  readonly lane: "usage" | "late";
  readonly finality: Finality;
  /** Hash of all its charges as they were read. */
  readonly revision: string;
  /** Charges as they were read; 0: the day is covered and costs nothing. */
  readonly rows: number;
  /** Names of the objects its charges lie in, after the source's own prefix. */
  readonly parts: readonly string[];
  /** The source was asked for the day and said nothing about it: unknown, not zero. */
  readonly unanswered?: true;
  /** The provider says that the invoice is not written yet. */
  readonly open?: true;
}

/** One file, one set of files, or one answer of an interface: what was taken in at once. */
export interface StoredExport {
  /** Sorts by time. */
  readonly id: string;
  /** Where it came from, for people. */
  readonly name: string;
  /** What is replaced as a whole by its next version: a billing period of an AWS export. Absent: days are replaced one by one. */
  readonly slot?: string;
  readonly at: Millis;
  /** Hash of all its charges. */
  readonly digest: string;
  readonly claims: readonly string[];
  /** Days that count; those that a later export has replaced are gone. */
  readonly days: Readonly<Record<Day, StoredDay>>;
}

/** All that is known of one source. It is written anew with each change, under the next number, and only if nobody else took that number. */
export interface BillIndex {
  readonly v: 1;
  readonly sequence: number;
  /** Oldest first. */
  readonly exports: readonly StoredExport[];
  /** Hashes of what was taken in, newest last: the same again changes nothing, also where a later export has replaced it. */
  readonly known: readonly { readonly digest: string; readonly name: string; readonly at: Millis }[];
  /** Files that were read, by name, with what tells that they are the same (size and time, or a validator). */
  readonly files: Readonly<Record<string, string>>;
  /** Objects that nothing refers to any more, and since when; readers of an older number may still need them for a while. */
  readonly dropped: readonly { readonly part: string; readonly at: Millis }[];
  /** Day on which leftovers of imports that died were last looked for. */
  readonly swept?: Day;
}

export const EMPTY_INDEX: BillIndex = { v: 1, sequence: 0, exports: [], known: [], files: {}, dropped: [] };
