import { type RunState, runSubject } from "../../shared/core/backup/run/types.ts";
import type { BackupNeed } from "../../shared/core/cost/retention/types.ts";
import { matcher } from "../../shared/core/kernel/patterns.ts";
import type { CostWork } from "./context.ts";

/**
 * The backup plans of the configuration that take topics of a cluster, each with the longest of its runs that are remembered: who takes what.
 *
 * @throws HeadgateError of the store
 */
export async function backupNeeds(
  { runtime, tenant, all }: CostWork,
  cluster: string,
): Promise<(topic: string) => readonly BackupNeed[]> {
  const clusters = Object.keys(all?.streams ?? {});
  const takes: { readonly wanted: (topic: string) => boolean; readonly need: BackupNeed }[] = [];
  for (const [plan, { what, every, deadline }] of Object.entries(all?.backup ?? {})) {
    const { topics } = what;
    if (topics === false) continue;
    const of = topics?.cluster ?? (clusters.length === 1 ? clusters[0] : undefined);
    if (of !== cluster) continue;
    const stored = await runtime.store.load({ tenant, noun: "backup", subject: runSubject(plan) });
    const state = stored?.state as unknown as RunState | undefined;
    const ran = (state?.ended ?? []).map(({ startedAt, endedAt }) => endedAt - startedAt);
    // One that is under way may be the longest of them all.
    if (state?.current) ran.push(runtime.now() - state.current.startedAt);
    const runMs = ran.length === 0 ? undefined : Math.max(...ran);
    takes.push({
      wanted: matcher(topics?.include ?? ["*"], topics?.exclude ?? []),
      need: { plan, everyMs: every, deadlineMs: deadline, ...(runMs === undefined ? {} : { runMs }) },
    });
  }
  return (topic) => takes.flatMap(({ wanted, need }) => (wanted(topic) ? [need] : []));
}
