import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";

const SAID: Readonly<Record<string, string>> = {
  begun: "is made",
  asked: "is made",
  again: "is tried again",
  told: "is told",
  finished: "done",
  given_up: "given up",
};

/** A report's record in one sentence. */
export function reportSentence({ subject, reason, trace }: DecisionRecord): string {
  const name = subject.slice(subject.indexOf(":") + 1);
  const said = Object.hasOwn(SAID, reason)
    ? SAID[reason]
    : reason.replace("held_", "waits, ").replace("refused_", "refused, ").replaceAll("_", " ");
  const text = trace.at(-1)?.text;
  return text === undefined ? `cost report ${name}: ${said}` : `cost report ${name}: ${said}: ${text}`;
}

/** The whole chain for a person. */
export const reportExplain = (record: DecisionRecord): readonly string[] =>
  explainRecord(record, reportSentence(record), { did: ({ type }) => `did: ${type.replaceAll("_", " ")}` });
