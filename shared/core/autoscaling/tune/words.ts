import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import { isTuning } from "./subject.ts";

/** Whether a record of the noun is about what `auto` stands for, and not about a count. */
export const isTuningRecord = ({ subject }: Pick<DecisionRecord, "subject">): boolean => isTuning(subject);

/** The record in one English sentence. Total: any record has one. */
export function tuningSentence(record: DecisionRecord): string {
  const service = record.subject.replace(/^tuning:/, "");
  return `auto of ${service}: ${record.trace.at(-1)?.text ?? record.reason.replaceAll("_", " ")}`;
}

/** The whole chain for a person: sentence, what woke it, each clause. */
export function explainTuning(record: DecisionRecord): readonly string[] {
  return explainRecord(record, tuningSentence(record), { acts: true });
}
