import { formatDuration } from "../../kernel/time.ts";
import { anotherRuns, arrived, ask, end, enter, type Move, wait } from "./asking.ts";
import { own } from "./policy.ts";
import { WITHOUT } from "./requirements.ts";
import { canRunAgain, deadlineOf, isGone, mayAskAgain, missing, over, progressed, runs, type Sight } from "./sight.ts";
import type { FlinkSeen, Parallelisms, Rescale } from "./types.ts";

/**
 * Requirements were put: a 200 means accepted, not done. It is done when what is asked for is what runs, all of it, and the job gets on;
 * what is not done by the deadline goes back to what it was, once.
 */
export function inPlace(before: Rescale, sight: Sight): Move {
  const { config, seen, now, why } = sight;
  const rescale = missing(before, sight, [before.jobId]);
  const limit = deadlineOf(config);
  const taken = anotherRuns(rescale, seen, [rescale.jobId]);
  if (taken) return taken;
  if (!seen || seen.jobId !== rescale.jobId) {
    if (isGone(rescale, now)) return end(rescale, "failed", "the cluster knows the job no more");
    return wait(rescale, `the job cannot be seen: ${why}`);
  }
  if (over(seen)) return end(rescale, "failed", `the job is ${seen.state}: it is not started again without a person`);
  const { refused } = rescale.asked;
  if (refused !== undefined) return whenRefused(rescale, sight, refused);
  const foreign = askedByOthers(rescale, seen);
  if (foreign !== undefined) return end(rescale, "external", foreign);
  const back = rescale.phase === "returning";
  const goal = back ? rescale.from : rescale.to;
  const there = isAt(seen, goal) && asksFor(seen, goal);
  if (there && runs(seen)) {
    if (back) return end(rescale, "rolled_back", `${rescale.why ?? "it did not come up"}; it runs as before again`);
    const { rescale: next, done } = progressed(rescale, seen);
    if (done) return arrived(next, seen, now, "what was asked for runs");
    if (now - rescale.since < limit)
      return wait(next, "what was asked for runs; a checkpoint or records that move are awaited");
    return goBack(
      next,
      sight,
      `it ran, and neither completed a checkpoint nor moved a record within ${formatDuration(limit)}`,
    );
  }
  if (sight.without) return whenRefused(rescale, sight, WITHOUT);
  if (now - rescale.since >= limit) {
    if (back) return end(rescale, "failed", `it does not run as before within ${formatDuration(limit)} either`);
    return goBack(rescale, sight, `it did not run as asked within ${formatDuration(limit)}: ${isNow(seen)}`);
  }
  // A put whose answer was lost may have been done: then what is asked for tells.
  if (!asksFor(seen, goal) && mayAskAgain(rescale, now)) return ask(rescale, now, "it is asked for again");
  if (seen.asked === undefined && !isAt(seen, goal) && runs(seen) && mayAskAgain(rescale, now))
    return ask(rescale, now, "it is asked for again");
  return wait(rescale, `it is awaited: ${isNow(seen)}`);
}

function goBack(rescale: Rescale, { now }: Sight, why: string): Move {
  return enter({ ...rescale, why }, "returning", now, `${why}: back to what it was`);
}

/** A cluster that cannot rescale in place may be asked in the other way. */
function whenRefused(rescale: Rescale, { config, now }: Sight, refused: string): Move {
  if (rescale.phase === "returning") return end(rescale, "failed", `going back was refused: ${refused}`);
  if (!canRunAgain(config)) return end(rescale, "failed", `the cluster refused: ${refused}`);
  const text = `the cluster refused to rescale in place (${refused}): it is stopped with a savepoint and run again`;
  return enter({ ...rescale, how: "savepoint" }, "stopping", now, text);
}

/** Somebody asked for something that is neither what we want nor what was. */
function askedByOthers({ from, to }: Rescale, { asked }: FlinkSeen): string | undefined {
  if (!asked) return undefined;
  for (const vertex of Object.keys(to)) {
    const one = own(asked, vertex);
    if (one !== undefined && one !== own(to, vertex) && one !== own(from, vertex))
      return `another hand asked for ${one} of a vertex that was to have ${own(to, vertex)}`;
  }
  return undefined;
}

const isAt = ({ vertices }: FlinkSeen, goal: Parallelisms): boolean =>
  vertices.length > 0 && vertices.every(({ id, parallelism }) => own(goal, id) === parallelism);

/** Where the cluster tells what is asked for, it must be this. */
const asksFor = ({ asked }: FlinkSeen, goal: Parallelisms): boolean =>
  asked === undefined || Object.keys(goal).every((id) => (own(asked, id) ?? own(goal, id)) === own(goal, id));

function isNow({ state, allRunning, vertices }: FlinkSeen): string {
  const parallelism = vertices.map((vertex) => vertex.parallelism).join(", ");
  return `the job is ${state}, ${allRunning ? "all" : "not all"} tasks run, at parallelism ${parallelism.slice(0, 200)}`;
}
