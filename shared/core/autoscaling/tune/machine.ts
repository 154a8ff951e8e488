import { type Json, sameJson } from "../../kernel/json.ts";
import { type Clause, type Machine, type Step, steady } from "../../kernel/step.ts";
import { formatDuration, HOUR_MS, type Millis } from "../../kernel/time.ts";
import type { AutoPolicy } from "../auto.ts";
import { storedPolicy } from "./stored.ts";
import type { Found, Judged, Pick, TuningInput, TuningReason, TuningState } from "./tuning-types.ts";

type TuningStep = Step<TuningState, never, TuningReason>;
type Result = Extract<TuningInput, { kind: "result" }>;
type Unfound = Extract<TuningInput, { kind: "unfound" }>;

/** What has too little to go by looks again sooner than after its whole period. */
const UNFOUND_MS = 6 * HOUR_MS;
/** So many periods long the same proposal is not made again. */
const DISMISSED_PERIODS = 7;

const EMPTY: TuningState = { v: 1, kind: "tuning" };

/**
 * Decides what `auto` stands for, from what a backtest on the recorded load found: pure, so that each change of policy has a record with its why.
 * There are no actions: what is picked is read by the next evaluation of the service.
 */
export const tuningMachine: Machine<AutoPolicy, TuningState, TuningInput, never, TuningReason> = steady({
  noun: "autoscaling",
  initial: () => EMPTY,
  step: (config: AutoPolicy, state: TuningState, input: TuningInput, now: Millis): TuningStep => {
    switch (input.kind) {
      case "result":
        return sane(input.found) && sane(input.current)
          ? judged(config, state, input, now)
          : looked(config, state, now, "held_bad_result", [badResult(input)]);
      case "unfound":
        return unfound(config, state, input, now);
      case "apply":
        return apply(state, input);
      case "dismiss":
        return dismiss(config, state, input, now);
    }
  },
  settle: (_config, state) => state,
  dueAt: () => undefined,
});

/** A record is JSON, where what is no number has become null: and that is not below 0. */
const sane = ({ cost, j }: Judged): boolean => [cost, j].every((one) => Number.isFinite(one) && one >= 0);

const badResult = ({ found, current }: Result): Clause => ({
  kind: "held",
  rule: "auto",
  text: "the backtest gave costs that are no numbers, so nothing is changed",
  values: { found: finite(found.cost), current: finite(current.cost) },
});

const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null);
const round = (value: number): number => Number(value.toPrecision(4));

function judged(config: AutoPolicy, state: TuningState, input: Result, now: Millis): TuningStep {
  const { found, current, days, without: unmeasured = [] } = input;
  const percent = betterBy(found, current);
  const clauses: Clause[] = [
    ...(unmeasured.length === 0 ? [] : [unmeasuredClause(unmeasured)]),
    {
      kind: "computed",
      rule: "auto",
      text:
        `on days that the choice has not seen, ${found.name} costs ${round(found.cost)} task-hours and ${current.name}, ` +
        `which runs, ${round(current.cost)}`,
      values: { found: found.cost, current: current.cost, foundJ: found.j, currentJ: current.j, days },
    },
  ];
  if (!found.withinLimits)
    clauses.push({
      kind: "clamped",
      rule: "limits",
      text: "no candidate kept the limits, so the best of all was taken",
      values: { actionsPerDay: config.actionsPerDay },
    });
  const seen = {
    days,
    ...(unmeasured.length === 0 ? {} : { without: unmeasured }),
    ...(input.regret ? { regret: input.regret } : {}),
  };
  const same = sameJson(found.policy as unknown as Json, current.policy as unknown as Json);
  if (current.fault === undefined && (same || !worthIt(found, current, percent, config.margin))) {
    clauses.push(keptClause(same, found, current, percent, config.margin));
    return looked(config, without(state, "proposal"), now, "kept", clauses, seen);
  }
  const pick: Pick = { ...found, at: now };
  const { dismissed } = state;
  if (config.apply === "propose" && dismissed && dismissed.until > now && samePolicy(dismissed.policy, pick)) {
    const left = formatDuration(dismissed.until - now);
    clauses.push(said("vetoed", "dismissed", `it was dismissed, and is not proposed again for ${left}`, { left }));
    return looked(config, without(state, "proposal"), now, "held_dismissed", clauses, seen);
  }
  clauses.push(chosenClause(config, found, current, percent));
  if (config.apply === "apply")
    return looked(config, { ...without(state, "proposal"), pick }, now, "picked", clauses, seen);
  // A proposal that stands is not made anew: it keeps its age.
  const proposal =
    state.proposal && samePolicy(state.proposal.policy, pick) ? { ...pick, at: state.proposal.at } : pick;
  return looked(config, { ...state, proposal }, now, "proposed", clauses, seen);
}

