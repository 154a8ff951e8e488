import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { alertRule, seenOf } from "../../shared/core/monitoring/rule-machine.ts";
import { resends } from "../../shared/core/monitoring/rule-notify.ts";
import type {
  Evaluation,
  PromRuleConfig,
  Queried,
  RuleConfig,
  RuleInput,
  RuleReason,
  RuleState,
} from "../../shared/core/monitoring/rule-types.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import { perform } from "./send.ts";

/** Who evaluates, and why. */
export interface Evaluating {
  readonly tenant: string;
  readonly configVersion: string;
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
}

/** One decision about one rule, on whatever it is decided by. */
export function decideRule(
  runtime: Runtime,
  evaluating: Evaluating,
  config: RuleConfig,
  input: RuleInput,
): Promise<RunResult<RuleReason>> {
  const { tenant, configVersion, trigger, parent } = evaluating;
  return run(runtime, {
    machine: alertRule,
    tenant,
    subject: config.subject,
    mode: "act",
    config,
    configVersion,
    trigger,
    ...(parent ? { parent } : {}),
    observe: async () => input,
    perform: (action) => perform(runtime, tenant, action),
  });
}

/** Whether the rule was decided about: `busy` and `conflict` mean that somebody else holds it, and it must be looked at again. */
export const settled = ({ status }: RunResult<string>): boolean => status === "decided" || status === "unchanged";

/** The state after a run, also where it changed nothing. */
export const stateAfter = (result: RunResult<string>): RuleState | undefined =>
  result.record?.stateAfter as unknown as RuleState | undefined;

/** What is due to be sent again after an evaluation, with the annotations of now. */
export function resendsAfter(
  config: PromRuleConfig,
  state: RuleState,
  previousAt: Millis | undefined,
  evaluations: readonly Evaluation[],
  queried: Queried | undefined,
): readonly Alert[] {
  const last = evaluations.at(-1);
  if (!last) return [];
  const due = resends(config, state, previousAt, last.at);
  if (due.length === 0 || !last.outcome.ok) return due;
  return resends(config, state, previousAt, last.at, seenOf(config, last.outcome.samples, last.at, queried));
}
