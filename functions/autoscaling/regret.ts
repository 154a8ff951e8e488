import type { AutoPolicy } from "../../shared/core/autoscaling/auto.ts";
import { autoOf, resolved } from "../../shared/core/autoscaling/auto.ts";
import { regretting } from "../../shared/core/autoscaling/tune/regret.ts";
import { tuningSubject } from "../../shared/core/autoscaling/tune/subject.ts";
import type { Pick as TunedPick, TuningReason, TuningState } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import type { Objective } from "../../shared/core/autoscaling/tune/types.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { PickView, RegretView, TuningStateView, TuningView } from "../api/views-autoscaling-tune.ts";
import { gently } from "./lab.ts";
import type { Target } from "./observe.ts";
import { ready } from "./played.ts";
import { recordedLoad } from "./recorded.ts";
import { pickOf } from "./resolve.ts";
import { optionsOf, playedDays } from "./tuning.ts";
import { evaluationView } from "./view.ts";

/** Days of recorded load without which nothing can be compared: one warms up. */
const LEAST_DAYS = 2;

/**
 * What the policy of a service cost over its recorded load, against the best in hindsight and perfect foresight.
 *
 * @throws HeadgateError `history.short`, `samples.unavailable`, `store.unavailable`
 */
export async function regretView(
  runtime: Runtime,
  tenant: string,
  target: Target,
  objective?: Objective,
): Promise<RegretView> {
  const started = performance.now();
  const { name: service, config } = target;
  const [load, stored] = await Promise.all([
    recordedLoad(runtime, tenant, target, LEAST_DAYS),
    runtime.store.load({ tenant, noun: "autoscaling", subject: tuningSubject(service) }),
  ]);
  const auto = autoOf(config);
  const state = stored?.state as TuningState | undefined;
  const running = resolved(config, pickOf(stored?.state));
  const policy = auto
    ? (state?.pick?.name ?? "the default forecast")
    : config.policies.map(({ type }) => type).join(", ");
  const { stage, view, notes } = ready(load);
  const options = { ...optionsOf(auto), ...(objective ? { objective } : {}) };
  const regret = await gently(regretting(stage, { name: policy, config: running }, playedDays(stage), options));
  return {
    clock: clockOf(runtime),
    service,
    load: view,
    policy,
    regret,
    ...(auto ? { tuning: tuningStateView(auto, state) } : {}),
    elapsedMs: Math.round((performance.now() - started) * 10) / 10,
    notes: ["every policy was played over the recorded load: what is compared are simulated costs", ...notes],
  };
}

function pickView({ name, written, at, cost, j }: TunedPick): PickView {
  return { name, policy: written, at, cost, j };
}

function tuningStateView(auto: AutoPolicy, state: TuningState | undefined): TuningStateView {
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
            ...(last.regret === undefined ? {} : { regret: last.regret }),
          },
        }
      : {}),
    ...(dueAt === undefined ? {} : { dueAt }),
  };
}

/** What became of a command, and what `auto` stands for now. */
export async function tuningView(
  runtime: Runtime,
  tenant: string,
  { name: service, config }: Target,
  result: RunResult<TuningReason>,
): Promise<TuningView> {
  const stored = await runtime.store.load({ tenant, noun: "autoscaling", subject: tuningSubject(service) });
  return {
    clock: clockOf(runtime),
    service,
    tuning: tuningStateView(autoOf(config) as AutoPolicy, stored?.state as TuningState | undefined),
    command: await evaluationView(runtime, service, result),
  };
}
