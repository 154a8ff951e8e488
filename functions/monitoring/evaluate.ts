import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { type EvaluatedRule, evaluateGroup } from "./evaluate-group.ts";
import type { Evaluating } from "./evaluate-rule.ts";
import { givingUp } from "./give-up.ts";
import { allStates, CLOCK_NOUN, readClock } from "./group-clock.ts";
import { groupPlans } from "./group-plan.ts";
import { warmUpMs } from "./reach.ts";
import { ruleAlarms } from "./rule-alarms.ts";
import { resend } from "./send.ts";

const GROUPS_AT_ONCE = 8;

export interface EvaluateRulesRequest extends Omit<Evaluating, "configVersion"> {
  /** Groups by file and name; absent: all. Unknown ones are left out. */
  readonly groups?: readonly { readonly file: string; readonly name: string }[];
  /** Evaluates at this instant as well, whether or not it is one of the group's own. */
  readonly at?: Millis;
}

/**
 * Evaluates all groups that are due, each at its own instants (whole multiples of its interval): those since the last evaluation,
 * so that a late tick fires and resolves as punctual ones would have. One rule's failure stops no other; a rule without an answer
 * is held and its instants are asked for again.
 *
 * @throws HeadgateError `store.unavailable`, `store.throttled` when the configuration or the states cannot be read
 */
export async function evaluateRules(
  runtime: Runtime,
  request: EvaluateRulesRequest,
): Promise<readonly EvaluatedRule[]> {
  const { tenant, groups } = request;
  const current = await currentConfig(runtime, tenant);
  const monitoring = current?.config.monitoring;
  if (!current || !monitoring) return [];
  const wanted = groups && new Set(groups.map(({ file, name }) => `${file}\n${name}`));
  const plans = groupPlans(monitoring).filter(({ file, name }) => !wanted || wanted.has(`${file}\n${name}`));
  if (plans.length === 0) return [];
  const source = runtime.queries?.(monitoring.prometheus);
  const queries = source && givingUp(source);
  const listedAt = runtime.now();
  const [clocks, states] = await Promise.all([
    allStates(runtime, tenant, CLOCK_NOUN),
    allStates(runtime, tenant, "monitoring"),
  ]);
  const evaluating: Evaluating = { ...request, configVersion: current.version };
  const again: Alert[] = [];
  // Where nobody answers PromQL, rules may have alarms that stand for them: those call by themselves.
  const { made } = queries ? { made: [] } : ruleAlarms(monitoring, runtime.stage ?? LOCAL_STAGE, tenant);
  const alarmed = new Set(runtime.alarms ? made.map(({ config }) => config.subject) : []);
  const all = await bounded(plans, GROUPS_AT_ONCE, async (plan) => {
    const clock = readClock(clocks.get(plan.subject));
    return evaluateGroup(runtime, {
      evaluating,
      plan,
      clock,
      states,
      listedAt,
      queries,
      alarmed,
      warmUp: warmUpMs(monitoring),
      at: request.at,
      again,
    });
  });
  await resend(runtime, tenant, again);
  return all.flat();
}
