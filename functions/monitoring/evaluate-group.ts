import type { Alert } from "../../shared/core/kernel/alert.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { RESOLVED_RETENTION_MS } from "../../shared/core/monitoring/alert-state.ts";
import { resends } from "../../shared/core/monitoring/rule-notify.ts";
import { alertSeries, recordedSeries } from "../../shared/core/monitoring/rule-series.ts";
import type { RuleReason, RuleState } from "../../shared/core/monitoring/rule-types.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { type Answers, ask, portions } from "./ask.ts";
import { askTemplates } from "./ask-templates.ts";
import { dueInstants } from "./due.ts";
import { decideRule, type Evaluating, resendsAfter, settled, stateAfter } from "./evaluate-rule.ts";
import { answeredAt, type GroupClock, moveClock } from "./group-clock.ts";
import type { GroupPlan, PlannedRule } from "./group-plan.ts";
import { reachOf } from "./reach.ts";

/** Rules of one group at once, where none reads what another records. */
const RULES_AT_ONCE = 8;
/** A group's clock further ahead than this was set by a machine whose own was wrong; waiting for it would silence the rules. */
const MOST_AHEAD_MS = 5 * MINUTE_MS;

/** After so long another worker may well have decided: that a rule had no alert when all were listed says nothing any more. */
const LIST_HOLDS_MS = 5_000;

/** What became of one rule. */
export interface EvaluatedRule {
  readonly subject: string;
  readonly file: string;
  readonly group: string;
  /** Newest instant it was evaluated at. */
  readonly at: Millis;
  /** How many instants, those caught up on among them. */
  readonly instants: number;
  /** Absent where there was nothing to decide: no element, and nothing before. */
  readonly result?: RunResult<RuleReason>;
  /** It had no answer: an alerting rule is held then, and a recording rule made nothing. */
  readonly failure?: string;
  /** It could not be decided about (the store does not answer). */
  readonly error?: Error;
}

/** A group, and what all groups of an evaluation share. */
export interface GroupWork {
  readonly evaluating: Evaluating;
  readonly plan: GroupPlan;
  readonly clock: GroupClock;
  readonly states: ReadonlyMap<string, Stored>;
  /** When these were asked for. */
  readonly listedAt: Millis;
  readonly queries: Queries | undefined;
  /** Rules that CloudWatch evaluates. */
  readonly alarmed: ReadonlySet<string>;
  /** See {@link warmUpMs}. */
  readonly warmUp: number;
  readonly at: Millis | undefined;
  /** Collects what is to be sent again. */
  readonly again: Alert[];
}

/** Evaluates a group at the instants that are due, rule by rule, and moves its clock. */
export async function evaluateGroup(runtime: Runtime, work: GroupWork): Promise<readonly EvaluatedRule[]> {
  const { evaluating, plan, clock, queries } = work;
  const now = runtime.now();
  const newest = work.at ?? Math.floor(now / plan.intervalMs) * plan.intervalMs;
  if (clock.at !== undefined && newest <= clock.at && clock.at <= now + MOST_AHEAD_MS * runtime.speed) return [];
  // Before the first scrape nobody knows anything: that is not an evaluation.
  if (queries?.knownFrom && !((queries.knownFrom() ?? Number.POSITIVE_INFINITY) <= newest - plan.queryOffsetMs))
    return [];
  const started = now;
  const evaluated = await bounded(plan.rules, plan.inOrder ? 1 : RULES_AT_ONCE, (rule) =>
    evaluateOne(runtime, work, rule, newest),
  );
  const lagging = Object.fromEntries(
    evaluated.flatMap((one) =>
      one.answered ? [] : [[one.rule.subject, answeredAt(clock, one.rule.subject) ?? 0] as const],
    ),
  );
  const subjects = plan.rules.map(({ subject }) => subject);
  await moveClock(runtime, evaluating.tenant, plan.subject, clock, newest, lagging, subjects);
  const seconds = (runtime.now() - started) / 1_000 / runtime.speed;
  runtime.telemetry.observe("headgate_rule_group_seconds", Math.max(0, seconds));
  return evaluated.map(({ rule: { subject }, answered: _, ...rest }) => ({
    subject,
    file: plan.file,
    group: plan.name,
    at: newest,
    ...rest,
  }));
}

interface One {
  readonly rule: PlannedRule;
  readonly instants: number;
  readonly answered: boolean;
  readonly result?: RunResult<RuleReason>;
  readonly failure?: string;
  readonly error?: Error;
}

