import type { Clause, Machine } from "../../kernel/step.ts";
import { formatDuration, type Millis, SECOND_MS } from "../../kernel/time.ts";
import type { GateSettings } from "../gate/settings.ts";
import { type EcsHookEvent, isEcsRollback, targetShare } from "./ecs-event.ts";
import { type JudgedInterval, type Judging, judge } from "./judging.ts";

/** What a hook is told by the configuration of the service. Durations in ms. */
export interface EcsHookConfig {
  readonly service: string;
  /** Absent: nothing is judged. */
  readonly gate?: GateSettings;
  /** Judged for so long after all traffic has been shifted. */
  readonly bakeMs: number;
  /** How long data of the new version may be missing before that counts. */
  readonly patienceMs: number;
  readonly insufficient: "hold" | "continue" | "pause" | "fail";
  readonly passEarly: boolean;
  /** A person approves before the first production traffic. */
  readonly approval: boolean;
  /** A smoke hook is configured. */
  readonly smoke: boolean;
}

/** Carried from call to call in `hookDetails.headgate`. */
export interface EcsHookState {
  readonly v: 1;
  /** Which call it belongs to: ECS hands details back to the same hook of the same deployment only, and so do we. */
  readonly stage: string;
  readonly deployment: string;
  /** First call at this share of the production traffic: a canary or linear shift calls the same stage at each step. */
  readonly firstAt: Millis;
  /** Percent. Absent in what an older version left. */
  readonly share?: number;
  readonly judging?: Judging;
}

export interface EcsHookInput {
  readonly kind: "ecs_hook";
  readonly event: EcsHookEvent;
  readonly carried?: EcsHookState;
  readonly intervals?: readonly JudgedInterval[];
  readonly smoke?: { readonly status: "passed" | "failed" | "waiting"; readonly detail: string };
  readonly approval?: { readonly status: "approved" | "refused"; readonly by: string; readonly why: string };
  /** What could not be read. */
  readonly failure?: string;
}

export type EcsHookReason =
  | "let_through"
  | "rollback_seen"
  | "smoke_passed"
  | "smoke_failed"
  | "approved"
  | "refused"
  | "gate_passed"
  | "gate_failed"
  | "gate_insufficient"
  | "held_smoke"
  | "held_approval"
  | "held_judging"
  | "held_no_data";

/** What ECS is answered (ECS developer guide, "Lambda hooks"). */
export interface EcsHookAnswer {
  readonly hookStatus: "SUCCEEDED" | "FAILED" | "IN_PROGRESS";
  /** Seconds. */
  readonly callBackDelay?: number;
  readonly hookDetails?: { readonly headgate: EcsHookState };
}

export interface EcsHookOutcome {
  readonly v: 1;
  readonly answer?: EcsHookAnswer;
}

type Result = ReturnType<Machine<EcsHookConfig, EcsHookOutcome, EcsHookInput, never, EcsHookReason>["step"]>;

const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule,
  text,
  values,
});

