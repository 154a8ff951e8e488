import { iso, type Millis } from "../../kernel/time.ts";
import type { FlinkPart } from "../format/types.ts";
import type { JobPlan, TopicPlan } from "./types.ts";

type Job = FlinkPart["jobs"][number];

/** Why a job's savepoint does not fit what is restored; empty: its offsets are those of the topics. */
function misfits(job: Job, topics: readonly TopicPlan[], cutAt: Millis): readonly string[] {
  const late = job.savepoint !== undefined && job.savepoint.takenAt > cutAt;
  return job.offsets.flatMap(({ topic: name, partition, committed, end }) => {
    const topic = topics.find(({ source }) => source === name);
    if (!topic) return [`${name} is not restored`];
    if (topic.target !== name) return [`${name} is called ${topic.target} now`];
    const part = topic.parts.find((one) => one.partition === partition);
    if (!part) return [`${name}/${partition} is not restored`];
    if (part.offsets === "translated") return [`the offsets of ${name}/${partition} are translated`];
    // What was committed before the savepoint is the least it has read. Taken before the cut, it has read no further than that; else no further than we know of.
    const read = late ? Math.max(committed ?? end, end) : (committed ?? end);
    if (late && (committed ?? end) <= part.to && end > part.to)
      return [
        `its savepoint was taken after the cut, and may have read ${name}/${partition} up to ${end}, while the restored log ends at ${part.to}`,
      ];
    if (read > part.to)
      return [`it had read ${name}/${partition} up to ${read}, and the restored log ends at ${part.to}`];
    if (committed !== undefined && committed < part.logStart)
      return [`it had read ${name}/${partition} up to ${committed}, and the restored log begins at ${part.logStart}`];
    return [];
  });
}

/** Whether each job of the point may go on from its savepoint with what is restored. */
export function planJobs(
  flink: FlinkPart | undefined,
  topics: readonly TopicPlan[],
  cutAt: Millis,
): readonly JobPlan[] {
  return (flink?.jobs ?? []).map((job): JobPlan => {
    const { name, savepoint } = job;
    if (!savepoint)
      return { name, matches: false, why: `it has no savepoint in this point${job.failure ? `: ${job.failure}` : ""}` };
    const wrong = misfits(job, topics, cutAt);
    if (wrong.length > 0)
      return {
        name,
        savepoint: savepoint.path,
        matches: false,
        why: `${wrong.join("; ")}: start it from the timestamp ${iso(savepoint.takenAt)}`,
      };
    const of = job.offsets.length;
    return {
      name,
      savepoint: savepoint.path,
      matches: true,
      why:
        of === 0
          ? "the point does not say which topics it reads; its savepoint holds its offsets"
          : `the offsets of its savepoint are those of the ${of === 1 ? "one partition" : `${of} partitions`} it had read`,
    };
  });
}
