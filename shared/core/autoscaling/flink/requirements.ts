import { type Millis, SECOND_MS } from "../../kernel/time.ts";
import { runs } from "./sight.ts";
import { patch } from "./state.ts";
import type { FlinkScalingState, FlinkSeen } from "./types.ts";

/**
 * A cluster that tells of a running job and knows no resource requirements of it may be one that never will (a version before 1.18), or one
 * whose job manager is on its way up. It is the former after so many looks in a row over so long: a job manager tells of its jobs what it
 * has kept for some seconds, and looks may be a second apart.
 */
const LOOKS = 3;
const SPAN_MS = 20 * SECOND_MS;

/** Counts a look. What was counted of another job, or before the tasks of this one began anew, does not count. */
export function counted(state: FlinkScalingState, seen: FlinkSeen | undefined, now: Millis): FlinkScalingState {
  if (!seen) return state;
  if (!runs(seen) || seen.adaptive !== undefined) return patch(state, { noRequirements: undefined });
  if (!seen.noRequirements) return state;
  const { noRequirements: known } = state;
  if (known?.jobId !== seen.jobId || known.since > now)
    return patch(state, { noRequirements: { jobId: seen.jobId, since: now, looks: 1 } });
  return patch(state, { noRequirements: { ...known, looks: Math.min(LOOKS, known.looks + 1) } });
}

/** Whether the cluster has none, for good. */
export function withoutRequirements({ noRequirements: known }: FlinkScalingState, now: Millis): boolean {
  return known !== undefined && known.looks >= LOOKS && now - known.since >= SPAN_MS;
}

/** Reads after "but". */
export const unsure = ({ noRequirements: known }: FlinkScalingState): string =>
  `the cluster told no resource requirements of the job at ${known?.looks ?? 0} of ${LOOKS} looks, over ${SPAN_MS / SECOND_MS} s at least, from which on it counts as one that cannot rescale in place`;

/** Reads as what the cluster refused. */
export const WITHOUT = "it tells no resource requirements of a job that runs";
