import type { CostAnomalies, CostChange, CostCommand, CostOpportunity } from "../../functions/api/views-cost.ts";
import { applyOpportunity, judgeCost, reopenOpportunity, revertChange } from "./api-cost.ts";
import { applyConsequences, changeTexts } from "./cost-words.ts";
import { told } from "./format.ts";
import type { Told } from "./parts/act-sheet.tsx";
import type { BackupAct } from "./parts/backup/act.tsx";

const done = ({ text, decision, ok }: CostCommand): Told => ({
  told: [told(text)],
  decisions: decision === undefined ? [] : [decision],
  ok,
});

export const applyAct = (one: CostOpportunity): BackupAct => ({
  ...{ title: "Apply", subject: one.resource.name, button: "Apply", reason: true },
  // What a person has done already needs no second thought.
  ...(one.action.type === "by_hand" ? { title: "Done by hand", button: "It is done" } : { typed: one.resource.name }),
  consequences: applyConsequences(one),
  send: async (said, key) => done(await applyOpportunity(one.id, said, key)),
});

export const reopenAct = (id: string, name: string): BackupAct => ({
  ...{ title: "Propose again", subject: name, button: "Propose again", reason: true },
  consequences: ["Nothing is changed. If it still holds, it is proposed again."],
  send: async (said, key) => done(await reopenOpportunity(id, said, key)),
});

export const revertAct = ({ id, text, resource, action }: CostChange): BackupAct => ({
  ...{ title: "Take back", subject: resource?.name ?? id, button: "Take it back", reason: true },
  consequences: [
    `Every setting gets the value again that it had before: ${told(text)}`,
    ...(action?.type === "topic_configs"
      ? changeTexts({ ...action, set: action.before, before: action.set }).map((line) => `${line}.`)
      : []),
    "What the brokers have removed meanwhile does not come back.",
  ],
  send: async (said, key) => done(await revertChange(id, said, key)),
});

type UnusualCost = CostAnomalies["items"][number];
export type CostVerdict = NonNullable<UnusualCost["feedback"]>;

export const COST_VERDICTS: readonly (readonly [verdict: CostVerdict, label: string, means: string])[] = [
  ["yes", "It was unusual", "Such a thing is to be told of again; its alert stays."],
  ["no", "It was fine", "Such a thing is usual and less is said of it; its alert ends."],
  ["planned_activity", "It was planned", "It was meant to be, and such a thing is usual; its alert ends."],
];

export const judgeAct = (one: UnusualCost, at: number, judged: (verdict: CostVerdict) => void): BackupAct => {
  const [feedback, label, means] = COST_VERDICTS[at] ?? ["no", "", ""];
  return {
    ...{ title: label, subject: one.of, button: label, reason: true },
    consequences: [
      `It is about this: ${told(one.text)}.`,
      means,
      "Your word is kept with its reason, as a decision record.",
    ],
    send: async (said, key) => {
      const answer = done(await judgeCost(one.id, { ...said, feedback }, key));
      judged(feedback);
      return answer;
    },
  };
};
