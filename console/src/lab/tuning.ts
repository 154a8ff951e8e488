import type { TuningStateView } from "../../../functions/api/views-autoscaling-tune.ts";
import { number } from "../format.ts";
import type { BackupAct } from "../parts/backup/act.tsx";
import { members } from "../values.ts";
import { answerProposal } from "./api-scaling.ts";
import { writable } from "./written.ts";
import { briefPolicy, yamlOf } from "./yaml.ts";

type Pick = NonNullable<TuningStateView["pick"]>;

/** A policy in one line of YAML-like text, for a dialog. */
export const policyLines = (policy: unknown): readonly string[] =>
  yamlOf(briefPolicy(members(writable(policy)))).split("\n");

/** What is proposed is taken, or not; either is one request with a reason and leaves a record. */
export const proposalAct = (
  service: string,
  proposal: Pick,
  pick: Pick | undefined,
  answer: "apply" | "dismiss",
  done: () => void,
): BackupAct => ({
  ...(answer === "apply"
    ? { title: "Apply the proposal", button: "Apply", typed: service }
    : { title: "Dismiss the proposal", button: "Dismiss" }),
  subject: service,
  reason: true,
  consequences:
    answer === "apply"
      ? [
          `From its next decision on the service is scaled by ${proposal.name}, instead of ${pick?.name ?? "the default forecast"}.`,
          `On days that the choice had not seen it cost ${number(proposal.cost)} task-hours with its bad minutes (J ${number(proposal.j)}).`,
          ...policyLines(proposal.policy),
        ]
      : [
          "Nothing is changed: what runs goes on.",
          "The same is not proposed again until a search finds something else, or better.",
        ],
  send: async (said, key) => {
    const { command } = await answerProposal(service, answer, said, key);
    done();
    if (command === undefined) return { told: ["It was handed over; its record will tell."], decisions: [], ok: true };
    const { status, decision, reason } = command;
    return {
      told: [decision?.sentence ?? (status === "decided" ? "Done." : `Not done: ${reason ?? status}.`)],
      decisions: decision === undefined ? [] : [decision.id],
      ok: status === "decided",
    };
  },
});
