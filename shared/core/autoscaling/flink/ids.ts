import { hex128 } from "../../kernel/hash.ts";
import type { FlinkScalingState, Rescale } from "./types.ts";

/** 32 hex digits made from the rescale: with it Flink takes one savepoint, however often it is asked. */
export const triggerIdOf = ({ key }: Pick<Rescale, "key">): string => hex128(`${key} savepoint`);

/** Id of the job that runs with the new parallelism: submitted again, it starts no second one. */
export const newJobIdOf = ({ key }: Pick<Rescale, "key">): string => hex128(`${key} job`);

/** Id of the job that runs with the old parallelism again. */
export const backJobIdOf = ({ key }: Pick<Rescale, "key">): string => hex128(`${key} back`);

/** What a look has to read. */
export interface Wanted {
  /** The first of these that the cluster lists is looked at; where none is, the job is found by its name. */
  readonly jobIds: readonly string[];
  /** The savepoint that is being waited for. */
  readonly savepoint?: { readonly jobId: string; readonly triggerId: string };
}

/** What the next look has to read, beside the job of this name. */
export function wanted(state: FlinkScalingState | undefined): Wanted {
  const rescale = state?.rescale;
  if (!rescale) return { jobIds: [] };
  const { how, phase, jobId, started } = rescale;
  const own = started === undefined ? [] : [started];
  if (how === "in-place") return { jobIds: [jobId] };
  switch (phase) {
    case "stopping":
      return { jobIds: [jobId], savepoint: { jobId, triggerId: triggerIdOf(rescale) } };
    case "returning":
      return { jobIds: [backJobIdOf(rescale), ...own, newJobIdOf(rescale)] };
    default:
      return { jobIds: [newJobIdOf(rescale), ...own] };
  }
}
