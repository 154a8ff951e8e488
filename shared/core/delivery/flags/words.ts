import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import { FLAG_SUBJECT } from "./subject.ts";

/** What became of a flag; the name stands before it, the first clause follows where it says why. */
const SAID: Readonly<Record<string, string>> = {
  killed: "is switched off",
  restored: "is switched on",
  tie_killed: "is switched off by what it is tied to",
  tie_over: "stays off for a while",
  tie_restored: "is back",
  tie_ignored: "is switched on above its ties",
  shares_set: "has new shares",
  shares_released: "is back to the shares of its configuration",
  rollout_started: "is being rolled out",
  step_begun: "goes on to its next step",
  rollout_done: "is rolled out",
  rollout_failed: "is taken back",
  paused: "pauses its roll-out",
  resumed: "goes on with its roll-out",
  judged: "is being judged",
  held_killed: "was off already",
  held_not_killed: "was on already",
  held_ties: "stays off",
  held_unreadable: "stays as it is",
  held_in_force: "stays as it is",
  held_no_variant: "stays as it is",
  held_no_steps: "is not rolled out",
  held_not_running: "stays as it is",
  held_insufficient: "waits for counts",
  held_step: "stays at its step",
};

/** Whether a record is about a flag. */
export const isFlag = ({ subject }: Pick<DecisionRecord, "subject">): boolean => subject.startsWith(FLAG_SUBJECT);

/** The record in one sentence. Total: any record about a flag has one. */
export function flagSentence({ subject, reason, trace }: DecisionRecord): string {
  const name = subject.slice(FLAG_SUBJECT.length);
  const said = SAID[reason] ?? reason.replaceAll("_", " ");
  const why = trace[0]?.text;
  return `flag ${name} ${said}${why === undefined ? "" : `: ${why}`}`;
}

/** The whole chain for a person. */
export const flagExplain = (record: DecisionRecord): readonly string[] => explainRecord(record, flagSentence(record));
