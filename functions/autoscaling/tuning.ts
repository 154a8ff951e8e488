import { type AutoPolicy, autoOf, resolved } from "../../shared/core/autoscaling/auto.ts";
import { type Days, daysIn, warmupDays } from "../../shared/core/autoscaling/backtest/days.ts";
import type { Policy } from "../../shared/core/autoscaling/config.ts";
import { tuningMachine } from "../../shared/core/autoscaling/tune/machine.ts";
import { costOf, goalOf, keeps } from "../../shared/core/autoscaling/tune/objective.ts";
import { playing, type Stage } from "../../shared/core/autoscaling/tune/play.ts";
import { regretOf } from "../../shared/core/autoscaling/tune/regret.ts";
import { tuningSubject } from "../../shared/core/autoscaling/tune/subject.ts";
import { type TuneOptions, tuneDays, tuning } from "../../shared/core/autoscaling/tune/tune.ts";
import type { Judged, TuningInput, TuningReason } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import type { Target } from "./observe.ts";
import { inTime, type Patience } from "./patience.ts";
import { ready } from "./played.ts";
import { recorded } from "./recorded.ts";
import { pickOf } from "./resolve.ts";
import { targetsOf } from "./targets.ts";

export interface TuningRequest {
  readonly tenant: string;
  readonly service: string;
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
  /** What a person asks for; absent: a backtest is run. */
  readonly command?: Extract<TuningInput, { kind: "apply" | "dismiss" }>;
  /** How long a backtest may take. Default: as long as it takes. */
  readonly patience?: Patience;
}

/**
 * Picks anew what `auto` of a service stands for, or does what a person asks: load → backtest → step → claim → settle.
 *
 * @throws HeadgateError `service.unknown` where the service has no policy `auto`; `input.too_large` where the time is over; `samples.unavailable`,
 *   `store.unavailable`
 */
export async function runTuning(runtime: Runtime, request: TuningRequest): Promise<RunResult<TuningReason>> {
  const { tenant, service, trigger, parent, command, patience } = request;
  const current = await currentConfig(runtime, tenant);
  const [target] = current ? targetsOf(current.config, [service]) : [];
  const auto = target && autoOf(target.config);
  if (!current || !auto) throw noAuto(service);
  return run(runtime, {
    machine: tuningMachine,
    ...{ tenant, subject: tuningSubject(service), mode: auto.apply === "apply" ? "act" : "recommend" },
    ...{ config: auto, configVersion: current.version, trigger },
    ...(parent ? { parent } : {}),
    // Minutes of work may lie between two attempts; whatever was decided meanwhile is what the next one is compared with.
    observe: async () => command ?? look(runtime, tenant, target, auto, patience),
    perform: async (action: never) => action,
  });
}

export const noAuto = (service: string): HeadgateError =>
  new HeadgateError(
    "service.unknown",
    `no service ${JSON.stringify(service.slice(0, 200))} is configured with the policy auto`,
  );

export function optionsOf(auto: AutoPolicy | undefined): TuneOptions {
  if (!auto) return {};
  const { objective, actionsPerDay, arrivals, backlog } = auto;
  return { ...(objective ? { objective } : {}), actionsPerDay, signals: { arrivals, backlog } };
}

/** The days after the warm-up. */
export function playedDays({ work }: Stage): Days {
  const minutes = work.arrivals.length;
  return [Math.min(warmupDays(minutes) + 1, daysIn(minutes)), daysIn(minutes)];
}

/** Plays what was recorded: what is best, what runs now on the same days, and what that cost. */
async function look(
  runtime: Runtime,
  tenant: string,
  target: Target,
  auto: AutoPolicy,
  patience: Patience | undefined,
): Promise<TuningInput> {
  const found = await recorded(runtime, tenant, target);
  const whole = Math.floor(found.days);
  if (!found.ok) return { kind: "unfound", what: found.what, why: found.why, days: whole };
  const stored = await runtime.store.load({ tenant, noun: "autoscaling", subject: tuningSubject(target.name) });
  const { policy: pick, fault } = pickOf(stored?.state);
  const { stage } = ready(found.load);
  const options = optionsOf(auto);
  const days = tuneDays(stage.work.arrivals.length, options);
  if (!days) return { kind: "unfound", what: "too_little_history", why: "one day was recorded", days: whole };
  const tuned = await inTime(tuning(stage, days, options), patience, SWITCH_ON);
  const config = resolved(target.config, pick);
  const policy = policyIn(config, target, auto);
  const name = (pick && nameOf(stored?.state)) ?? "the default forecast";
  const now = (await inTime(playing(stage, config, days.score, name), patience, SWITCH_ON)).measures;
  const goal = goalOf(auto.objective, stage.meanTasks);
  const judge = (run: typeof now): Judged => ({ cost: costOf(goal, run), j: run.j, keeps: keeps(goal, run) });
  const { picked, withinLimits } = tuned;
  return {
    kind: "result",
    found: { ...picked, ...judge(tuned), withinLimits },
    current: { name, policy, ...judge(now), ...(fault === undefined ? {} : { fault }) },
    days: whole,
    ...(stage.without ? { without: stage.without } : {}),
    // What is known on these days; the best in hindsight is asked for by whoever wants to know.
    regret: regretOf(goal, { ...now, name }, [{ ...tuned, name: picked.name }]),
  };
}

/** A request waits for it only where the function that has the time is not deployed. */
const SWITCH_ON = "HEADGATE_TUNING=on deploys a function that has a quarter of an hour for it";

/** The policy that stands where `auto` stood. */
function policyIn(config: Target["config"], target: Target, auto: AutoPolicy): Policy {
  return config.policies[target.config.policies.indexOf(auto)] as Policy;
}

function nameOf(state: unknown): string | undefined {
  return (state as { readonly pick?: { readonly name?: string } } | undefined)?.pick?.name;
}
