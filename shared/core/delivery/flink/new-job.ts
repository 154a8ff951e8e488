import { bears } from "./job.ts";
import { goBack, type Scene } from "./moves.ts";
import type { FlinkMoved, FlinkSwitch } from "./types.ts";

/** A job that was seen and is not listed any more: a job manager that comes back needs a while to list what it recovers. */
export function vanished(is: FlinkSwitch, scene: Scene): FlinkMoved | undefined {
  if (is.goneSince === undefined || scene.now - is.goneSince < scene.config.lingerMs) return undefined;
  return goBack(is, scene, "new_job_gone", "the cluster does not know the new job any more");
}

/** It is listed (again). */
export function listed(is: FlinkSwitch): FlinkSwitch {
  if (is.goneSince === undefined) return is;
  const { goneSince: _, ...rest } = is;
  return rest;
}

/** A name under which nobody would find it the next time. */
export const nameFault = ({ config: { flink } }: Scene, name: string): string | undefined =>
  bears(flink.jobName, name)
    ? undefined
    : `it calls itself ${JSON.stringify(name)}, and ${JSON.stringify(flink.jobName)} would not find it`;

/** Why it failed, as the end of a sentence. */
export const because = (is: FlinkSwitch, { look }: Scene): string => {
  const why = look.details?.[is.jobId]?.failure;
  return why === undefined ? "" : `: ${why}`;
};
