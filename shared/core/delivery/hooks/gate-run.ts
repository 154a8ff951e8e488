import type { Clause, Machine } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import type { GateRunConfig, GateRunInput, GateRunReason, GateRunState, ReportAction } from "./gate-run-types.ts";
import { judge } from "./judging.ts";

type GateRunMachine = Machine<GateRunConfig, GateRunState, GateRunInput, ReportAction, GateRunReason>;
type Result = ReturnType<GateRunMachine["step"]>;
type Look = Extract<GateRunInput, { kind: "gate_look" }>;

const clause = (kind: Clause["kind"], text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule: "gate",
  text,
  values,
});

function step(config: GateRunConfig, before: GateRunState, input: GateRunInput, now: Millis): Result {
  switch (input.kind) {
    case "gate_door":
      return door(before, input, now);
    case "gate_knock":
      return knock(config, before, now);
    case "gate_grow":
      return grow(before, now);
    case "gate_look":
      return look(config, begun(config, before, input, now), input, now);
  }
}

function knock({ system, service }: GateRunConfig, before: GateRunState, now: Millis): Result {
  const state = before.knockedAt === undefined ? { ...before, service, knockedAt: now } : before;
  return {
    state,
    actions: [],
    reason: "approval_asked",
    trace: [clause("held", `${system} waits for somebody to approve the rollout of ${service}`)],
  };
}

/** Traffic may come without data once, for without it there is never any. */
function grow(before: GateRunState, now: Millis): Result {
  return {
    state: before.grewAt === undefined ? { ...before, grewAt: now } : before,
    actions: [],
    reason: "first_traffic",
    trace: [clause("chosen", "the new version has had no traffic yet: its first is let through")],
  };
}

function door(before: GateRunState, input: Extract<GateRunInput, { kind: "gate_door" }>, now: Millis): Result {
  const { status, by } = input;
  const reason = status === "open" ? "door_opened" : "door_closed";
  const what = input.door === "gate" ? "the gate" : "the way back";
  const same = before.doors?.[input.door]?.status === status;
  return {
    state: same ? before : { ...before, doors: { ...before.doors, [input.door]: { status, by, at: now } } },
    actions: [],
    reason,
    trace: [clause("changed", `${by} ${status === "open" ? "opened" : "closed"} ${what}`)],
  };
}

/** Another run begins anew; doors stay as people have set them. */
function begun(
  { service }: GateRunConfig,
  before: GateRunState,
  { run, report, asked }: Look,
  now: Millis,
): GateRunState {
  if (before.begunAt !== undefined && (run === undefined || run === before.run)) return before;
  const notBefore = asked?.from ?? before.judging?.until ?? before.ended?.at;
  return {
    v: 1,
    service,
    begunAt: now,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(run === undefined ? {} : { run }),
    ...(report ? { report } : {}),
    ...(asked ? { asked } : {}),
    ...(before.doors ? { doors: before.doors } : {}),
  };
}

function look(config: GateRunConfig, state: GateRunState, input: Look, now: Millis): Result {
  const { begunAt = now } = state;
  const unread: Clause[] = input.failure ? [clause("input", input.failure)] : [];
  const trace: Clause[] = [...unread];
  const end = (ok: boolean, reason: GateRunReason, text: string, next = state): Result => {
    const unknown = reason === "gate_insufficient" && config.insufficient !== "fail" ? { unknown: true as const } : {};
    const ended = { ...next, ended: { ok, text, at: now, ...unknown } };
    const actions = reports(ended);
    return { state: ended, actions, reason, trace: [...trace, clause(ok ? "chosen" : "vetoed", text)] };
  };
  const hold = (reason: GateRunReason, text: string, next = state): Result => ({
    state: next,
    actions: [],
    reason,
    trace: [...trace, clause("held", text)],
  });

  const { ended } = state;
  const over = (text: string, next = state): Result => ({
    state: next,
    actions: reports(next),
    reason: "held_over",
    trace: [...trace, clause("held", text)],
  });
  // Who was told once is told nothing more; whoever goes on asking is told when a release that was let through turns bad.
  if (ended && (!ended.ok || state.report || !config.gate)) return over(ended.text);
  if (!config.gate) return end(true, "gate_let_through", "nothing is judged: the gate is off");
  const waited = now - begunAt;
  const begins = {
    ...(state.notBefore === undefined ? {} : { notBefore: state.notBefore }),
    ...(state.asked?.from === undefined ? {} : { named: true as const }),
  };
  const result = judge(config.gate, state.judging, input.intervals ?? [], begins);
  if (!result) {
    if (ended) return over(ended.text);
    const text = "no request of the new version has been counted";
    if (waited <= Math.max(config.forMs, config.patienceMs)) return hold("held_no_data", text);
    return end(false, "gate_insufficient", `${text} for ${formatDuration(waited)}; that is no pass`);
  }
  const { judging } = result;
  trace.push(...result.trace.slice(-3));
  const next = judging === state.judging ? state : { ...state, judging };
  const { verdict, reason, text = "" } = judging;
  if (verdict === "fail") return end(false, "gate_failed", text, next);
  if (ended) return over(text || ended.text, next);
  if (verdict === "pass" && config.passEarly) return end(true, "gate_passed", text, next);
  const left = config.forMs - (judging.until - judging.beganAt);
  if (verdict === undefined || left > 0) {
    const kept = hold(
      "held_judging",
      `${text || "nothing is counted yet"}; ${formatDuration(Math.max(0, left))} are left`,
      next,
    );
    return next === state || verdict === undefined ? kept : { ...kept, reason: "gate_judged" };
  }
  if (verdict === "pass") return end(true, "gate_passed", text, next);
  const blind = reason === "no_canary_data" || reason === "no_baseline_data" || reason === "no_data";
  if (verdict === "continue" || (config.insufficient === "continue" && !blind))
    return end(true, "gate_let_through", text, next);
  const waits = config.insufficient === "hold" || config.insufficient === "pause";
  if (config.insufficient === "fail" || (!waits && waited > config.forMs + config.patienceMs))
    return end(false, "gate_insufficient", `${text}; that is no pass`, next);
  return hold("held_no_data", text, next);
}

function reports({ report, ended }: GateRunState): readonly ReportAction[] {
  if (!report || !ended || report.told !== undefined) return [];
  const { deploymentId, executionId } = report;
  const status = ended.ok ? "Succeeded" : "Failed";
  return [
    { type: "report_codedeploy", key: `${deploymentId}/${executionId}/${status}`, deploymentId, executionId, status },
  ];
}

/** A rollout that somebody else makes, judged here. */
export const gateRunMachine: GateRunMachine = {
  noun: "delivery",
  initial: () => ({ v: 1 }),
  step,
  settle: (_config, state, results) => {
    const [result] = results;
    // A refusal is final, CodeDeploy has stopped waiting; who did not answer is told again at the next look.
    if (!result || !state.report || result.status === "failed") return state;
    return { ...state, report: { ...state.report, told: result.at } };
  },
  // Only who reports by himself has to be woken; the others come and ask.
  dueAt: (config, state, now) =>
    state.report && state.report.told === undefined
      ? (state.judging?.until ?? now ?? state.begunAt ?? 0) + (config.gate?.everyMs ?? 0)
      : undefined,
};