const samePolicy = (policy: Pick["policy"], pick: Pick): boolean =>
  sameJson(policy as unknown as Json, pick.policy as unknown as Json);

/** Percent of the current cost that are saved; negative: it is dearer. */
function betterBy(found: Judged, current: Judged): number {
  const percent = current.cost > 0 ? 100 * (1 - found.cost / current.cost) : 0;
  return Number.isFinite(percent) ? percent : 0;
}

/** An SLO goes before the cost: what keeps it takes the place of what does not, and never the other way round. */
function worthIt(found: Judged, current: Judged, percent: number, margin: number): boolean {
  if (found.keeps !== current.keeps) return found.keeps;
  return percent > 0 && percent >= margin;
}

function keptClause(same: boolean, found: Judged, current: Judged, percent: number, margin: number): Clause {
  const values = { percent: round(percent), margin };
  if (same) return said("chosen", "kept", "what runs is the best that was found", values);
  if (current.keeps && !found.keeps)
    return said("vetoed", "slo", "what was found misses the SLO and what runs keeps it, so it stays", values);
  if (percent <= 0) return said("chosen", "kept", "that is no better, so what runs stays", values);
  const text = `that is ${round(percent)} % better, and a change is made from ${margin} % on, so what runs stays`;
  return said("vetoed", "margin", text, values);
}

const unmeasuredClause = (without: readonly string[]): Clause =>
  said("input", "load", `nobody measures ${without.join(" or ")} of it, so nothing was played with that`, { without });

function chosenClause(config: AutoPolicy, found: Found, current: Result["current"], percent: number): Clause {
  const gain =
    current.fault !== undefined
      ? `what was picked cannot be run (${current.fault})`
      : found.keeps && !current.keeps
        ? "it keeps the SLO and what runs does not"
        : `it is ${round(percent)} % better`;
  const then = config.apply === "apply" ? "it runs from now on" : "it is proposed, and a person applies it";
  return said("chosen", "auto", `${gain}, so ${then}`, { percent: round(percent), margin: config.margin });
}

function unfound(config: AutoPolicy, state: TuningState, { what, why, days }: Unfound, now: Millis): TuningStep {
  const clause = said("held", "auto", why, days === undefined ? {} : { days });
  const seen = { why, ...(days === undefined ? {} : { days }) };
  return looked(config, state, now, `held_${what}`, [clause], seen, Math.min(UNFOUND_MS, config.every));
}

function apply(state: TuningState, { by, why }: Extract<TuningInput, { kind: "apply" }>): TuningStep {
  const { proposal } = state;
  if (!proposal) return noProposal(state);
  const { fault } = storedPolicy(proposal);
  if (fault !== undefined) return noProposal(state, `what is proposed cannot be run (${fault})`);
  const clause = said("chosen", "applied", `${by} applies ${proposal.name}: ${why}`, { by, why });
  const { dismissed: _, ...rest } = without(state, "proposal");
  return { state: { ...rest, pick: proposal }, actions: [], reason: "applied", trace: [clause] };
}

function dismiss(
  config: AutoPolicy,
  state: TuningState,
  { by, why }: Extract<TuningInput, { kind: "dismiss" }>,
  now: Millis,
): TuningStep {
  const { proposal } = state;
  if (!proposal) return noProposal(state);
  const until = now + DISMISSED_PERIODS * config.every;
  const clause = said("vetoed", "dismissed", `${by} dismisses ${proposal.name}: ${why}`, { by, why, until });
  const dismissed = { policy: proposal.policy, until };
  const next = { ...without(state, "proposal"), dismissed };
  return { state: next, actions: [], reason: "dismissed", trace: [clause] };
}

const noProposal = (state: TuningState, text = "nothing is proposed"): TuningStep => ({
  state,
  actions: [],
  reason: "held_no_proposal",
  trace: [said("held", "auto", text, {})],
});

/** A look is over: what it came to, and when the next one is. */
function looked(
  config: AutoPolicy,
  state: TuningState,
  now: Millis,
  reason: TuningReason,
  trace: readonly Clause[],
  seen: Omit<NonNullable<TuningState["last"]>, "at" | "reason"> = {},
  afterMs = config.every,
): TuningStep {
  return { state: { ...state, last: { at: now, reason, ...seen }, dueAt: now + afterMs }, actions: [], reason, trace };
}

function without(state: TuningState, member: "proposal"): TuningState {
  const { [member]: gone, ...rest } = state;
  return gone === undefined ? state : rest;
}

function said(kind: Clause["kind"], rule: string, text: string, values: Clause["values"]): Clause {
  return { kind, rule, text, values };
}
