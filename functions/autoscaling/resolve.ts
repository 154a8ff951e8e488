import { autoOf, resolved } from "../../shared/core/autoscaling/auto.ts";
import { type StoredPolicy, storedPolicy } from "../../shared/core/autoscaling/tune/stored.ts";
import { tuningSubject } from "../../shared/core/autoscaling/tune/subject.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";

const AT_ONCE = 50;

/** The policy that a stored tuning runs; neither member: nothing was picked. */
export const pickOf = (state: Json | undefined): StoredPolicy =>
  storedPolicy((state as { readonly pick?: unknown } | undefined)?.pick);

/**
 * What was picked takes the place of `auto`: one small read for each service that has it, none for the others. Where it cannot be read `auto` stays,
 * and the service holds: the default is another policy than what runs, and neither a store that is away for a moment nor a pick that makes no sense
 * must change it.
 */
export async function resolveTargets<
  T extends { readonly name: string; readonly config: Parameters<typeof resolved>[0] },
>(runtime: Runtime, tenant: string, targets: readonly T[]): Promise<readonly T[]> {
  if (!targets.some(({ config }) => autoOf(config))) return targets;
  return bounded(targets, AT_ONCE, async (target) => {
    if (!autoOf(target.config)) return target;
    try {
      const stored = await runtime.store.load({ tenant, noun: "autoscaling", subject: tuningSubject(target.name) });
      const { policy, fault } = pickOf(stored?.state);
      if (fault !== undefined) throw new Error(fault);
      return { ...target, config: resolved(target.config, policy) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", "the picked policy could not be read; the service holds", {
        tenant,
        service: target.name,
        error: message,
      });
      return target;
    }
  });
}
