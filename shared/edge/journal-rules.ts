import { HeadgateError } from "../core/kernel/errors.ts";
import type { DecisionRecord, Outcome } from "../core/kernel/record.ts";
import type { DecisionQuery } from "../core/ports/journal.ts";
import { checkNumbers, checkPart, checkSize, decodeCursor, encodeCursor, mayHideNumbers } from "./store-rules.ts";

export const MAX_DECISIONS = 500;
export const DEFAULT_DECISIONS = 50;

/** A place in the order of the journal. The cursor names the last record shown, so new ones never shift a page. */
export interface JournalPlace {
  readonly at: number;
  readonly id: string;
}

export const placeCursor = (place: JournalPlace): string => encodeCursor(`${place.at}/${place.id}`);

/** @throws HeadgateError `input.invalid` for what no list has handed out. */
export function cursorPlace(cursor: string): JournalPlace {
  const match = /^(-?\d+)\/(.+)$/s.exec(decodeCursor(cursor));
  if (match?.[2]) return { at: Number(match[1]), id: match[2] };
  throw new HeadgateError("input.invalid", "cursor: is not a cursor of this list");
}

/** What a query can ask of a record. */
export interface JournalEntry extends JournalPlace {
  readonly noun: string;
  readonly subject: string;
  readonly reason: string;
  readonly acted: boolean;
}

/** The filters a page is read with, besides tenant and order. */
export function matches(query: DecisionQuery, record: JournalEntry): boolean {
  return (
    (query.noun === undefined || record.noun === query.noun) &&
    (query.subject === undefined || record.subject === query.subject) &&
    (query.reason === undefined || record.reason === query.reason) &&
    (query.from === undefined || record.at >= query.from) &&
    (query.to === undefined || record.at < query.to) &&
    (query.acted === undefined || record.acted === query.acted)
  );
}

/** The record as text, without outcomes: they are kept beside it and only ever grow. */
export function recordText(record: DecisionRecord): string {
  checkPart("record.tenant", record.tenant);
  checkPart("record.subject", record.subject);
  checkPart("record.id", record.id);
  const text = JSON.stringify({ ...record, outcomes: [] });
  if (record.outcomes.length > 0 || mayHideNumbers(text)) checkNumbers(record, "record");
  checkSize(`decision ${record.id}`, text);
  return text;
}

/** Outcomes in the order they became known. */
export function withOutcomes(text: string, outcomes: readonly Outcome[]): DecisionRecord {
  const record = JSON.parse(text) as DecisionRecord;
  const sorted = [...outcomes].sort((a, b) => a.at - b.at || (a.phase < b.phase ? -1 : a.phase > b.phase ? 1 : 0));
  return { ...record, outcomes: sorted };
}