function step(config: EcsHookConfig, _before: EcsHookOutcome, input: EcsHookInput, now: Millis): Result {
  const { event } = input;
  const { stage, deploymentArn } = event;
  const carried =
    input.carried?.stage === stage && input.carried.deployment === deploymentArn ? input.carried : undefined;
  const share = targetShare(event);
  const fresh = carried === undefined || (carried.share ?? share) !== share;
  const state: EcsHookState = {
    ...(carried ?? { v: 1, stage, deployment: deploymentArn }),
    firstAt: fresh ? now : carried.firstAt,
    share,
  };
  const trace: Clause[] = [
    clause("input", "stage", `${stage}: the target has ${share} % of the production traffic`, {
      production: event.production,
      test: event.test,
    }),
    ...(input.failure ? [clause("input", "unread", input.failure)] : []),
  ];
  const end = (hookStatus: "SUCCEEDED" | "FAILED", reason: EcsHookReason, text: string): Result => ({
    state: { v: 1, answer: { hookStatus } },
    actions: [],
    reason,
    trace: [...trace, clause(hookStatus === "FAILED" ? "vetoed" : "chosen", "hook", text)],
  });
  const hold = (reason: EcsHookReason, text: string, next = state): Result => ({
    state: {
      v: 1,
      answer: {
        hookStatus: "IN_PROGRESS",
        callBackDelay: Math.max(1, Math.round((config.gate?.everyMs ?? 30 * SECOND_MS) / SECOND_MS)),
        hookDetails: { headgate: next },
      },
    },
    actions: [],
    reason,
    trace: [...trace, clause("held", "hook", text)],
  });

  if (isEcsRollback(event))
    return end("SUCCEEDED", "rollback_seen", "this is a rollback: traffic goes back to the other revision");
  if (stage === "POST_SCALE_UP" || stage === "POST_TEST_TRAFFIC_SHIFT") return smoke();
  if (stage === "PRE_PRODUCTION_TRAFFIC_SHIFT") return share > 0 ? judged(0) : approval();
  if (stage === "POST_PRODUCTION_TRAFFIC_SHIFT") return judged(config.bakeMs);
  return end("SUCCEEDED", "let_through", "nothing is decided at this stage");

  function smoke(): Result {
    // With test traffic the service is asked once that has been shifted, without it as soon as it stands.
    const tested = Object.keys(event.test).length > 0;
    if (!config.smoke || (stage === "POST_SCALE_UP") === tested)
      return end("SUCCEEDED", "let_through", "no smoke test is asked for at this stage");
    if (input.smoke?.status === "passed") return end("SUCCEEDED", "smoke_passed", input.smoke.detail);
    if (input.smoke?.status === "failed") return end("FAILED", "smoke_failed", input.smoke.detail);
    const why = input.smoke?.detail ?? "the smoke test has not answered";
    if (now - state.firstAt > config.patienceMs)
      return end("FAILED", "smoke_failed", `${why}, for ${formatDuration(now - state.firstAt)}`);
    return hold("held_smoke", why);
  }

  function approval(): Result {
    if (!config.approval) return end("SUCCEEDED", "let_through", "no approval is asked for");
    const { approval: said } = input;
    if (said?.status === "approved") return end("SUCCEEDED", "approved", `${said.by} approved: ${said.why}`);
    if (said) return end("FAILED", "refused", `${said.by} refused: ${said.why}`);
    return hold("held_approval", "it waits for somebody to approve");
  }

  /** Judges what there is; with `forMs` it goes on until so long has been judged. */
  function judged(forMs: number): Result {
    if (!config.gate) return end("SUCCEEDED", "let_through", "nothing is judged: the gate is off");
    const result = judge(config.gate, state.judging, input.intervals ?? []);
    const waited = now - state.firstAt;
    if (!result) {
      const text = "no request of the new revision has been counted";
      if (waited <= Math.max(forMs, config.patienceMs)) return hold("held_no_data", text);
      return end("FAILED", "gate_insufficient", `${text} for ${formatDuration(waited)}; that is no pass`);
    }
    trace.push(...result.trace.slice(-3));
    const { judging } = result;
    const next = { ...state, judging };
    const { verdict, text = "" } = judging;
    if (verdict === "fail") return end("FAILED", "gate_failed", text);
    if (verdict === "pass" && (forMs === 0 || config.passEarly)) return end("SUCCEEDED", "gate_passed", text);
    const left = forMs - (judging.until - judging.beganAt);
    if (verdict === undefined || left > 0)
      return hold(
        "held_judging",
        `${text || "nothing is counted yet"}; ${formatDuration(Math.max(0, left))} are left`,
        next,
      );
    if (verdict !== "insufficient" || config.insufficient === "continue") {
      const blind = judging.reason === "no_canary_data" || judging.reason === "no_data";
      if (verdict !== "insufficient" || !blind)
        return end("SUCCEEDED", verdict === "pass" ? "gate_passed" : "let_through", text);
    }
    // "hold" and "pause" wait until somebody decides, or ECS's own time for the hook ends (24 hours, then it rolls back).
    const waits = config.insufficient === "hold" || config.insufficient === "pause";
    if (config.insufficient === "fail" || (!waits && waited > forMs + config.patienceMs))
      return end("FAILED", "gate_insufficient", `${text}; that is no pass`);
    return hold("held_no_data", text, next);
  }
}

/** A call of an ECS lifecycle hook: it has no item of its own, what it must know travels with the calls. */
export const ecsHookMachine: Machine<EcsHookConfig, EcsHookOutcome, EcsHookInput, never, EcsHookReason> = {
  noun: "delivery",
  initial: () => ({ v: 1 }),
  step,
  settle: (_config, state) => state,
  dueAt: () => undefined,
};

/** Subject of the decisions of a service's lifecycle hooks. */
export const ecsHookSubject = (service: string): string => `hook:${service}`;
