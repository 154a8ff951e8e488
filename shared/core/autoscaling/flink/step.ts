import type { Clause } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { command } from "../commands.ts";
import { isInstant } from "../signal.ts";
import type { AutoscalingState } from "../types.ts";
import { look } from "./look.ts";
import { whole } from "./state.ts";
import type {
  FlinkScalingConfig,
  FlinkScalingInput,
  FlinkScalingReason,
  FlinkScalingState,
  FlinkScalingStep,
} from "./types.ts";

/**
 * One decision about one Flink job. Pure and total.
 *
 *   look ─ a rescale is under way ───→ rescaling | rescaled | rescale_rolled_back | rescale_failed
 *        ├ no job, or not all of it ─→ held_no_job | held_incomplete
 *        ├ override, pause
 *        └ policies by vertex → bounds → vetoes → scaled_out | scaled_in | a reason to stay
 *   pause · resume · override · clear_override → state only; the next look acts on it
 */
export function step(
  config: FlinkScalingConfig,
  state: FlinkScalingState,
  input: FlinkScalingInput,
  now: Millis,
): FlinkScalingStep {
  if (!isInstant(now)) return stay(state, "held_no_data", "the time is not known");
  switch (input.kind) {
    case "look":
      return look(config, whole(state), input, now);
    case "pause":
    case "resume":
    case "override":
    case "clear_override": {
      // What a person asks for is the same for a job as for a service, and so are the members it is kept in.
      const told = command(whole(state) as unknown as AutoscalingState, input, now);
      return { ...told, actions: [], state: told.state as unknown as FlinkScalingState };
    }
    default:
      return unheardOf(state, input);
  }
}

function unheardOf(state: FlinkScalingState, input: never): FlinkScalingStep {
  const kind = JSON.stringify((input as { kind?: unknown }).kind);
  return stay(state, "held_no_data", `the input kind ${kind} is not known`);
}

function stay(state: FlinkScalingState, reason: FlinkScalingReason, text: string): FlinkScalingStep {
  const clause: Clause = { kind: "held", rule: "input", text, values: {} };
  return { state, actions: [], reason, trace: [clause] };
}
