import { type Json, sameJson } from "../kernel/json.ts";
import type { Clause } from "../kernel/step.ts";
import { formatDuration, iso, MINUTE_MS, type Millis } from "../kernel/time.ts";
import { type ActiveAlert, type ActiveAlerts, lookAtAlerts, type Transition } from "./alert-state.ts";
import { type Expand, seenAlerts } from "./rule-labels.ts";
import { notify } from "./rule-notify.ts";
import { roomFor } from "./rule-room.ts";
import {
  answerClause,
  heldClause,
  MOST_TOLD,
  nameOf,
  reasonOf,
  standingClause,
  standingReason,
  transitionClause,
} from "./rule-trace.ts";
import type { Evaluation, FailureReason, PromRuleConfig, RuleInput, RuleState, RuleStep } from "./rule-types.ts";

/** More than so many intervals without an answer is a time in which nobody looked. */
const GAP_INTERVALS = 2.5;

const MOST_AHEAD_MS = 5 * MINUTE_MS;

/** Time without an answer before an evaluation that must not count, ms. */
export function gapBefore(previousAt: Millis | undefined, at: Millis, intervalMs: number): number {
  if (previousAt === undefined) return 0;
  return at - previousAt > GAP_INTERVALS * intervalMs ? at - previousAt : 0;
}

/**
 * The last instant whose answer the state knows. What the caller knows of may be older, where another worker has evaluated since: the gap
 * before that one was left out by then, and must not be left out again.
 */
function lookedAt(previousAt: Millis | undefined, changedAt: Millis | undefined): Millis | undefined {
  if (changedAt === undefined) return previousAt;
  return Math.max(changedAt, previousAt ?? changedAt);
}

/**
 * The last look that knew what the state holds. A worker that stalls may decide on an old answer while others evaluate later instants and
 * find nothing to write: what they saw was not about this state, and the instants up to that decision are ones at which nobody looked.
 */
export function lastLook(
  { previousAt, previousWhen = previousAt }: { readonly previousAt?: Millis; readonly previousWhen?: Millis },
  changedAt: Millis | undefined,
  decidedAt: Millis | undefined,
): Millis | undefined {
  const unaware = decidedAt !== undefined && previousWhen !== undefined && previousWhen <= decidedAt;
  return unaware && changedAt !== undefined ? changedAt : lookedAt(previousAt, changedAt);
}

/** What a state tells of when it was decided: nothing, unless later instants may have been looked at by then. */
export const decidedLate = (at: Millis, now: Millis, intervalMs: number): Pick<RuleState, "decidedAt"> =>
  now - at > intervalMs ? { decidedAt: now } : {};

interface Course {
  alerts: ActiveAlerts;
  failure: RuleState["failure"];
  untracked: number;
  previousAt: Millis | undefined;
  /** Newest of these evaluations that had an answer. */
  answeredAt: Millis | undefined;
  gap: boolean;
  readonly transitions: Transition[];
  readonly clauses: Clause[];
}

/**
 * One or more evaluations of an alerting rule, oldest first. Each one without an answer holds everything; each one that comes
 * after a gap leaves the gap out.
 */
export function evaluateRule(
  config: PromRuleConfig,
  state: RuleState,
  input: Extract<RuleInput, { kind: "evaluate" }>,
  now: Millis,
  expand: Expand,
): RuleStep {
  // A state from the future is one of a clock that was wrong: waiting for it would silence the rule.
  const changedAt =
    state.changedAt !== undefined && state.changedAt <= now + MOST_AHEAD_MS ? state.changedAt : undefined;
  const evaluations = inOrder(input.evaluations, changedAt);
  const last = evaluations.at(-1);
  if (!last) return tooLate(state, input.evaluations);
  const course: Course = {
    alerts: state.alerts,
    failure: state.failure,
    untracked: state.untracked ?? 0,
    previousAt: lastLook(input, changedAt, state.decidedAt),
    answeredAt: undefined,
    gap: false,
    transitions: [],
    clauses: [],
  };
  for (const evaluation of evaluations) evaluateOnce(config, course, evaluation, input, now, expand);

  const next = stateOf(state, course, decidedLate(last.at, now, config.intervalMs));
  const { failure, transitions, alerts } = course;
  const standing = Object.values(alerts).filter(({ state: one }) => one !== "resolved");
  const reason =
    reasonOf(newestOf(transitions)) ??
    failure?.why ??
    (state.failure && !failure ? "recovered" : undefined) ??
    (course.untracked > 0 && state.untracked === undefined ? "more_than_held" : undefined) ??
    (course.gap ? "gap_left_out" : undefined) ??
    standingReason(standing);
  return {
    state: next,
    actions: notify(config, ended(transitions, alerts), last.at),
    reason,
    trace: [...course.clauses, ...told(config, transitions, standing, last.at)],
  };
}

type Asked = Pick<Extract<RuleInput, { kind: "evaluate" }>, "source" | "queried">;

