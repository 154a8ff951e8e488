import { type Json, sameJson } from "../../kernel/json.ts";
import type { Clause, Step } from "../../kernel/step.ts";
import { formatDuration, iso, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { begin, KEPT, stop } from "./command.ts";
import { copying } from "./copying.ts";
import { ask, clause, giveUp, type Scene } from "./moves.ts";
import type { RunReason } from "./reasons.ts";
import { cutting, folding, sealing, verifying } from "./sealing.ts";
import type { BackupRun, EndedRun, RunAction, RunConfig, RunInput, RunMoved, RunState } from "./types.ts";

type Result = Step<RunState, RunAction, RunReason>;

/** A phase that needs nothing gives way to the next one in the same look. */
const MOST_MOVES = 8;
/** A plan's run that failed is tried again after this, doubled with each failure, and no later than the plan says. */
const RETRY_MS = 5 * MINUTE_MS;
/** Points that are not continued any more, for as long as anybody might. */
const AVOIDED = 20;

/** When people are told that points are missing: twice the interval after the last cut. */
export function missedFrom({ every }: RunConfig, state: RunState): Millis | undefined {
  const from = state.point?.cutAt ?? state.watchedFrom;
  return every === undefined || from === undefined
    ? undefined
    : Math.max(from + 2 * every, (state.missedAt ?? 0) + every);
}

/** One decision about a plan's runs: pure, total, the same for the same arguments. */
export function step(config: RunConfig, before: RunState, input: RunInput, now: Millis): Result {
  if (input.kind === "stop") return stop(config, before, input, now);
  if (input.kind === "start") {
    const begun = begin(config, before, now, input);
    return begun;
  }
  const result = look(config, before, input, now);
  const told = missed(config, result.state, input.id, now);
  if (!told) return result;
  return {
    state: told.state,
    actions: [...result.actions, told.action],
    reason: result.reason.startsWith("held_") ? "missed" : result.reason,
    trace: [...result.trace, told.clause],
  };
}

function look(config: RunConfig, before: RunState, input: Extract<RunInput, { kind: "look" }>, now: Millis): Result {
  const { current } = before;
  const scene: Scene = { config, look: input, now };
  if (!current) {
    if (config.every === undefined)
      return held(before, "held_not_scheduled", "nothing is under way, and the plan has no interval");
    const at = before.nextAt ?? now;
    if (now < at) return held(before, "held_not_due", `the next run begins ${iso(at)}`);
    return begin(config, before, now, { id: input.id, by: "schedule", why: `each ${formatDuration(config.every)}` });
  }
  const trace: Clause[] = (input.failures ?? []).map((text) => clause("input", "unread", text));
  const actions: RunAction[] = [];
  let reason: RunReason | undefined;
  let run: BackupRun = current;
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    const next: RunMoved = one(run, scene, before.avoid);
    trace.push(...next.trace);
    actions.push(...next.actions);
    if (reason === undefined || weight(next.reason) >= weight(reason)) reason = next.reason;
    if (next.ended) return over(config, before, { ...next, run: next.run, ended: next.ended }, actions, trace, now);
    const on = next.run.phase !== run.phase && actions.length === 0;
    run = next.run;
    if (!on) break;
  }
  const same = sameJson(run as unknown as Json, current as unknown as Json);
  return { state: same ? before : { ...before, current: run }, actions, reason: reason ?? "held_waiting", trace };
}

function one(run: BackupRun, scene: Scene, avoid: readonly string[]): RunMoved {
  if (scene.now >= run.deadline && run.phase !== "verifying" && !run.point) {
    const text = `it took longer than ${formatDuration(scene.config.deadlineMs)}`;
    return giveUp(run, "deadline", run.trouble === undefined ? text : `${text}: ${run.trouble}`);
  }
  switch (run.phase) {
    case "cutting":
      return cutting(run, scene, avoid);
    case "copying":
    case "collecting":
      return copying(run, scene);
    case "folding":
      return folding(run, scene);
    case "sealing":
      return sealing(run, scene);
    case "verifying":
      return verifying(run, scene);
  }
}

const held = (state: RunState, reason: RunReason, text: string): Result => ({
  state,
  actions: [],
  reason,
  trace: [clause("held", "idle", text)],
});

const weight = (reason: RunReason): number => (reason.startsWith("held_") ? 0 : reason === "progressed" ? 1 : 2);

/** The run is over: it goes to the others that are, and the plan goes on. */
function over(
  config: RunConfig,
  state: RunState,
  { run, ended, reason }: RunMoved & { readonly ended: NonNullable<RunMoved["ended"]> },
  actions: readonly RunAction[],
  trace: readonly Clause[],
  now: Millis,
): Result {
  const { id, startedAt, phase, point } = run;
  const entry: EndedRun = { id, ...ended, startedAt, endedAt: now, phase, ...(point ? { point } : {}) };
  const { current: _, missedAt, nextAt, ...rest } = state;
  const list = [entry, ...state.ended].slice(0, KEPT);
  if (ended.outcome === "sealed" && point) {
    const bad = point.verified === "failed";
    return {
      state: {
        ...rest,
        ended: list,
        point,
        failures: 0,
        avoid: bad ? [point.id, ...state.avoid].slice(0, AVOIDED) : state.avoid,
        ...(nextAt === undefined ? {} : { nextAt }),
      },
      ...{ actions, reason, trace },
    };
  }
  const failures = state.failures + 1;
  const retry = now + RETRY_MS * 2 ** Math.min(failures - 1, 10);
  const next = nextAt === undefined ? undefined : Math.min(nextAt, retry);
  const told = ask(
    run,
    { config, now },
    {
      type: "tell",
      raise: [{ event: "failed", text: `${id} was given up while ${phase}: ${ended.text}` }],
      end: [],
    },
  );
  const late = phase === "sealing";
  const clean = ask(run, { config, now }, { type: "prune", sealed: false, ...(late ? { late } : {}) });
  return {
    state: {
      ...rest,
      ended: list,
      failures,
      // What the run was to continue may be what it failed at.
      avoid:
        phase === "folding" && run.cut?.previous !== undefined
          ? [run.cut.previous, ...state.avoid].slice(0, AVOIDED)
          : state.avoid,
      ...(missedAt === undefined ? {} : { missedAt }),
      ...(next === undefined ? {} : { nextAt: next }),
    },
    actions: [...actions, clean, told],
    reason,
    trace,
  };
}

function missed(config: RunConfig, state: RunState, id: string, now: Millis) {
  const { every } = config;
  if (every === undefined) return undefined;
  // The plan is watched from the first look on.
  const watched = state.watchedFrom === undefined ? { ...state, watchedFrom: now } : state;
  const from = missedFrom(config, watched);
  if (from === undefined || now < from) return undefined;
  const since = state.point ? `since ${state.point.id} of ${iso(state.point.cutAt)}` : "and there never was one";
  const text = `${config.plan} has no new restore point ${since}, although there should be one each ${formatDuration(every)}`;
  return {
    state: { ...watched, missedAt: now },
    action: ask({ id }, { config, now }, { type: "tell", raise: [{ event: "missed", text }], end: [] }, "missed"),
    clause: clause("vetoed", "missed", text),
  };
}
