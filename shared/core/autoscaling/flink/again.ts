import { formatDuration } from "../../kernel/time.ts";
import { anotherRuns, arrived, ask, end, enter, type Move, wait } from "./asking.ts";
import { backJobIdOf, newJobIdOf } from "./ids.ts";
import { deadlineOf, isGone, mayAskAgain, missing, over, progressed, runs, type Sight } from "./sight.ts";
import type { FlinkSeen, Rescale } from "./types.ts";

/**
 * The other way: stop with a savepoint, then run with another parallelism from it. From the moment the stop was asked for, nobody but us
 * starts the job again, so nothing here gives up while it is down: what is missing is asked for again and again.
 */
export function runAgain(before: Rescale, sight: Sight): Move {
  const rescale = noted(missing(before, sight, awaited(before)), sight);
  const { jobId, started } = rescale;
  const taken = anotherRuns(rescale, sight.seen, [jobId, newJobIdOf(rescale), backJobIdOf(rescale), started]);
  if (taken) return taken;
  switch (rescale.phase) {
    case "requiring":
    case "stopping":
      return stopping(rescale, sight);
    case "starting":
      return starting(rescale, sight);
    case "cancelling":
      return cancelling(rescale, sight);
    case "returning":
      return returning(rescale, sight);
  }
}

/** Jobs whose absence matters in this phase. */
function awaited(rescale: Rescale): readonly (string | undefined)[] {
  const { phase, jobId, started } = rescale;
  if (phase === "requiring" || phase === "stopping") return [jobId];
  return [phase === "returning" ? backJobIdOf(rescale) : newJobIdOf(rescale), started];
}

/** The newest checkpoint of the old job is what there is to start from if its savepoint is lost. */
function noted(rescale: Rescale, { seen }: Sight): Rescale {
  if (seen?.jobId !== rescale.jobId) return rescale;
  const { lastPath } = seen.checkpoints ?? {};
  return lastPath === undefined || lastPath === rescale.checkpoint ? rescale : { ...rescale, checkpoint: lastPath };
}

function stopping(rescale: Rescale, sight: Sight): Move {
  const { config, seen, savepoint, now, why } = sight;
  const old = seen?.jobId === rescale.jobId ? seen : undefined;
  if (savepoint?.status === "completed") {
    const taken = { ...rescale, savepoint: savepoint.path };
    if (old && !over(old)) return wait(taken, `the savepoint is ${savepoint.path}; the job is still ${old.state}`);
    if (old?.state === "CANCELED") return end(taken, "external", "another hand cancelled the job");
    if (!seen && !sight.gone) return wait(taken, `the job cannot be seen: ${why}`);
    return enter(taken, "starting", now, `the savepoint is ${savepoint.path}: it is run from it`);
  }
  if (rescale.asked.refused !== undefined) {
    if (old && over(old)) return recovered(rescale, old, sight, `the stop was refused (${rescale.asked.refused})`);
    if (old) return end(rescale, "failed", `the stop was refused: ${rescale.asked.refused}`);
  }
  const limit = deadlineOf(config);
  if (savepoint?.status === "in_progress" && !(old && over(old) && now - rescale.since >= limit))
    return wait(rescale, "the savepoint is being taken");
  if (savepoint?.status === "failed") {
    const failed = `the savepoint failed (${savepoint.why.slice(0, 300)})`;
    if (old && !over(old)) return end(rescale, "failed", `${failed}; the job goes on as it was`);
    if (old || isGone(rescale, now)) return recovered(rescale, old, sight, failed);
    return wait(rescale, `${failed}; the job cannot be seen: ${why}`);
  }
  if (!old) {
    if (isGone(rescale, now)) return recovered(rescale, undefined, sight, "the cluster knows the job no more");
    return wait(rescale, `the job cannot be seen: ${why}`);
  }
  if (over(old)) return recovered(rescale, old, sight, `the job is ${old.state}, and its savepoint is not known`);
  if (savepoint?.status === "unknown" && mayAskAgain(rescale, now)) {
    if (now - rescale.since >= limit && old.state === "RUNNING")
      return end(rescale, "failed", `no savepoint within ${formatDuration(limit)}; the job goes on as it was`);
    return ask(rescale, now, "the stop with a savepoint is asked for again");
  }
  if (rescale.asked.skipped) return ask(rescale, now, "the stop with a savepoint is asked for again");
  return wait(
    rescale,
    savepoint ? "the stop with a savepoint was asked for" : "how the savepoint is could not be read",
  );
}

/** The job is down and its savepoint did not come to be: it runs as before, from the newest state there is. */
function recovered(rescale: Rescale, old: FlinkSeen | undefined, { now }: Sight, why: string): Move {
  if (old?.state === "CANCELED") return end(rescale, "external", "another hand cancelled the job");
  const { savepointPath } = old?.checkpoints ?? {};
  const ours = savepointPath !== undefined && savepointPath !== rescale.savepointBefore ? savepointPath : undefined;
  // Stopped by us it would tell of our savepoint: what it did last is done, and would be done twice.
  if (old?.state === "FINISHED" && old.checkpoints && rescale.savepoint === undefined && ours === undefined)
    return end(rescale, "failed", `${why}: it has finished by itself and is not started again`);
  const path = rescale.savepoint ?? ours ?? rescale.checkpoint ?? rescale.savepointBefore;
  if (path === undefined)
    return end(rescale, "failed", `${why}: the job is down, and there is no state that it could start from`);
  return enter({ ...rescale, savepoint: path, why }, "returning", now, `${why}: it is run as before, from ${path}`);
}

