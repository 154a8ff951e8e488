import * as v from "valibot";
import { deployed } from "../deployed.ts";
import { type EvaluatedRule, evaluateRules } from "./evaluate.ts";

const MonitoringEvent = v.object({ kind: v.picklist(["rules", "collect"]), id: v.optional(v.string()) });

/**
 * Ends an invocation in failure where rules could not be decided, so that the caller's retry sees to them. A rule whose query had no
 * answer is not among them: it is held, on record, and asked again at the next evaluation.
 */
export function throwUndecided(evaluated: readonly EvaluatedRule[]): void {
  throwAll(evaluated, "rules could not be evaluated");
}

function throwAll(outcomes: readonly { readonly error?: Error }[], what: string): void {
  const errors = outcomes.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (!first) return;
  throw errors.length === 1 ? first : new AggregateError(errors, `${errors.length} ${what}`);
}

/**
 * Lambda: EventBridge Scheduler with `{"kind":"rules"}` each minute; groups with shorter intervals catch up on theirs. With
 * `{"kind":"collect"}` the services under `monitoring.services` that are due are collected, and their metric-path rules decided.
 */
export async function handler(event: unknown): Promise<void> {
  const { kind, id } = v.parse(MonitoringEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    const trigger = { type: "schedule" as const, ...(id === undefined ? {} : { id }), detail: kind };
    if (kind === "collect") {
      const { collectServices } = await import("./collect-deferred.ts");
      throwAll(await collectServices(runtime, { tenant, trigger }), "services could not be collected");
    } else throwUndecided(await evaluateRules(runtime, { tenant, trigger }));
  } finally {
    await runtime.telemetry.flush();
  }
}
