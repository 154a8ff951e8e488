import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import { command } from "./commands.ts";
import type { AutoscalingConfig } from "./config.ts";
import { evaluate } from "./evaluate.ts";
import { isInstant } from "./signal.ts";
import type { AutoscalingInput, AutoscalingReason, AutoscalingState, AutoscalingStep } from "./types.ts";

/**
 * One decision about one service. Pure and total.
 *
 *   evaluate ─ fleet unknown ──────────────→ held_no_fleet
 *            ├ our action not settled ─────→ held_pending
 *            ├ override ───────────────────→ overridden
 *            ├ paused ─────────────────────→ held_paused
 *            └ policies → combine → bounds → pause, deployment, refusal → scaled_out | scaled_in | a reason to stay
 *   pause · resume · override · clear_override → state only; the next evaluation acts on it
 */
export function step(
  config: AutoscalingConfig,
  state: AutoscalingState,
  input: AutoscalingInput,
  now: Millis,
): AutoscalingStep {
  if (!isInstant(now)) return stay(state, "held_no_data", "the time is not known");
  switch (input.kind) {
    case "evaluate":
      return evaluate(config, state, input, now);
    case "pause":
    case "resume":
    case "override":
    case "clear_override":
      return command(state, input, now);
    default:
      return unheardOf(state, input);
  }
}

function unheardOf(state: AutoscalingState, input: never): AutoscalingStep {
  return stay(
    state,
    "held_no_data",
    `the input kind ${JSON.stringify((input as { kind?: unknown }).kind)} is not known`,
  );
}

function stay(state: AutoscalingState, reason: AutoscalingReason, text: string): AutoscalingStep {
  const clause: Clause = { kind: "held", rule: "input", text, values: {} };
  return { state, actions: [], reason, trace: [clause] };
}
