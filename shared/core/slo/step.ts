import { type Json, sameJson } from "../kernel/json.ts";
import type { Clause } from "../kernel/step.ts";
import { iso, type Millis } from "../kernel/time.ts";
import { alertOf, LASTS_MS, RENEW_MS, summaryOf, type Wanted, wantedOf } from "./alerts.ts";
import { type Standing, standing } from "./evaluate.ts";
import {
  ALERT_NAMES,
  type Firing,
  type Look,
  type Objective,
  SLO_REASONS,
  type SloAction,
  type SloInput,
  type SloReason,
  type SloState,
  type SloStep,
} from "./types.ts";
import { budgetClause, dataClauses, rowClause } from "./words.ts";

const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  ...{ kind, rule, text, values },
});

const held = (state: SloState, reason: SloReason, text: string, values: Clause["values"] = {}): SloStep => ({
  ...{ state, actions: [], reason },
  trace: [clause("held", reason.replace("held_", "").replaceAll("_", "-"), text, values)],
});

/** Decides of one look, or ends what is on of an objective that is gone. Total: what cannot be read is held. */
export function step(objective: Objective, state: SloState, input: SloInput, now: Millis): SloStep {
  if (input.kind === "gone") return gone(objective, state, now);
  const { look } = input;
  if (!isReadable(look)) return held(state, "held_unreadable", "the look cannot be read");
  if (state.at !== undefined && look.at <= state.at)
    return held(state, "held_too_late", `${iso(look.at)} is not newer than what was decided on`, { at: look.at });
  return decide(objective, state, look);
}

const isCount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isSums = (sums: Look["budget"] | Look["rows"][number]["long"]): boolean =>
  isCount(sums.bad) && isCount(sums.total) && isCount(sums.known);
const isReadable = ({ at, rows, budget }: Look): boolean =>
  isCount(at) && isSums(budget) && rows.every(({ long, short }) => isSums(long) && isSums(short));

/** What became of the alerts. */
interface Alerts {
  readonly firing: readonly Firing[];
  readonly actions: readonly SloAction[];
  readonly trace: readonly Clause[];
  readonly would: SloState["would"];
  readonly reasons: readonly SloReason[];
}

function decide(objective: Objective, state: SloState, look: Look): SloStep {
  const one = standing(objective, look, state);
  const alerts = alertsOf(objective, state, look, one);
  const isHeld = look.rows.some((row) => row.held && one.rows.includes(row.name));
  const reasons: readonly SloReason[] = [
    "nothing_new",
    ...(isHeld ? (["held_no_data"] as const) : []),
    ...changes(state, one),
    ...alerts.reasons,
  ];
  const reason = reasons.reduce((a, b) => (SLO_REASONS.indexOf(b) > SLO_REASONS.indexOf(a) ? b : a));
  const trace = [
    ...dataClauses(look),
    ...objective.rows.flatMap((row) => {
      const seen = look.rows.find(({ name }) => name === row.name);
      return seen ? [rowClause(objective, row, { ...seen, fires: one.rows.includes(row.name) })] : [];
    }),
    { ...budgetClause(objective, { ...look, spent: one.exhausted }) },
    ...alerts.trace,
  ];
  return { state: next(state, look, one, alerts), actions: alerts.actions, reason, trace };
}

function next(state: SloState, look: Look, one: Standing, { firing, would }: Alerts): SloState {
  const { status, burning, exhausted, rows } = one;
  const made: SloState = {
    ...{ v: 1, status, since: status === state.status ? state.since : look.at },
    ...(burning === undefined ? {} : { burning }),
    ...{ exhausted, rows, firing, would },
    ...(state.at === undefined ? {} : { at: state.at }),
  };
  // When it was looked at is no news by itself.
  return sameJson(made as unknown as Json, state as unknown as Json) ? state : { ...made, at: look.at };
}

/** What is another than before, in the words of reasons. */
function changes(state: SloState, one: Standing): readonly SloReason[] {
  const [wasBlind, isBlind] = [state.status === "no_data", one.status === "no_data"];
  const [wasInvalid, isInvalid] = [state.status === "invalid", one.status === "invalid"];
  return [
    ...(isBlind && !wasBlind ? (["no_data"] as const) : []),
    ...(wasBlind && !isBlind ? (["data_again"] as const) : []),
    ...(isInvalid && !wasInvalid ? (["invalid"] as const) : []),
    ...(wasInvalid && !isInvalid ? (["valid_again"] as const) : []),
    ...(one.exhausted && !state.exhausted ? (["exhausted"] as const) : []),
    ...(state.exhausted && !one.exhausted ? (["refilled"] as const) : []),
    ...burnChange(state, one),
  ];
}