function starting(rescale: Rescale, sight: Sight): Move {
  const { config, seen, now, why } = sight;
  const job = mine(rescale, newJobIdOf(rescale), seen);
  if (job?.state === "FAILED") return goBack(rescale, sight, "it failed with the new parallelism");
  if (job?.state === "CANCELED") return end(rescale, "external", "another hand cancelled the job");
  if (job?.state === "FINISHED") return arrived(rescale, job, now, "it has finished");
  if (job) {
    if (runs(job)) {
      const { rescale: next, done } = progressed(rescale, job);
      if (done) return arrived(next, job, now, "it runs with the new parallelism");
      return late(next, sight) ?? wait(next, "it runs; a checkpoint or records that move are awaited");
    }
    return late(rescale, sight) ?? wait(rescale, `the new job is ${job.state}`);
  }
  if (itself(rescale, seen)) return end(rescale, "rolled_back", ITSELF);
  if (rescale.asked.refused !== undefined) return goBack(rescale, sight, `it was refused: ${rescale.asked.refused}`);
  if (mayAskAgain(rescale, now)) return ask(rescale, now, "it is asked to run again");
  return wait(rescale, `the new job cannot be seen yet${seen ? "" : `: ${why}`}`, lateIn(rescale, config, now));
}

/** A job that is ours: the id we gave, or the one that the cluster gave instead. */
const mine = (rescale: Rescale, id: string, seen: FlinkSeen | undefined): FlinkSeen | undefined =>
  seen && (seen.jobId === id || seen.jobId === rescale.started) ? seen : undefined;

/** The job that was stopped runs again by itself, as where its job manager had not noted that it was over: then nothing is run beside it. */
const itself = ({ jobId, asked }: Rescale, seen: FlinkSeen | undefined): boolean =>
  asked.skipped === true && seen?.jobId === jobId && runs(seen);
const ITSELF = "the job that was stopped runs again by itself, and none is run beside it";

/** A job that came up and does not get on is taken away before the old one runs again: two would write beside each other. */
function late(rescale: Rescale, { config, now }: Sight): Move | undefined {
  const limit = deadlineOf(config);
  if (now - rescale.since < limit) return undefined;
  const why = `it did not get on with the new parallelism within ${formatDuration(limit)}`;
  return enter({ ...rescale, why }, "cancelling", now, `${why}: it is cancelled`);
}

/** A job that is down past its deadline is told so at each look, and still waited for. */
const lateIn = (rescale: Rescale, config: Sight["config"], now: number): { readonly stuck?: true } =>
  now - rescale.since >= deadlineOf(config) ? { stuck: true } : {};

const goBack = (rescale: Rescale, { now }: Sight, why: string): Move =>
  enter({ ...rescale, why }, "returning", now, `${why}: it is run as before, from the same savepoint`);

function cancelling(rescale: Rescale, sight: Sight): Move {
  const { seen, now, why } = sight;
  const job = mine(rescale, newJobIdOf(rescale), seen);
  if (job && !over(job)) {
    if (mayAskAgain(rescale, now)) return ask(rescale, now, "it is cancelled again");
    return wait(rescale, `the new job is ${job.state}`);
  }
  if (job?.state === "FINISHED") return arrived(rescale, job, now, "it has finished");
  if (job || isGone(rescale, now)) return goBack(rescale, sight, rescale.why ?? "it did not get on");
  return wait(rescale, `the new job cannot be seen: ${why}`);
}

/** A job that was refused is asked for again after so long. */
const REFUSED_MS = 5 * 60_000;

function returning(rescale: Rescale, sight: Sight): Move {
  const { config, seen, now, why } = sight;
  // Refused, and come up all the same: it makes room, also where the old one runs beside it already.
  const ours = newJobIdOf(rescale);
  const { started: _, ...unstarted } = rescale;
  if ((seen?.jobId === ours && !over(seen)) || sight.beside.includes(ours))
    return enter(unstarted, "cancelling", now, "the job with the new parallelism came up late: it is cancelled");
  const job = mine(rescale, backJobIdOf(rescale), seen);
  if (job?.state === "CANCELED") return end(rescale, "external", "another hand cancelled the job");
  if (job && over(job) && job.state === "FAILED")
    return end(rescale, "failed", `${rescale.why ?? ""}; it failed with the old parallelism too: a person is needed`);
  if (job && (over(job) || runs(job)))
    return end(rescale, "rolled_back", `${rescale.why ?? "it did not come up"}; it runs as before again`);
  if (job) return wait(rescale, `the job that runs as before is ${job.state}`, lateIn(rescale, config, now));
  if (itself(rescale, seen)) return end(rescale, "rolled_back", `${rescale.why ?? "it did not come up"}; ${ITSELF}`);
  const { refused, at } = rescale.asked;
  if (refused !== undefined) {
    if (now - at >= REFUSED_MS) return ask(rescale, now, "it is asked to run as before again");
    return wait(rescale, `running as before was refused: ${refused}; the job is down, a person is needed`, {
      stuck: true,
    });
  }
  if (mayAskAgain(rescale, now)) return ask(rescale, now, "it is asked to run as before again");
  return wait(
    rescale,
    `the job that runs as before cannot be seen yet${seen ? "" : `: ${why}`}`,
    lateIn(rescale, config, now),
  );
}
