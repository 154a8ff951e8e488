import { acted } from "../../shared/core/kernel/acted.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { DecisionSummary } from "../api/views.ts";
import { sentenceOf } from "./words.ts";

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** The counts of a decision: of its action, or in the modes that only propose, of the clause that chose. */
function counts(record: DecisionRecord): { readonly desired?: number; readonly from?: number } {
  const action = record.actions.find((one) => one.type === "scale") as
    | { readonly desired?: unknown; readonly expected?: unknown }
    | undefined;
  const chosen = acted(record)
    ? record.trace.findLast((clause) => clause.values["desired"] !== undefined)?.values
    : undefined;
  const desired = numberOf(action ? action.desired : chosen?.["desired"]);
  const from = numberOf(action ? action.expected : chosen?.["from"]);
  return { ...(desired === undefined ? {} : { desired }), ...(from === undefined ? {} : { from }) };
}

/**
 * The newest outcome of what the decision itself did. That it noted something on an earlier record is no outcome of its
 * own: the earlier record tells it.
 */
function outcomeOf(record: DecisionRecord): string | undefined {
  const notes = new Set(record.actions.flatMap((one) => (one.type === "record_outcome" ? [one.key] : [])));
  const told = record.outcomes.findLast(
    ({ results }) => results === undefined || results.length === 0 || results.some(({ key }) => !notes.has(key)),
  );
  if (!told?.results?.some(({ key }) => notes.has(key))) return told?.text;
  return told.results
    .filter(({ key }) => !notes.has(key))
    .map(({ status, detail }) => (status === "done" ? detail : `${status}: ${detail}`))
    .join("; ");
}

/** What lists and the event stream carry of a decision. */
export function summaryOf(record: DecisionRecord): DecisionSummary {
  const outcome = outcomeOf(record);
  return {
    id: record.id,
    noun: record.noun,
    subject: record.subject,
    at: record.at,
    reason: record.reason,
    sentence: sentenceOf(record),
    mode: record.mode,
    trigger: record.trigger.type,
    ...counts(record),
    acted: acted(record),
    ...(outcome === undefined ? {} : { outcome }),
  };
}