function burnChange(state: SloState, one: Standing): readonly SloReason[] {
  if (one.burning === undefined) return state.burning === undefined ? [] : ["stopped_burning"];
  if (state.burning === undefined) return ["started_burning"];
  const more = one.rows.some((row) => !state.rows.includes(row));
  const fewer = state.rows.some((row) => !one.rows.includes(row));
  if (one.burning !== state.burning) return [one.burning === "page" ? "burns_faster" : "burns_slower"];
  return more ? ["burns_faster"] : fewer ? ["burns_slower"] : [];
}

const isSame = (a: Wanted, b: Wanted): boolean => a.kind === b.kind && a.severity === b.severity;

function action(objective: Objective, one: Firing, state: "firing" | "resolved", at: Millis): SloAction {
  const key = `slo:${objective.name}:${ALERT_NAMES[one.kind]}:${one.severity}:${one.since}:${state}:${at}`;
  return { type: "alert", key, state, alert: alertOf(objective, one, state === "resolved" ? at : undefined) };
}

function alertsOf(objective: Objective, state: SloState, look: Look, one: Standing): Alerts {
  const wanted = wantedOf(objective, one);
  const { at } = look;
  const out: { firing: Firing[]; actions: SloAction[]; trace: Clause[]; reasons: SloReason[] } = {
    ...{ firing: [], actions: [], trace: [], reasons: [] },
  };
  const would = { ...state.would };
  for (const before of state.firing.filter((kept) => !wanted.some((want) => isSame(want, kept)))) {
    out.trace.push(
      clause("changed", "alert", `${ALERT_NAMES[before.kind]} (${before.severity}) is over`, { since: before.since }),
    );
    if (before.kind === "absent") out.reasons.push("data_again");
    if (before.told) out.actions.push(action(objective, before, "resolved", at));
  }
  for (const want of wanted) {
    const before = state.firing.find((kept) => isSame(want, kept));
    const now = before ? goesOn(before, one.dry, at) : begins(objective, look, want, one.dry);
    out.firing.push(now);
    if (now === before) continue;
    if (!before && want.kind === "absent") out.reasons.push("no_data");
    if (before) out.reasons.push(before.told ? "told_again" : "dry_run_over");
    if (now.told) out.actions.push(action(objective, now, "firing", at));
    else would[want.severity] += 1;
    out.trace.push(
      now.told
        ? clause("chosen", "alert", `${ALERT_NAMES[now.kind]} (${now.severity}) goes out: ${now.summary}`)
        : clause(
            "vetoed",
            "dry-run",
            `a dry run: it ${want.severity === "page" ? "would have paged" : "would have opened a ticket"}: ${now.summary}`,
          ),
    );
  }
  return { ...out, would };
}

const begins = (objective: Objective, look: Look, want: Wanted, dry: boolean): Firing => ({
  ...{ kind: want.kind, severity: want.severity, since: look.at, until: look.at + LASTS_MS, told: !dry },
  summary: summaryOf(objective, look, want),
});

/** The same one, unless it has to be sent: again before it ends, or for the first time now that a dry run is over. */
function goesOn(before: Firing, dry: boolean, at: Millis): Firing {
  const isDue = before.told ? before.until - at <= RENEW_MS : !dry;
  return isDue ? { ...before, told: true, until: at + LASTS_MS } : before;
}

/** It left the configuration: nobody would ever end what is on. */
function gone(objective: Objective, state: SloState, now: Millis): SloStep {
  if (state.firing.length === 0 && state.rows.length === 0 && !state.exhausted)
    return {
      state,
      actions: [],
      reason: "nothing_new",
      trace: [clause("changed", "removed", "it left the configuration, nothing was on")],
    };
  const actions = state.firing.filter(({ told }) => told).map((one) => action(objective, one, "resolved", now));
  const { burning: _, ...rest } = state;
  return {
    state: { ...rest, status: "no_data", since: now, exhausted: false, rows: [], firing: [] },
    ...{ actions, reason: "removed" },
    trace: [clause("changed", "removed", "it left the configuration: what was on is over", { alerts: actions.length })],
  };
}
