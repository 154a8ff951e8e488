import { flinkSubject } from "../../../shared/core/delivery/flink/machine.ts";
import type { FlinkRelease, FlinkState } from "../../../shared/core/delivery/flink/types.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { allItems } from "../../alerting/all-items.ts";
import { DELIVERY_NOUN } from "../../delivery/rollout.ts";
import type { PartContext } from "./types.ts";

/** What a job was started with. */
export type OwnProgram = Pick<FlinkRelease, "jarFile" | "jarId" | "entryClass" | "arguments">;

/** Programs of the jobs that rollouts of ours started, by job; a session cluster does not tell what it was given. Empty where that cannot be read. */
export async function ownPrograms({ runtime, tenant }: PartContext): Promise<ReadonlyMap<string, OwnProgram>> {
  const programs = new Map<string, OwnProgram>();
  const items = await allItems(runtime as Runtime, tenant, DELIVERY_NOUN, flinkSubject("")).catch(() => []);
  for (const { state } of items) {
    const { current, ended = [], stable } = state as unknown as FlinkState;
    // Older first: what is known last counts.
    for (const one of [...ended].reverse().concat(current ?? [])) {
      if (one.old?.release) programs.set(one.old.jobId, one.old.release);
      if (one.again && one.old?.release) programs.set(one.again.jobId, one.old.release);
      programs.set(one.jobId, one.release);
    }
    if (stable?.release) programs.set(stable.jobId, stable.release);
  }
  return programs;
}
