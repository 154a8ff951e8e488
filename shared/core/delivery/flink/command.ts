import type { Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { clause, enter, goBack } from "./moves.ts";
import type { FlinkReason } from "./reasons.ts";
import type { FlinkAction, FlinkCommand, FlinkConfig, FlinkPhase, FlinkState, FlinkSwitch, Said } from "./types.ts";

type Result = Step<FlinkState, FlinkAction, FlinkReason>;

const FORWARD: ReadonlySet<FlinkPhase> = new Set([
  "measuring",
  "savepointing",
  "starting",
  "judging",
  "approval",
  "retiring",
]);

/** Somebody's word about the rollout that is under way. It takes effect with the next look, a rollback at once. */
export function command(config: FlinkConfig, state: FlinkState, input: FlinkCommand, now: Millis): Result {
  const refuse = (reason: FlinkReason, text: string): Result => ({
    state,
    actions: [],
    reason,
    trace: [clause("vetoed", reason.replace("refused_", "").replaceAll("_", "-"), text)],
  });
  const { current } = state;
  if (!current) return refuse("refused_nothing_under_way", "no rollout is under way");
  if (input.id !== undefined && input.id !== current.id)
    return refuse("refused_other_rollout", `${current.id} is under way, and not ${input.id}`);
  const { by, why } = input;
  const said: Said = { by, why, at: now };
  const notNow = () => refuse("refused_not_now", `${input.command} is of no use while it is ${current.phase}`);
  const take = (is: FlinkSwitch, reason: FlinkReason, text: string): Result => ({
    state: { ...state, current: is },
    actions: [],
    reason,
    trace: [clause("changed", input.command, `${by} ${text}${why === "" ? "" : `: ${why}`}`)],
  });
  if (current.phase === "stuck" && (input.command === "resume" || input.command === "rollback")) {
    const { again, refused: _, goneSince: __, told, ...rest } = current;
    const is = {
      ...enter(rest, "resuming", now),
      told: (told ?? []).filter((event) => event !== "stuck"),
      // No job id comes twice.
      triesFrom: again ? again.tries + 1 : 0,
    };
    return take(is, "resumed", "ordered another try");
  }
  if (!FORWARD.has(current.phase)) return notNow();
  switch (input.command) {
    case "abort":
    case "rollback": {
      const back = goBack(
        current,
        { config, now },
        "aborted",
        `${by} ordered it back${why === "" ? "" : `: ${why}`}`,
        by,
      );
      return { state: { ...state, current: back.is }, actions: back.actions, reason: back.reason, trace: back.trace };
    }
    case "pause":
      return current.paused ? notNow() : take({ ...current, paused: said }, "paused", "paused it");
    case "resume": {
      if (!current.paused) return notNow();
      const { paused, ...rest } = current;
      // The pause does not count against the phase.
      return take({ ...rest, since: current.since + Math.max(0, now - paused.at) }, "resumed", "let it go on");
    }
    case "skip":
    case "promote":
      if (current.phase !== "judging" && current.phase !== "approval") return notNow();
      return take(
        { ...current, ordered: said },
        input.command === "skip" ? "skipped" : "promotion_ordered",
        "ended the judging",
      );
    case "approve":
      if (current.approved) return notNow();
      return take({ ...current, approved: said }, "approved", "approved it");
  }
}