function evaluateOnce(
  config: PromRuleConfig,
  course: Course,
  { at, outcome }: Evaluation,
  { source, queried }: Asked,
  now: Millis,
  expand: Expand,
): void {
  const { clauses } = course;
  // A catch-up of two hours is told by its ends.
  if (clauses.length > 2 * MOST_TOLD) clauses.splice(MOST_TOLD, 1);
  const hold = (why: FailureReason, error: string): void => {
    if (course.failure?.why !== why) course.failure = { since: at, why, error };
    clauses.push(heldClause(RULE_OF[why], error, { at, since: course.failure.since }));
  };
  if (!outcome.ok) {
    hold("held_query_failed", `no answer at ${iso(at)}: ${outcome.error}`);
    return;
  }
  const more = outcome.more ?? 0;
  clauses.push(answerClause(config, at, source, outcome.samples.length + more, now));
  const found = seenAlerts(config.rule, outcome.samples, config.externalLabels, at, expand, queried);
  if (!found.ok) {
    const error = "vector contains metrics with the same labelset after applying alert labels";
    hold("held_same_labels", `${error}: ${nameOf(found)}`);
    return;
  }
  const { seen, untracked } = roomFor(course.alerts, found.seen);
  const gapMs = gapBefore(course.previousAt, at, config.intervalMs);
  const absenceUnknown = more > 0 || outcome.partial !== undefined;
  const looked = lookAtAlerts(config.rule, course.alerts, { at, seen, gapMs, absenceUnknown });
  if (config.limit > 0 && looked.active + untracked + more > config.limit) {
    hold("limit_exceeded", `exceeded limit of ${config.limit} with ${looked.active + untracked + more} alerts`);
    return;
  }
  if (outcome.partial !== undefined)
    clauses.push(heldClause("absence", `what is missing may be there: ${outcome.partial}`));
  if (untracked + more > 0) {
    clauses.push({
      kind: "clamped",
      rule: "room",
      text: `${untracked + more} more alerts than one rule can hold are counted and not followed`,
      values: { untracked: untracked + more },
    });
  }
  if (gapMs > 0 && looked.alerts !== course.alerts) {
    course.gap = true;
    clauses.push({
      kind: "changed",
      rule: "gap",
      text: `nobody looked for ${formatDuration(gapMs)}; that time does not count`,
      values: { gapMs, intervalMs: config.intervalMs },
    });
  }
  course.alerts = looked.alerts;
  course.transitions.push(...looked.transitions);
  course.failure = undefined;
  course.untracked = untracked + more;
  course.previousAt = at;
  course.answeredAt = at;
}

const RULE_OF: Readonly<Record<FailureReason, string>> = {
  held_query_failed: "query",
  held_same_labels: "labels",
  limit_exceeded: "limit",
  held_no_value: "value",
};

/** The next state, or the very same one where nothing but values moved, or all that moved came back. */
function stateOf(state: RuleState, course: Course, late: Pick<RuleState, "decidedAt">): RuleState {
  const untracked = course.untracked > 0;
  const same =
    course.alerts === state.alerts && course.failure === state.failure && untracked === (state.untracked !== undefined);
  if (same) return state;
  const { failure: _, untracked: before, decidedAt, ...rest } = state;
  const times = decidedAt === undefined ? {} : { decidedAt };
  const next: RuleState = {
    ...rest,
    alerts: course.alerts,
    // A failure decides about no instant: what was missed before it can still be caught up on.
    ...(course.answeredAt === undefined ? times : { changedAt: course.answeredAt, ...late }),
    ...(course.failure ? { failure: course.failure } : {}),
    ...(untracked ? { untracked: before ?? course.untracked } : {}),
  };
  // Instants that are evaluated twice can end with another object of the same failure, or of the same alerts.
  return sameJson(state as unknown as Json, next as unknown as Json) ? state : next;
}

/** The last change of each alert: after catching up, what it has come to. */
const newestOf = (transitions: readonly Transition[]): readonly Transition[] => [
  ...new Map(transitions.map((one) => [one.fingerprint, one])).values(),
];

/** Alerts that begin to fire or end with this decision, each once and as it is now. */
function ended(transitions: readonly Transition[], alerts: ActiveAlerts): readonly ActiveAlert[] {
  const newest = new Map<string, ActiveAlert>();
  for (const { fingerprint, to, alert } of transitions) {
    if (to === "firing" || to === "resolved")
      newest.set(fingerprint, alerts[fingerprint]?.state === to ? (alerts[fingerprint] ?? alert) : alert);
  }
  return [...newest.values()];
}

function told(
  config: PromRuleConfig,
  transitions: readonly Transition[],
  standing: readonly ActiveAlert[],
  at: Millis,
): readonly Clause[] {
  if (transitions.length > 0) {
    const clauses = transitions.slice(0, MOST_TOLD).map((one) => transitionClause(config, one));
    return [...clauses, ...rest(transitions.length)];
  }
  return [...standing.slice(0, MOST_TOLD).map((one) => standingClause(config, one, at)), ...rest(standing.length)];
}

function rest(count: number): readonly Clause[] {
  if (count <= MOST_TOLD) return [];
  const more = count - MOST_TOLD;
  return [{ kind: "computed", rule: "for", text: `and ${more} more alerts`, values: { more } }];
}

/** Each instant once, ascending, and none before the newest change: what comes later in time was decided already. */
function inOrder(evaluations: readonly Evaluation[], changedAt: Millis | undefined): readonly Evaluation[] {
  let newest = Number.NEGATIVE_INFINITY;
  return evaluations.filter(({ at }) => {
    if (!(at > newest) || at < (changedAt ?? at)) return false;
    newest = at;
    return true;
  });
}

function tooLate(state: RuleState, evaluations: readonly Evaluation[]): RuleStep {
  const at = evaluations.at(-1)?.at;
  const text =
    at === undefined
      ? "there was nothing to evaluate"
      : `an evaluation at ${iso(at)} comes after a decision of ${iso(state.changedAt ?? at)}`;
  return { state, actions: [], reason: "held_too_late", trace: [heldClause("order", text, { at })] };
}
