import { type Millis, SECOND_MS } from "../../kernel/time.ts";
import { boundsOf } from "../bounds.ts";
import { earliest } from "../recheck.ts";
import { isInstant } from "../signal.ts";
import type { FlinkScalingConfig, FlinkScalingState } from "./types.ts";

/** While a rescale is under way. */
export const POLL_MS = 10 * SECOND_MS;

/**
 * A job is looked at every period for as long as it is configured, because its rates are differences of counters and nothing else
 * samples them; every 10 s while a rescale is under way; and at once when a person has changed something.
 */
export function dueAt(config: FlinkScalingConfig, state: FlinkScalingState, now?: Millis): Millis | undefined {
  const since = now !== undefined && isInstant(now) ? now : lastLook(state);
  const step = state.rescale ? Math.min(POLL_MS, config.period) : config.period;
  const next = since === undefined ? 0 : (Math.floor(since / step) + 1) * step;
  const person = earliest(state.recheckAt, state.pause?.until, state.override?.until);
  return earliest(next, person, since === undefined ? undefined : boundsOf(config, since).nextAt);
}

/** The last instant that the state itself knows of. */
function lastLook({ last, rescale, window }: FlinkScalingState): Millis | undefined {
  const instants = [last?.at, rescale?.asked.at, window?.points.at(-1)?.at].filter((at) => at !== undefined);
  return instants.length === 0 ? undefined : Math.max(...instants);
}
