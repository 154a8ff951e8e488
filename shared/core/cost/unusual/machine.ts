import type { Alert } from "../../kernel/alert.ts";
import { type Json, sameJson } from "../../kernel/json.ts";
import type { ActionResult, Clause, Machine, Step } from "../../kernel/step.ts";
import { DAY_MS, type Millis } from "../../kernel/time.ts";
import type { UnusualAction, UnusualCost, UnusualInput, UnusualReason, UnusualRule, UnusualState } from "./types.ts";
import { unusualText } from "./words.ts";

type Result = Step<UnusualState, UnusualAction, UnusualReason>;

const KEPT_WORDS = 50;
/** Its end is told; if nobody looks any more, it is over when it would be the new usual. */
const FIRING_MS = 14 * DAY_MS;
const ALERT_NAME = "HeadgateCostAnomaly";

const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  ...{ kind, rule, text, values },
});

function look(rule: UnusualRule, state: UnusualState, found: readonly UnusualCost[], now: Millis): Result {
  const trace: Clause[] = [];
  const excused = new Set(state.words.filter(({ feedback }) => feedback !== "yes").map(({ id }) => id));
  const tellable = found.filter((one) => {
    if (Math.abs(one.impact) >= rule.minimum) return true;
    trace.push(
      clause("vetoed", "minimum", `${unusualText(one, rule.currency)}: less than ${rule.minimum}`, { id: one.id }),
    );
    return false;
  });
  const fresh = tellable.filter(
    (one) => one.open && !excused.has(one.id) && one.from > (state.toldThrough ?? "") && rule.alert,
  );
  const over = state.open.filter(({ id }) => excused.has(id) || !tellable.some((one) => one.id === id && one.open));
  for (const one of fresh)
    trace.push(
      clause("chosen", "unusual", unusualText(one, rule.currency), {
        id: one.id,
        impact: one.impact,
        score: one.score,
      }),
    );
  for (const { id } of over) trace.push(clause("changed", "ended", `${id} is over`, { id }));
  if (fresh.length + over.length === 0) {
    if (trace.length === 0) trace.push(clause("computed", "unusual", "nothing unusual that is new"));
    return { state, actions: [], reason: "normal", trace };
  }
  const opened = fresh.map((one) => ({
    id: one.id,
    at: now,
    labels: { alertname: ALERT_NAME, service: one.of, since: one.from, severity: rule.severity },
  }));
  const alerts: Alert[] = [
    ...over.map(({ labels, at }) => ({ labels, annotations: {}, startsAt: at, endsAt: now })),
    ...opened.map(({ labels, at }, index) => ({
      labels,
      annotations: { summary: unusualText(fresh[index] as UnusualCost, rule.currency) },
      startsAt: at,
      endsAt: at + FIRING_MS,
    })),
  ];
  const newest = fresh.reduce((last, { from }) => (from > last ? from : last), state.toldThrough ?? "");
  return {
    state: {
      ...state,
      open: [...state.open.filter((one) => !over.includes(one)), ...opened],
      ...(newest === "" ? {} : { toldThrough: newest }),
    },
    actions: [{ type: "tell", key: `anomaly:${rule.of}:${now}`, alerts }],
    reason: opened.length > 0 ? "opened" : "ended",
    trace,
  };
}

function judged(
  state: UnusualState,
  input: Extract<UnusualInput, { kind: "feedback" }>,
  rule: UnusualRule,
  now: Millis,
): Result {
  const { kind: _, ...said } = input;
  const words = [...state.words.filter(({ id }) => id !== input.id), { ...said, at: now }].slice(-KEPT_WORDS);
  const over = input.feedback === "yes" ? [] : state.open.filter(({ id }) => id === input.id);
  const alerts = over.map(({ labels, at }): Alert => ({ labels, annotations: {}, startsAt: at, endsAt: now }));
  const open = state.open.filter((one) => !over.includes(one));
  return {
    state: { ...state, open, words },
    actions: alerts.length === 0 ? [] : [{ type: "tell", key: `anomaly:${rule.of}:${input.id}:${now}`, alerts }],
    reason: "judged",
    trace: [clause("changed", "feedback", `${input.by}: ${input.id} was ${SAID[input.feedback]}: ${input.why}`)],
  };
}

const SAID = { yes: "unusual", no: "nothing unusual", planned_activity: "planned" } as const;

/** Who was not told is told with the next look. */
function settle(_rule: UnusualRule, state: UnusualState, results: readonly ActionResult[]): UnusualState {
  if (!results.some(({ status }) => status === "failed")) return state;
  const newest = Math.max(...state.open.map(({ at }) => at));
  const { toldThrough: _, ...rest } = state;
  const open = state.open.filter(({ at }) => at < newest);
  const told = open
    .map(({ id }) => id.slice(id.lastIndexOf("@") + 1))
    .sort()
    .at(-1);
  return { ...rest, open, ...(told === undefined ? {} : { toldThrough: told }) };
}

/** Unusual costs of one service, as the shell sees them: each is told once, and is over when the cost is usual again or a person says so. */
export const unusualMachine: Machine<UnusualRule, UnusualState, UnusualInput, UnusualAction, UnusualReason> = {
  noun: "cost",
  initial: () => ({ v: 1, open: [], words: [] }),
  step(rule, state, input: UnusualInput, now) {
    const result = input.kind === "feedback" ? judged(state, input, rule, now) : look(rule, state, input.found, now);
    // The same word again in the same instant changes nothing.
    return sameJson(state as unknown as Json, result.state as unknown as Json) ? { ...result, state } : result;
  },
  settle,
  dueAt: () => undefined,
};
