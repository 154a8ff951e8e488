import type { RunState } from "../../shared/core/backup/run/types.ts";
import { runSubject } from "../../shared/core/backup/run/types.ts";
import type { BackupConfig } from "../../shared/core/backup/section.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";

const AT_ONCE = 10;
/** A point that is older than so many intervals is late: one run was missed, or did not end well. */
const LATE_INTERVALS = 2;

/** How old the newest good point of a plan is. */
export interface PlanAge {
  readonly plan: string;
  /** Since its cut; where there never was one, since there should be. */
  readonly ms: DurationMs;
  readonly none: boolean;
  readonly late: boolean;
}

/** Verified, where the plan has points verified; the newest first. */
function newest(state: RunState, { verify }: BackupConfig): Millis | undefined {
  const points = [state.point, ...state.ended.map(({ point }) => point)];
  const good = points.flatMap((point) => (point && (verify === "off" || point.verified === "ok") ? [point.cutAt] : []));
  return good.length === 0 ? undefined : Math.max(...good);
}

/**
 * Ages of the plans of a tenant, from what its runs keep: one small read a plan, no destination is asked. A plan that nobody has looked at yet
 * is left out: it came a moment ago.
 *
 * @throws HeadgateError of the store
 */
export async function planAges(runtime: Runtime, tenant: string): Promise<readonly PlanAge[]> {
  const plans = Object.entries((await currentConfig(runtime, tenant))?.config.backup ?? {});
  const ages = await bounded(plans, AT_ONCE, async ([plan, config]): Promise<PlanAge | undefined> => {
    const stored = await runtime.store.load({ tenant, noun: "backup", subject: runSubject(plan) });
    if (!stored) return undefined;
    const state = stored.state as unknown as RunState;
    const at = newest(state, config);
    const since = at ?? state.watchedFrom;
    if (since === undefined) return undefined;
    const ms = Math.max(0, runtime.now() - since);
    return { plan, ms, none: at === undefined, late: ms > LATE_INTERVALS * config.every };
  });
  return ages.flatMap((age) => age ?? []);
}
