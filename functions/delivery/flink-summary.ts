import type { FlinkFailure, FlinkPhase, FlinkState, FlinkSwitch } from "../../shared/core/delivery/flink/types.ts";
import type { Phase, RolloutFailure } from "../../shared/core/delivery/rollout/types.ts";
import type { RolloutSummaryView } from "../api/views-delivery.ts";

/** Where a switch of jobs is, in the words of all rollouts; its own are in its state. */
const PHASES: Readonly<Record<FlinkPhase, Phase>> = {
  measuring: "checking",
  savepointing: "starting",
  starting: "starting",
  judging: "judging",
  approval: "approval",
  retiring: "retiring",
  cleaning: "cleaning",
  resuming: "returning",
  stuck: "returning",
  promoted: "promoted",
  rolled_back: "rolled_back",
};

const FAILURES: Readonly<Record<FlinkFailure, RolloutFailure>> = {
  jar_refused: "refused",
  old_job_not_running: "old_version_gone",
  old_job_gone: "old_version_gone",
  savepoint_failed: "refused",
  start_refused: "hopeless_start",
  never_running: "never_healthy",
  new_job_failed: "became_unhealthy",
  new_job_gone: "became_unhealthy",
  restored_from_elsewhere: "refused",
  name_differs: "refused",
  judged_bad: "gate_failed",
  deadline: "deadline",
  aborted: "aborted",
};

/** A switch of Flink jobs as lists of rollouts have it: everything at once, judged while the new job runs. */
export function flinkSummary(service: string, one: FlinkSwitch): RolloutSummaryView {
  const { id, release, old, phase, since, startedAt, endedAt, deadline, started, paused, failure } = one;
  const has = phase === "judging" || phase === "approval" || phase === "retiring" || phase === "promoted";
  return {
    id,
    service,
    strategy: "flink-blue-green",
    version: release.version,
    ...(old?.release ? { from: old.release.version } : {}),
    phase: PHASES[phase],
    since,
    steps: [{ percent: 100, forMs: 0, approval: false }],
    step: has ? 0 : -1,
    share: has ? 100 : 0,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    deadline,
    started,
    ...(paused ? { paused } : {}),
    ...(failure ? { failure: { ...failure, reason: FAILURES[failure.reason] } } : {}),
  };
}

/** The rollouts of a service's Flink job, as lists have them. */
export const flinkSummaries = (
  service: string,
  state: FlinkState | undefined,
): { readonly current?: RolloutSummaryView; readonly ended: readonly RolloutSummaryView[] } => ({
  ...(state?.current ? { current: flinkSummary(service, state.current) } : {}),
  ended: (state?.ended ?? []).map((one) => flinkSummary(service, one)),
});
