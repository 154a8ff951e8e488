import type { Millis } from "../../kernel/time.ts";
import { alive, type JobDetails } from "./job.ts";
import { judgeJob, readyFrom } from "./judge.ts";
import { clause, enter, goBack, hold, moved, overdue, type Scene, tell, within } from "./moves.ts";
import { because, listed, vanished } from "./new-job.ts";
import { ended, newJob } from "./seen.ts";
import type { FlinkCheck, FlinkMoved, FlinkSwitch } from "./types.ts";

/** Also while a person is waited for: what is final fails it. */
export function judging(is: FlinkSwitch, scene: Scene): FlinkMoved {
  const { config, look, now } = scene;
  const job = newJob(is, look);
  if (ended(job)) return goBack(is, scene, "new_job_failed", `the new job is ${job?.state}${because(is, scene)}`);
  if (!alive(job))
    return (
      vanished(is, scene) ??
      hold({ ...is, goneSince: is.goneSince ?? now }, "held_judging", "the new job is not listed")
    );
  const kept = listed(is);
  const details = look.details?.[is.jobId];
  if (!details) return hold(kept, "held_judging", "the new job could not be looked at");
  if (job.state !== "RUNNING" || !details.allRunning) return broken(kept, scene, job.state);
  if (kept.ready?.since === undefined) return mended(kept, details, now);
  const began = begunAnew(kept, scene);
  const checks = judgeJob(config, began, job, details, now);
  const next = sameMarks(began.checks, checks) ? began : { ...began, checks };
  const bad = checks.find((check) => check.ok === false && check.final);
  if (bad) {
    const reason = bad.name === "restored" ? "restored_from_elsewhere" : "judged_bad";
    return goBack({ ...next, checks }, scene, reason, bad.text);
  }
  const open = checks.filter(({ ok }) => ok !== true && ok !== null);
  const trace = checks.map(asClause);
  const over = open.length === 0 || is.ordered !== undefined;
  const waits = config.approval && !is.approved && !is.ordered;
  if (over && !is.paused && !waits)
    return { ...moved(enter({ ...next, checks }, "retiring", now), "retiring", "the new job is good"), trace };
  if (is.phase === "approval") return approval(next, scene);
  if (over && !is.paused) return approval({ ...next, checks }, scene);
  if (overdue(is, scene, config.flink.deadlines.judge) && !is.paused) {
    const text = `${open.map((check) => check.text).join("; ")}, and not otherwise ${within(config.flink.deadlines.judge)}`;
    return goBack({ ...next, checks }, scene, "judged_bad", text);
  }
  const changed = next !== is;
  const text = is.paused ? "somebody paused it" : `open: ${open.map(({ name }) => name).join(", ")}`;
  const held = hold(next, is.paused ? "held_paused" : changed ? "judged" : "held_judging", text);
  return { ...held, trace: [...trace, ...held.trace] };
}

function broken(is: FlinkSwitch, scene: Scene, state: string): FlinkMoved {
  const { judge } = scene.config.flink.deadlines;
  if (overdue(is, scene, judge))
    return goBack(is, scene, "never_running", `it is ${state}, and its tasks did not all run ${within(judge)}`);
  const details = scene.look.details?.[is.jobId];
  const restarts = Math.max(0, (details?.restarts ?? 0) - (is.ready?.restarts ?? 0));
  if (restarts > scene.config.flink.judge.maxRestarts)
    return goBack(is, scene, "judged_bad", `it restarted ${restarts} times${because(is, scene)}`);
  if (is.ready?.since === undefined) return hold(is, "held_judging", `the new job is ${state}`);
  const { first: _, since: __, ...ready } = is.ready;
  return moved({ ...is, ready }, "judging_began_anew", `the new job is ${state}: its time begins anew`);
}

/** Every task runs again: its time and its output count from here, restarts and failed checkpoints from the first time. */
function mended(is: FlinkSwitch, details: JobDetails, now: Millis): FlinkMoved {
  const ready = { ...readyFrom(details, now), ...is.ready, since: now };
  return moved({ ...is, ready }, "judging_began_anew", "every task runs again");
}

/** Counters of a job that was restored anew begin at none; what was measured before is of no use then. */
function begunAnew(is: FlinkSwitch, { look, now }: Scene): FlinkSwitch {
  const details = look.details?.[is.jobId];
  if (!details || !is.ready) return is;
  const { first } = is.ready;
  if (details.out === undefined || (first && details.out >= first.out)) return is;
  return { ...is, ready: { ...is.ready, first: { at: now, out: details.out } } };
}

const asClause = ({ name, ok, text }: FlinkCheck) =>
  clause(ok === false ? "vetoed" : ok === true ? "computed" : "input", name, text, { ok: ok ?? null });

const sameMarks = (before: FlinkSwitch["checks"], checks: readonly FlinkCheck[]): boolean =>
  before !== undefined &&
  before.length === checks.length &&
  checks.every((check, index) => before[index]?.ok === check.ok);

function approval(is: FlinkSwitch, scene: Scene): FlinkMoved {
  if (is.phase === "approval")
    return hold(is, "held_approval", "a person has to approve before the old job is given up");
  const told = tell(
    enter(is, "approval", scene.now),
    scene,
    "approval_needed",
    `${is.release.version} is good and waits for approval`,
  );
  return {
    is: told.is,
    actions: told.actions,
    reason: "approval_asked",
    trace: [clause("held", "approval", "a person has to approve")],
  };
}
