import { formatDuration } from "../../kernel/time.ts";
import { jobIdOf } from "./ids.ts";
import { alive, bears } from "./job.ts";
import { ask, clause, enter, hold, mayAsk, mayStillCome, moved, overdue, type Scene, tell, within } from "./moves.ts";
import { againJob, ended, newJob, oldJob } from "./seen.ts";
import { statesOf } from "./states.ts";
import type { FlinkMoved, FlinkSwitch } from "./types.ts";

/** So often one state is tried: a cluster that just came back may need a while. */
const TRIES_PER_STATE = 3;

/** The new job ends first, whatever it takes: in stop-start the old one must not run beside it. */
export function cleaning(is: FlinkSwitch, scene: Scene): FlinkMoved {
  const { config, look, now } = scene;
  const { deadlines } = config.flink;
  const late = (moved: FlinkMoved, text: string): FlinkMoved => {
    if (!overdue(is, scene, deadlines.stop)) return moved;
    const told = tell(moved.is, scene, "stuck", text);
    return { ...moved, is: told.is, actions: [...moved.actions, ...told.actions] };
  };
  const cancelled = cancelNew(is, scene);
  if (cancelled) return late(cancelled, `the new job ${is.jobId} does not end ${within(deadlines.stop)}`);

  const { old } = is;
  if (!old) return over(is, scene, "there was no old job");
  const job = oldJob(is, look);
  const pending = stopUnderWay(is, scene);
  if (pending)
    return late(hold(is, "held_cleaning", pending), `the stop of the old job does not end ${within(deadlines.stop)}`);
  const path = look.savepoint?.status === "completed" ? look.savepoint.path : undefined;
  const known = path !== undefined && is.savepoint === undefined ? { ...is, savepoint: path } : is;

  if (alive(job)) {
    if (job.state === "CANCELLING" || job.state === "FAILING")
      return late(
        hold(known, "held_cleaning", `the old job is ${job.state}`),
        `the old job does not get past ${job.state}`,
      );
    if (job.state === "RUNNING" && look.details?.[job.id]?.allRunning)
      return over(known, scene, `the old job ${job.id} runs on`);
    if (overdue(is, scene, deadlines.resume))
      return over(known, scene, `the old job ${job.id} is there, but ${job.state}: not all of its tasks run`);
    return hold(known, "held_cleaning", `the old job is ${job.state}, its tasks do not all run yet`);
  }
  const asked = (type: "flink_stop" | "flink_cancel") => is.asked[`${type}:${old.jobId}`] !== undefined;
  if (job?.state === "CANCELED" && !asked("flink_cancel"))
    return over(known, scene, `the old job was cancelled by another hand, and stays so`);
  if (job?.state === "FINISHED" && !asked("flink_stop"))
    return over(known, scene, `the old job ended by another hand, and stays so`);
  return moved(
    { ...enter(known, "resuming", now), states: statesOf(known, look) },
    "cleaning",
    `the old job ${job ? `is ${job.state}` : "is gone"}: it starts again`,
  );
}

/** Undefined: the new job is over, and cannot come any more. */
function cancelNew(is: FlinkSwitch, scene: Scene): FlinkMoved | undefined {
  const job = newJob(is, scene.look);
  if (alive(job)) {
    if (job.state === "CANCELLING" || job.state === "FAILING" || !mayAsk(is, scene, "flink_cancel", job.id))
      return hold(is, "held_cleaning", `the new job is ${job.state}`);
    const asked = ask({ ...is, seen: true }, scene, { type: "flink_cancel", jobId: job.id });
    return moved(asked.is, "cleaning", `the new job ${job.id} is cancelled`, [asked.action]);
  }
  if (job === undefined && mayStillCome(is, scene, "flink_run", is.jobId) && !is.seen)
    return hold(is, "held_cleaning", "the new job was submitted and may still come");
  return undefined;
}

/** A stop that has begun cannot be called off: it ends well or badly, and only then it is known what the old job does. */
function stopUnderWay(is: FlinkSwitch, scene: Scene): string | undefined {
  if (
    !is.old ||
    is.mode === "parallel" ||
    is.asked[`flink_stop:${is.old.jobId}`] === undefined ||
    is.savepoint !== undefined
  )
    return undefined;
  const op = scene.look.savepoint;
  if (op === undefined) return "how the old job's savepoint is could not be read";
  if (op.status === "in_progress") return "the old job's savepoint is still being taken";
  if (op.status === "unknown" && mayStillCome(is, scene, "flink_stop", is.old.jobId))
    return "the stop of the old job may still begin";
  // It is about to end: the operation is done only then, but what is listed may be older.
  if (op.status === "completed" && alive(oldJob(is, scene.look))) return "the old job ends";
  return undefined;
}

