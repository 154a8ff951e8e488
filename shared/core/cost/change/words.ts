import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import type { Action } from "../../kernel/step.ts";
import { settingsText } from "./settings-text.ts";
import type { ChangeDeed, ChangeState } from "./types.ts";

const SAID: Readonly<Record<string, string>> = {
  dismissed: "dismissed",
  reopened: "open again",
  applying: "applied",
  applied: "applied, as is seen by now",
  applied_by_hand: "done by hand",
  taking_back: "taken back by the guard",
  reverting: "taken back",
  reverted: "is as it was",
  superseded: "left to another hand",
  not_applied: "was not applied",
  sees_again: "the guard sees again",
  proven: "held against the bills",
};

/** What it is about: the resource, where one is known. */
function nameOf({ subject, stateAfter, input }: DecisionRecord): string {
  const known = (value: unknown) => (value as Partial<ChangeState> | null)?.opportunity?.resource.name;
  return known(stateAfter) ?? known(input) ?? subject.slice(subject.indexOf(":") + 1);
}

/** A record of a change in one sentence. */
export function changeSentence(record: DecisionRecord): string {
  const { reason, trace } = record;
  const what = Object.hasOwn(SAID, reason)
    ? SAID[reason]
    : reason.replace("held_", "waits, ").replace("refused_", "refused, ").replaceAll("_", " ");
  const text = trace.at(-1)?.text;
  return `cost change of ${nameOf(record)}: ${what}${text === undefined ? "" : `: ${text}`}`;
}

const did = (action: Action): string => {
  const { cluster, topic, set = [] } = action as Partial<ChangeDeed>;
  return `did: ${settingsText(set)} on topic ${topic} of ${cluster}, if nobody else had changed it`;
};

/** The whole chain for a person. */
export const changeExplain = (record: DecisionRecord): readonly string[] =>
  explainRecord(record, changeSentence(record), { acts: true, did });