async function evaluateOne(runtime: Runtime, work: GroupWork, rule: PlannedRule, newest: Millis): Promise<One> {
  const { plan, clock, queries, evaluating } = work;
  const state = work.states.get(rule.subject)?.state as unknown as RuleState | undefined;
  const clockAt = answeredAt(clock, rule.subject);
  if (rule.kind === "alert" && work.alarmed.has(rule.subject)) {
    if (state) work.again.push(...resends(rule.config, state, clockAt, newest));
    return { rule, instants: 0, answered: true };
  }
  // The group's clock is written last: whoever began may have died before it.
  const previousAt = clock.at === undefined ? state?.changedAt : clockAt;
  const knownFrom = queries?.knownFrom?.();
  const earliest = knownFrom === undefined ? undefined : knownFrom + plan.queryOffsetMs;
  const instants = dueInstants(previousAt, newest, plan.intervalMs, earliest);
  const { expr } = rule;
  const question = {
    expr,
    instants,
    stepMs: plan.intervalMs,
    offsetMs: plan.queryOffsetMs,
    reachMs: reachOf(expr) + work.warmUp,
  };
  const answers: Answers = queries
    ? await ask(queries, question)
    : { ok: false, at: newest, error: "nothing answers PromQL here: scrape something, or configure a Prometheus" };
  const base = { rule, instants: instants.length };
  if (!answers.ok) runtime.telemetry.count("headgate_rule_failures_total");
  try {
    if (rule.kind === "record") return { ...base, ...keepSeries(runtime, rule, answers, plan.limit) };
    const result = await decideAlerts(runtime, work, rule, answers, previousAt);
    const failure = answers.ok ? {} : { failure: answers.error };
    return { ...base, answered: answers.ok && (!result || settled(result)), ...(result ? { result } : {}), ...failure };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const { tenant } = evaluating;
    runtime.telemetry.log("error", "rule could not be evaluated", { tenant, rule: rule.subject, error: error.message });
    runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "monitoring" });
    return { ...base, answered: false, error };
  }
}

/** Decides portion by portion; a rule that has nothing and had nothing is not even loaded. */
async function decideAlerts(
  runtime: Runtime,
  work: GroupWork,
  { subject, config }: Extract<PlannedRule, { kind: "alert" }>,
  answers: Answers,
  previousAt: Millis | undefined,
): Promise<RunResult<RuleReason> | undefined> {
  const { states, listedAt, evaluating, queries, again } = work;
  const listHolds = runtime.now() - listedAt <= LIST_HOLDS_MS * runtime.speed;
  const nothing = answers.ok && answers.asked.every(({ samples }) => samples.length === 0);
  if (nothing && listHolds && !isOpen(states.get(subject), answers)) return undefined;
  const source = queries?.source ?? "none";
  let result: RunResult<RuleReason> | undefined;
  let before = previousAt;
  let when: Millis | undefined;
  const queried = answers.ok && queries ? await askTemplates(queries, config, answers) : undefined;
  for (const evaluations of portions(answers)) {
    result = await decideRule(runtime, evaluating, config, {
      kind: "evaluate",
      source,
      ...(queried ? { queried } : {}),
      ...(before === undefined ? {} : { previousAt: before }),
      ...(when === undefined ? {} : { previousWhen: when }),
      evaluations,
    });
    if (!settled(result)) return result;
    const state = stateAfter(result);
    if (answers.ok && state) {
      again.push(...resendsAfter(config, state, before, evaluations, queried));
      for (const { at } of evaluations.slice(-1)) runtime.recordSeries?.(subject, at, alertSeries(state));
    }
    before = evaluations.at(-1)?.at ?? before;
    when = runtime.now();
  }
  return result;
}

/** What an empty vector can change: alerts, a failure, an action somebody left, an end that is still told of. */
function isOpen(stored: Stored | undefined, { asked }: Extract<Answers, { ok: true }>): boolean {
  if (!stored) return false;
  const { alerts, failure } = stored.state as unknown as RuleState;
  const at = asked[0]?.at ?? 0;
  const told = (resolvedAt = 0) => at - resolvedAt <= RESOLVED_RETENTION_MS;
  return (
    stored.pending !== undefined ||
    failure !== undefined ||
    Object.values(alerts).some(({ state, resolvedAt }) => state !== "resolved" || told(resolvedAt))
  );
}

/** What a recording rule gives becomes series where samples are kept here; else the Prometheus that is asked does that. */
function keepSeries(
  runtime: Runtime,
  { subject, rule }: Extract<PlannedRule, { kind: "record" }>,
  answers: Answers,
  limit: number,
): { readonly answered: boolean; readonly failure?: string } {
  if (!answers.ok) return { answered: false, failure: answers.error };
  for (const { at, samples } of answers.asked) {
    const series = recordedSeries(rule, samples);
    if (!series) {
      return { answered: false, failure: "vector contains metrics with the same labelset after applying rule labels" };
    }
    if (limit > 0 && series.length > limit) {
      return { answered: false, failure: `exceeded limit of ${limit} with ${series.length} series` };
    }
    runtime.recordSeries?.(subject, at, series);
  }
  return { answered: true };
}
