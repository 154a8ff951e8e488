import { autoOf, resolved } from "../../shared/core/autoscaling/auto.ts";
import { regretting } from "../../shared/core/autoscaling/tune/regret.ts";
import { tuningSubject } from "../../shared/core/autoscaling/tune/subject.ts";
import type { TuningState } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { RegretView } from "../api/views-autoscaling-tune.ts";
import type { Target } from "./observe.ts";
import { inTime, MOST_DAYS, type Patience } from "./patience.ts";
import { ready } from "./played.ts";
import { recordedLoad } from "./recorded.ts";
import { pickOf } from "./resolve.ts";
import { optionsOf, playedDays } from "./tuning.ts";
import { tuningStateView } from "./tuning-view.ts";

/** Days of recorded load without which nothing can be compared: one warms up. */
const LEAST_DAYS = 2;

/**
 * What the policy of a service cost over its recorded load, against the best in hindsight and perfect foresight.
 *
 * @throws HeadgateError `history.short`, `input.too_large` where the time is over, `samples.unavailable`, `store.unavailable`
 */
export async function regretView(
  runtime: Runtime,
  tenant: string,
  target: Target,
  patience?: Patience,
): Promise<RegretView> {
  const started = performance.now();
  const { name: service, config } = target;
  const [load, stored] = await Promise.all([
    recordedLoad(runtime, tenant, target, { leastDays: LEAST_DAYS, mostDays: MOST_DAYS }),
    runtime.store.load({ tenant, noun: "autoscaling", subject: tuningSubject(service) }),
  ]);
  const auto = autoOf(config);
  const state = stored?.state as TuningState | undefined;
  const { policy: pick } = pickOf(stored?.state);
  const running = resolved(config, pick);
  const policy = auto
    ? ((pick && state?.pick?.name) ?? "the default forecast")
    : config.policies.map(({ type }) => type).join(", ");
  const { stage, view, notes } = ready(load);
  const turns = regretting(stage, { name: policy, config: running }, playedDays(stage), optionsOf(auto));
  const regret = await inTime(turns, patience, instead(auto !== undefined, service));
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

const instead = (auto: boolean, service: string): string =>
  auto
    ? `what the last look of auto found is kept in /api/v1/autoscaling/${service}/tuning`
    : "play a recording with the command line on a machine of your own";
