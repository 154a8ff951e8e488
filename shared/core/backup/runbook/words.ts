import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";

const PREFIX = "dr:";

/** The record in one sentence. */
export function runbookSentence({ subject, trace, reason }: DecisionRecord): string {
  return `runbook ${subject.slice(PREFIX.length)}: ${trace.at(-1)?.text ?? reason.replaceAll("_", " ")}`;
}

/** The whole chain for a person. */
export const runbookExplain = (record: DecisionRecord): readonly string[] =>
  explainRecord(record, runbookSentence(record), {
    acts: true,
    did: ({ type, key }) => `did: ${type === "dr_undo" ? "undo " : ""}${key}`,
  });
