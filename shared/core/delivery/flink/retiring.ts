import { formatDuration } from "../../kernel/time.ts";
import { alive } from "./job.ts";
import { ask, clause, enter, goBack, hold, mayAsk, moved, overdue, type Scene, tell, within } from "./moves.ts";
import { because, listed, vanished } from "./new-job.ts";
import { ended, newJob, oldJob } from "./seen.ts";
import type { FlinkMoved, FlinkSwitch } from "./types.ts";

/** The old job goes, or is seen to be gone; never before the new one was seen running in the same look. */
export function retiring(was: FlinkSwitch, scene: Scene): FlinkMoved {
  const { config, look } = scene;
  const job = newJob(was, look);
  const is = alive(job) ? listed(was) : was;
  const old = oldJob(is, look);
  const well = alive(job) && job.state === "RUNNING" && look.details?.[is.jobId]?.allRunning === true;
  if (ended(job)) return goBack(is, scene, "new_job_failed", `the new job is ${job?.state}${because(is, scene)}`);
  if (!alive(job))
    return (
      vanished(is, scene) ??
      hold({ ...is, goneSince: is.goneSince ?? scene.now }, "held_retiring", "the new job is not listed")
    );
  if (!alive(old)) {
    const result = is.old ? `${is.old.jobId} is gone` : "it is the first";
    const told = tell(
      { ...enter(is, "promoted", scene.now), endedAt: scene.now, result },
      scene,
      "promoted",
      `${is.release.version} is the service`,
    );
    return {
      is: told.is,
      actions: told.actions,
      reason: "promoted",
      trace: [clause("chosen", "promoted", `${is.jobId} is the service; ${result}`)],
    };
  }
  if (!well) return hold(is, "held_retiring", "the old job stays until the new one is seen running");
  if (old.state === "CANCELLING" || !mayAsk(is, scene, "flink_cancel", old.id)) {
    if (!overdue(is, scene, config.flink.deadlines.stop))
      return hold(is, "held_retiring", `the old job is ${old.state}`);
    const told = tell(is, scene, "stuck", `${old.id} does not end ${within(config.flink.deadlines.stop)}`);
    return {
      ...hold(
        told.is,
        "held_retiring",
        `the old job is still ${old.state} after ${formatDuration(scene.now - is.since)}`,
      ),
      actions: told.actions,
    };
  }
  // A plain cancel: a savepoint that cannot be taken must not keep an old job alive.
  const asked = ask(is, scene, { type: "flink_cancel", jobId: old.id });
  return moved(asked.is, "retiring", `the old job ${old.id} is cancelled`, [asked.action]);
}
