import { alive } from "./job.ts";
import { ask, enter, goBack, hold, mayAsk, mayStillCome, moved, overdue, type Scene, within } from "./moves.ts";
import { oldJob } from "./seen.ts";
import type { FlinkMoved, FlinkSwitch } from "./types.ts";

/** One savepoint, with which the old job stops unless both run side by side. */
export function savepointing(is: FlinkSwitch, scene: Scene): FlinkMoved {
  const { config, look, now } = scene;
  const old = oldJob(is, look);
  if (!is.old) return moved(enter(is, "starting", now), "noted", "there is no old job");
  const type = is.mode === "parallel" ? "flink_savepoint" : "flink_stop";
  const op = look.savepoint;
  const path = op?.status === "completed" ? op.path : ours(is, scene);
  if (path !== undefined) {
    const taken = { ...is, savepoint: path };
    if (is.mode === "stop-start" && alive(old))
      return hold(taken, "held_savepoint", `the savepoint is ${path}; the old job is still ${old.state}`);
    return moved(enter(taken, "starting", now), "noted", `the savepoint is ${path}`);
  }
  if (is.refused?.type === type)
    return goBack(is, scene, "savepoint_failed", `no savepoint could be asked for: ${is.refused.why}`);
  if (op?.status === "failed") return goBack(is, scene, "savepoint_failed", `the savepoint failed: ${op.why}`);
  if (overdue(is, scene, config.flink.deadlines.savepoint))
    return goBack(is, scene, "deadline", `no savepoint ${within(config.flink.deadlines.savepoint)}`);
  if (op?.status === "in_progress") return hold(is, "held_savepoint", "the savepoint is being taken");
  if (op === undefined) return hold(is, "held_savepoint", "how the savepoint is could not be read");
  if (!alive(old)) {
    if (mayStillCome(is, scene, type, is.old.jobId))
      return hold(is, "held_savepoint", "the old job ended; its savepoint is not known yet");
    return goBack(
      is,
      scene,
      "old_job_gone",
      `the old job ${old ? `is ${old.state}` : "is gone"}, and its savepoint is not known`,
    );
  }
  if (!mayAsk(is, scene, type, is.old.jobId)) return hold(is, "held_savepoint", "the savepoint was asked for");
  const asked = ask(is, scene, {
    type,
    jobId: is.old.jobId,
    triggerId: is.triggerId,
    directory: config.flink.savepoints,
  });
  const how = is.mode === "parallel" ? "a savepoint of" : "a stop with savepoint of";
  return moved(asked.is, "savepoint_asked", `${how} the old job ${is.old.jobId} is asked for`, [asked.action]);
}

/** The trigger was forgotten, but the job tells of a savepoint that it did not have before. */
function ours(is: FlinkSwitch, { look }: Scene): string | undefined {
  if (!is.old || look.savepoint?.status !== "unknown") return undefined;
  if (is.asked[`flink_stop:${is.old.jobId}`] === undefined && is.asked[`flink_savepoint:${is.old.jobId}`] === undefined)
    return undefined;
  const found = look.details?.[is.old.jobId]?.savepoint;
  return found !== undefined && found !== is.old.savepointBefore ? found : undefined;
}