/** The old job again, from its own state: the newest that is known, never one of the new job's. */
export function resuming(is: FlinkSwitch, scene: Scene): FlinkMoved {
  const { config, look, now } = scene;
  const stray = cancelNew(is, scene);
  if (stray) return stray;
  const job = againJob(is, look);
  const { resume } = config.flink.deadlines;
  if (alive(job)) {
    const seen = is.again?.seen || !is.again ? is : { ...is, again: { ...is.again, seen: true } };
    if (job.state === "RUNNING" && look.details?.[job.id]?.allRunning)
      return over(seen, scene, `the old job runs again as ${job.id}, from ${is.again?.from}`);
    const text = `the old job is ${job.state} as ${job.id}`;
    if (!overdue(is, scene, resume)) return hold(seen, "held_resuming", text);
    const told = tell(seen, scene, "stuck", `${text}, and not all of its tasks run ${within(resume)}`);
    return { ...hold(told.is, "held_resuming", text), actions: told.actions };
  }
  const other = look.jobs.find((one) => alive(one) && bears(config.flink.jobName, one.name) && one.id !== is.jobId);
  if (other) return over(is, scene, `another hand has started ${other.id} meanwhile`, other.id);
  const { again } = is;
  if (!again) return tryState(is, scene, is.triesFrom ?? 0);
  if (is.refused?.type === "flink_run" || ended(job)) return tryState(is, scene, again.tries + 1);
  if (again.seen) {
    // Listed before and not now: a job manager that died. It may list it again in a while.
    if (is.goneSince === undefined)
      return hold({ ...is, goneSince: now }, "held_resuming", "the old job is not listed");
    if (now - is.goneSince < config.lingerMs) return hold(is, "held_resuming", "the old job is not listed");
    return tryState(is, scene, again.tries + 1);
  }
  if (!mayAsk(is, scene, "flink_run", again.jobId)) return hold(is, "held_resuming", "the old job was submitted");
  return submit(is, scene, again);
}

function tryState(is: FlinkSwitch, scene: Scene, tries: number): FlinkMoved {
  const states = is.states ?? [];
  const { old, refused, goneSince: _, ...rest } = is;
  const from = states[tries % Math.max(1, states.length)];
  if (!old?.release || from === undefined || tries - (is.triesFrom ?? 0) >= states.length * TRIES_PER_STATE) {
    const why = !old?.release
      ? "what the old job ran is not known"
      : from === undefined
        ? "no state of the old job is known"
        : `none of ${states.length} states of the old job would start${refused ? `: ${refused.why}` : ""}`;
    return stuckNow(is, scene, why);
  }
  const jobId = jobIdOf(is.id, `again ${tries}`, old.colour);
  return submit({ ...rest, old }, scene, { tries, jobId, from, at: scene.now });
}

function submit(is: FlinkSwitch, scene: Scene, again: NonNullable<FlinkSwitch["again"]>): FlinkMoved {
  const release = is.old?.release;
  if (!release) return stuckNow(is, scene, "what the old job ran is not known");
  const asked = ask({ ...is, again }, scene, {
    type: "flink_run",
    jobId: again.jobId,
    release,
    savepoint: again.from,
    allowNonRestored: false,
  });
  return moved(asked.is, "old_job_started", `the old job starts again as ${again.jobId} from ${again.from}`, [
    asked.action,
  ]);
}

function stuckNow(is: FlinkSwitch, scene: Scene, why: string): FlinkMoved {
  const text = `nothing runs: ${why}. Its savepoints stay where they are; start it by hand, or order a rollback again`;
  const told = tell(enter(is, "stuck", scene.now), scene, "stuck", text);
  return { is: told.is, actions: told.actions, reason: "stuck", trace: [clause("held", "stuck", text)] };
}

/** Somebody may have started it by hand. */
export function stuck(is: FlinkSwitch, scene: Scene): FlinkMoved {
  const stray = cancelNew(is, scene);
  if (stray) return stray;
  const other = scene.look.jobs.find(
    (job) => alive(job) && bears(scene.config.flink.jobName, job.name) && job.id !== is.jobId,
  );
  if (other) return over(is, scene, `${other.id} runs, by another hand`, other.id);
  return hold(is, "held_stuck", `nothing has run for ${formatDuration(scene.now - is.since)}`);
}

function over(is: FlinkSwitch, scene: Scene, result: string, stable?: string): FlinkMoved {
  const runs = stable ?? is.again?.jobId ?? is.old?.jobId;
  const ending = { ...enter(is, "rolled_back", scene.now), endedAt: scene.now, result };
  const told = tell(
    ending,
    scene,
    "rolled_back",
    `${is.release.version} was rolled back (${is.failure?.text ?? "by order"}): ${result}`,
  );
  const values = runs === undefined ? {} : { job: runs };
  return {
    is: told.is,
    actions: told.actions,
    reason: "rolled_back",
    trace: [clause("chosen", "rolled-back", result, values)],
  };
}
