import { type AutoPolicy, autoOf } from "../../shared/core/autoscaling/auto.ts";
import { storedPolicy } from "../../shared/core/autoscaling/tune/stored.ts";
import { tuningSubject } from "../../shared/core/autoscaling/tune/subject.ts";
import type { Pick as TunedPick, TuningReason, TuningState } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { PickView, TuningCommandView, TuningStateView, TuningView } from "../api/views-autoscaling-tune.ts";
import type { Target } from "./observe.ts";
import { noAuto } from "./tuning.ts";
import { evaluationView } from "./view.ts";

function pickView(pick: TunedPick): PickView {
  const { name, policy, written = policy, at, cost, j } = pick;
  const { fault } = storedPolicy(pick);
  return { name, policy: written, at, cost, j, ...(fault === undefined ? {} : { fault }) };
}

export function tuningStateView(auto: AutoPolicy, state: TuningState | undefined): TuningStateView {
  const { pick, proposal, last, dueAt } = state ?? {};
  return {
    mode: auto.apply,
    ...(pick ? { pick: pickView(pick) } : {}),
    ...(proposal ? { proposal: pickView(proposal) } : {}),
    ...(last
      ? {
          last: {
            at: last.at,
            reason: last.reason,
            ...(last.why === undefined ? {} : { why: last.why }),
            ...(last.days === undefined ? {} : { days: last.days }),
            ...(last.without === undefined ? {} : { without: last.without }),
            ...(last.regret === undefined ? {} : { regret: last.regret }),
          },
        }
      : {}),
    ...(dueAt === undefined ? {} : { dueAt }),
  };
}

/**
 * What `auto` of a service stands for, from one small read: nothing is played.
 *
 * @throws HeadgateError `service.unknown` where the service has no policy `auto`; `store.unavailable`
 */
export async function tuningView(
  runtime: Runtime,
  tenant: string,
  { name: service, config }: Target,
): Promise<TuningView> {
  const auto = autoOf(config);
  if (!auto) throw noAuto(service);
  const stored = await runtime.store.load({ tenant, noun: "autoscaling", subject: tuningSubject(service) });
  const tuning = tuningStateView(auto, stored?.state as TuningState | undefined);
  return { clock: clockOf(runtime), service, tuning };
}

/** What became of a command, and what `auto` stands for now. */
export async function tuningCommandView(
  runtime: Runtime,
  tenant: string,
  target: Target,
  result: RunResult<TuningReason>,
): Promise<TuningCommandView> {
  const view = await tuningView(runtime, tenant, target);
  return { ...view, command: await evaluationView(runtime, target.name, result) };
}

/**
 * Hands a look over to who has the time for it, and says where its outcome will be told.
 *
 * @throws HeadgateError `service.unknown` where the service has no policy `auto`; `timers.unavailable`, `store.unavailable`
 */
export async function tuningLaterView(
  runtime: Runtime,
  tenant: string,
  target: Target,
  detail: string,
): Promise<TuningCommandView | undefined> {
  if (!runtime.tunings) return undefined;
  const view = await tuningView(runtime, tenant, target);
  await runtime.tunings.look({ tenant, service: target.name, detail });
  return { ...view, look: `/api/v1/autoscaling/${encodeURIComponent(target.name)}/tuning` };
}
