import type { RolloutCommandView, RolloutSummaryView } from "../../functions/api/views-delivery.ts";
import { nextText, percent } from "./delivery-words.ts";
import { duration, plural } from "./format.ts";

export const ROLLOUT_ACTS: Readonly<
  Record<RolloutCommandView, { readonly title: string; readonly button: string; readonly dangerous: boolean }>
> = {
  approve: { title: "Approve", button: "Approve", dangerous: false },
  pause: { title: "Pause the rollout", button: "Pause", dangerous: false },
  resume: { title: "Resume the rollout", button: "Resume", dangerous: false },
  skip: { title: "Skip the wait", button: "Skip the wait", dangerous: false },
  promote: { title: "Promote now", button: "Promote now", dangerous: true },
  abort: { title: "Abort the rollout", button: "Abort", dangerous: true },
  rollback: { title: "Roll back", button: "Roll back", dangerous: true },
};

const ORDER: readonly RolloutCommandView[] = ["approve", "resume", "pause", "skip", "promote", "abort", "rollback"];

/**
 * What is offered, what goes on first. While both are possible, abort and rollback do the same: one of them is enough, by the word that fits
 * where the rollout is.
 */
export function offered(
  commands: readonly RolloutCommandView[],
  { phase }: Pick<RolloutSummaryView, "phase">,
): readonly RolloutCommandView[] {
  const both = commands.includes("abort") && commands.includes("rollback");
  const spare = phase === "baking" || phase === "retiring" ? "abort" : "rollback";
  return ORDER.filter((one) => commands.includes(one) && !(both && one === spare));
}

/** What the reader has filled in. */
export interface RolloutForm {
  readonly why: string;
  readonly by: string;
  readonly typedName: string;
}

/** Why the form cannot be sent yet; undefined when it can. */
export function rolloutFault(command: RolloutCommandView, form: RolloutForm, service: string): string | undefined {
  if (form.why.trim() === "") return "Say why: the reason goes into the decision record.";
  if (ROLLOUT_ACTS[command].dangerous && form.typedName !== service) return "Type the name of the service to confirm.";
  return undefined;
}

/** What exactly will happen, in sentences, before anything is sent. `bakeMs`: how long the old version is kept. */
export function rolloutConsequences(
  command: RolloutCommandView,
  rollout: RolloutSummaryView,
  bakeMs: number | undefined,
): readonly string[] {
  const { version, from, share, phase, step, steps, strategy } = rollout;
  const old = from ?? "what was there before";
  const bake = bakeMs === undefined || bakeMs === 0 ? "" : ` for ${duration(bakeMs)}`;
  const now = `${version} is to have ${percent(share)} now.`;
  switch (command) {
    case "approve": {
      const last = step >= steps.length - 1;
      if (phase !== "approval")
        return [
          `It goes on although the counts show too little to judge ${version} by.`,
          "It is judged on with every look, and a failure rolls back all the same.",
        ];
      return last
        ? [`${old} is taken away: from then on there is no quick way back.`, `${version} keeps all traffic.`]
        : [
            `${version} is given ${nextText(rollout)}${strategy === "rolling" ? " of the instances" : " of the traffic"}, from ${percent(share)}.`,
            "It is judged all along, and a failure rolls back by itself.",
          ];
    }
    case "pause":
      return [
        `Nothing moves on until somebody resumes it. ${now}`,
        "It is judged on, and a failure rolls back all the same.",
        "Its deadline does not wait: when that is over, it is rolled back.",
      ];
    case "resume":
      return ["It goes on where it was paused; time that was left is left.", now];
    case "skip":
      return phase === "baking"
        ? [`The rest of the bake is not waited for: ${old} is taken away next, unless a person has to approve that.`]
        : [
            `The rest of the wait of step ${step + 1} ends: ${
              step >= steps.length - 1 ? "the bake comes next" : `${nextText(rollout)} of the traffic come next`
            }.`,
            "What was judged so far stays, and the gate goes on looking.",
          ];
    case "promote":
      return [
        phase === "baking"
          ? `The bake ends now and ${old} is taken away.`
          : `${version} gets all traffic at once, past ${plural(Math.max(0, steps.length - 1 - Math.max(0, step)), "step")} and their approvals.`,
        ...(phase === "baking" ? [] : [`${old} is still kept${bake}, and a failure in that time rolls back.`]),
        "Everybody who uses the service gets the new version.",
      ];
    default:
      return [
        `All traffic goes back to ${old}${from === undefined ? ": the service is taken away, it was new" : " at once"}.`,
        `Then ${version} is stopped and removed.`,
        "The rollout is over with that: to try again, release again.",
      ];
  }
}

/** What came of it, for whoever pressed the button. */
export const COMMANDED = {
  decided: "Decided and recorded.",
  unchanged: "Nothing is different from before: there is nothing new to record.",
} as const;
