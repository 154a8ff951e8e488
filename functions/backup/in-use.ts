import { type DrillState, drillSubject } from "../../shared/core/backup/drill/types.ts";
import { isOver } from "../../shared/core/backup/restore/machine.ts";
import type { RestoreState } from "../../shared/core/backup/restore/state.ts";
import { type RunState, runSubject } from "../../shared/core/backup/run/types.ts";
import type { PlanContext } from "./context.ts";
import type { PruneOptions } from "./prune.ts";

const runningOf = ({ current }: Partial<RunState>): NonNullable<PruneOptions["running"]> =>
  current ? [{ id: current.id, ...(current.cut?.previous ? { base: current.cut.previous } : {}) }] : [];

/**
 * What pruning has to leave alone beside what the plan keeps: the run under way with the point it continues, and points that a restore or a drill reads.
 *
 * @throws HeadgateError of the store
 */
export async function pointsInUse({
  runtime,
  tenant,
  name,
}: Pick<PlanContext, "runtime" | "tenant" | "name">): Promise<Required<Pick<PruneOptions, "running" | "inUse">>> {
  const { store } = runtime;
  const inUse = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await store.list(tenant, "backup", { prefix: "restore:", ...(cursor ? { cursor } : {}) });
    for (const { state } of page.items) {
      const { job } = state as unknown as RestoreState;
      if (job?.plan === name && !isOver(job)) inUse.set(job.point, `restore ${job.id} reads it`);
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
  const drills = await store.load({ tenant, noun: "backup", subject: drillSubject(name) });
  const { current } = (drills?.state ?? {}) as unknown as Partial<DrillState>;
  if (current?.point) inUse.set(current.point.id, `drill ${current.id} reads it`);
  const run = await store.load({ tenant, noun: "backup", subject: runSubject(name) });
  return { inUse, running: runningOf((run?.state ?? {}) as unknown as Partial<RunState>) };
}
