import { alive } from "./job.ts";
import { readyFrom } from "./judge.ts";
import { ask, enter, goBack, hold, mayAsk, moved, overdue, type Scene, within } from "./moves.ts";
import { because, listed, nameFault, vanished } from "./new-job.ts";
import { ended, newJob, oldJob } from "./seen.ts";
import type { FlinkMoved, FlinkSwitch } from "./types.ts";

/** The new job, from the savepoint, under an id of its own. */
export function starting(is: FlinkSwitch, scene: Scene): FlinkMoved {
  const { config, look, now } = scene;
  const job = newJob(is, look);
  const old = oldJob(is, look);
  const { start } = config.flink.deadlines;
  if (is.refused?.type === "flink_run")
    return goBack(is, scene, "start_refused", `the new job was refused: ${is.refused.why}`);
  if (ended(job)) return goBack(is, scene, "new_job_failed", `the new job is ${job?.state}${because(is, scene)}`);
  if (alive(job)) {
    const seen = is.seen ? listed(is) : { ...is, seen: true };
    const details = look.details?.[is.jobId];
    const wrong = nameFault(scene, job.name);
    if (wrong) return goBack(seen, scene, "name_differs", wrong);
    if (details && job.state === "RUNNING" && details.allRunning)
      return moved(
        { ...enter(seen, "judging", now), ready: readyFrom(details, now) },
        "job_ready",
        `every task of ${is.jobId} runs`,
      );
    if (overdue(is, scene, start))
      return goBack(seen, scene, "never_running", `it is ${job.state}, and its tasks did not all run ${within(start)}`);
    return hold(seen, "held_starting", `the new job is ${job.state}`);
  }
  if (is.seen)
    return (
      vanished(is, scene) ??
      hold({ ...is, goneSince: is.goneSince ?? now }, "held_starting", "the new job is not listed")
    );
  if (overdue(is, scene, start)) return goBack(is, scene, "never_running", `it did not come up ${within(start)}`);
  if (is.mode === "stop-start" && alive(old))
    return goBack(is, scene, "old_job_not_running", "the old job runs again by another hand; two must not write");
  if (!mayAsk(is, scene, "flink_run", is.jobId)) return hold(is, "held_starting", "the new job was submitted");
  const asked = ask(is, scene, {
    type: "flink_run",
    jobId: is.jobId,
    release: is.release,
    ...(is.savepoint === undefined ? {} : { savepoint: is.savepoint }),
    allowNonRestored: config.flink.allowNonRestored,
  });
  return moved(asked.is, "job_started", `${is.colour} ${is.jobId} starts from ${is.savepoint ?? "no state"}`, [
    asked.action,
  ]);
}
