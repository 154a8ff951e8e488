import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";

/** The record in one sentence. Total: any record has one. */
export function sentence(record: DecisionRecord): string {
  const text = record.trace[0]?.text ?? record.reason.replaceAll("_", " ");
  return `on call ${record.subject}: ${text}`;
}

/** The whole chain for a person. */
export const explain = (record: DecisionRecord): readonly string[] => explainRecord(record, sentence(record));
