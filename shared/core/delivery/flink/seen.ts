import { alive, type ListedJob } from "./job.ts";
import type { FlinkLook, FlinkSwitch } from "./types.ts";

type Jobs = Pick<FlinkLook, "jobs">;

const byId = ({ jobs }: Jobs, id: string | undefined): ListedJob | undefined => jobs?.find((job) => job.id === id);

export const oldJob = (is: FlinkSwitch, look: Jobs): ListedJob | undefined => byId(look, is.old?.jobId);
/** By the id that this rollout gave it, and by nothing else: a job of an older rollout is not taken for it. */
export const newJob = (is: FlinkSwitch, look: Jobs): ListedJob | undefined => byId(look, is.jobId);
export const againJob = (is: FlinkSwitch, look: Jobs): ListedJob | undefined => byId(look, is.again?.jobId);

/** It is listed, and is over. */
export const ended = (job: ListedJob | undefined): boolean => job !== undefined && !alive(job);
