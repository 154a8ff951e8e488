import * as v from "valibot";
import { deployed } from "../deployed.ts";
import { throwAll } from "../throw-all.ts";
import type { EvaluatedRule } from "./evaluate-group.ts";

const MonitoringEvent = v.object({ kind: v.picklist(["minute", "rules", "collect"]), id: v.optional(v.string()) });

/**
 * Ends an invocation in failure where rules could not be decided, so that the caller's retry sees to them. A rule whose query had no
 * answer is not among them: it is held, on record, and asked again at the next evaluation.
 */
export function throwUndecided(evaluated: readonly EvaluatedRule[]): void {
  throwAll(errorsOf(evaluated), "rules could not be evaluated");
}

const errorsOf = (outcomes: readonly { readonly error?: Error }[]): readonly Error[] =>
  outcomes.flatMap(({ error }) => error ?? []);

/**
 * Lambda: EventBridge Scheduler with `{"kind":"minute"}` each minute. `rules` evaluates the groups that are due; groups with
 * shorter intervals catch up on theirs. `collect` asks the services under `monitoring.services` that are due, and decides their
 * metric-path rules. `minute` is both, and neither waits for the other or fails with it.
 */
export async function handler(event: unknown): Promise<void> {
  const { kind, id } = v.parse(MonitoringEvent, event);
  const { runtime, tenant } = await deployed();
  // Loaded with the first event: PromQL and templates are larger than everything else, and importing a handler costs each cold start.
  const work = {
    rules: async () => {
      const { evaluateRules } = await import("./evaluate.ts");
      throwUndecided(await evaluateRules(runtime, { tenant, trigger: triggerOf("rules", id) }));
    },
    collect: async () => {
      const { collectServices } = await import("./collect-deferred.ts");
      const collected = await collectServices(runtime, { tenant, trigger: triggerOf("collect", id) });
      throwAll(errorsOf(collected), "services could not be collected");
    },
  };
  try {
    const all = await Promise.allSettled(kind === "minute" ? [work.rules(), work.collect()] : [work[kind]()]);
    for (const one of all) if (one.status === "rejected") throw one.reason;
  } finally {
    await runtime.telemetry.flush();
  }
}

const triggerOf = (detail: string, id: string | undefined) => ({
  type: "schedule" as const,
  ...(id === undefined ? {} : { id }),
  detail,
});
