import { type Clause, type Step, steady } from "../../kernel/step.ts";
import { formatDuration, iso, type Millis } from "../../kernel/time.ts";
import type {
  Drill,
  DrillAction,
  DrillConfig,
  DrillInput,
  DrillNote,
  DrillReason,
  DrillState,
  DrillStep,
  DrillTurn,
} from "./types.ts";

type Result = Step<DrillState, DrillAction, DrillReason>;
type Of<Kind extends DrillInput["kind"]> = Extract<DrillInput, { kind: Kind }>;

const MOST_FAILURES = 5;
const KEPT = 10;
const FAULTS_KEPT = 20;

const clause = (kind: Clause["kind"], rule: string, text: string): Clause => ({ kind, rule, text, values: {} });
const no = (state: DrillState, reason: DrillReason, text: string): Result => ({
  state,
  actions: [],
  reason,
  trace: [clause(reason.startsWith("held_") ? "held" : "vetoed", "drill", text)],
});
const tell = (config: DrillConfig, id: string, event: DrillAction["event"], text: string): DrillAction => ({
  type: "tell",
  key: `${id}:tell:${event}`,
  plan: config.plan,
  event,
  text,
});

function begin(
  config: DrillConfig,
  state: DrillState,
  input: { readonly id: string; readonly by: string; readonly why: string; readonly point?: Drill["point"] },
  now: Millis,
): Result {
  if (state.current)
    return no(state, "refused_under_way", `${state.current.id} is under way since ${iso(state.current.startedAt)}`);
  const { every } = config;
  const current: Drill = {
    id: input.id,
    by: input.by,
    why: input.why,
    startedAt: now,
    deadline: now + config.deadlineMs,
    phase: "finding",
    ...(input.point ? { point: input.point } : {}),
    steps: {},
    failures: 0,
    faults: [],
  };
  const { nextAt: _, ...rest } = state;
  const of = input.point ? ` of ${input.point.id}` : "";
  return {
    state: { ...rest, current, ...(every === undefined ? {} : { nextAt: now + every }) },
    actions: [],
    reason: "started",
    trace: [clause("chosen", "start", `a drill${of} begins by ${input.by}${input.why === "" ? "" : `: ${input.why}`}`)],
  };
}

const added = (before: Drill["steps"], turn: DrillTurn["steps"]): Drill["steps"] => {
  const sum: { [step in DrillStep]?: number } = { ...before };
  for (const [step, ms] of Object.entries(turn) as [DrillStep, number][]) sum[step] = (sum[step] ?? 0) + ms;
  return sum;
};

function over(config: DrillConfig, state: DrillState, note: DrillNote, faults: readonly string[]): Result {
  const { current: _, ...rest } = state;
  const { status, text } = note;
  const rule = status === "passed" ? "drill" : status === "breached" ? "objective" : "faults";
  return {
    state: { ...rest, ended: [note, ...state.ended].slice(0, KEPT) },
    actions: [tell(config, note.id, status, faults.length > 1 ? `${text}; and ${faults.length - 1} more` : text)],
    reason: status,
    trace: [clause(status === "passed" ? "chosen" : "vetoed", rule, text)],
  };
}

/** A drill that nobody could finish: told as failed, with what is known of it. */
const lost = (drill: Drill, text: string, now: Millis): DrillNote => ({
  id: drill.id,
  point: drill.point?.id ?? "",
  cutAt: drill.point?.cutAt ?? 0,
  startedAt: drill.startedAt,
  endedAt: now,
  status: "failed",
  rtoMs: now - drill.startedAt,
  rpoMs: drill.point ? Math.max(0, drill.startedAt - drill.point.cutAt) : 0,
  verdict: { rpo: "no_objective", rto: "no_objective" },
  records: 0,
  bytes: 0,
  steps: [],
  text,
});

function turn(config: DrillConfig, state: DrillState, drill: Drill, { turn: told }: Of<"turn">, now: Millis): Result {
  const { worker: _, againAt: __, ...rest } = drill;
  const next: Drill = {
    ...rest,
    phase: told.phase,
    steps: added(drill.steps, told.steps),
    ...(told.point ? { point: told.point } : {}),
    ...(told.provenAt === undefined ? {} : { provenAt: told.provenAt }),
    faults: [...new Set([...drill.faults, ...told.faults])].slice(0, FAULTS_KEPT),
    failures: told.status === "failed" ? drill.failures + 1 : 0,
  };
  if (told.status === "over" && told.note) return over(config, state, told.note, next.faults);
  if (told.status !== "failed")
    return {
      state: { ...state, current: next },
      actions: [],
      reason: "progressed",
      trace: [clause("chosen", told.phase, told.why ?? `it is ${told.phase}`)],
    };
  const why = told.why ?? "nobody said why";
  // What went wrong for good is cleaned up after, too; what cannot even be cleaned up is left to the next drill.
  if (told.final || next.failures >= MOST_FAILURES || now >= drill.deadline) {
    const text = `${drill.point?.id ?? config.plan} could not be proven: ${why}`;
    if (drill.phase === "cleaning") return over(config, state, lost(next, text, now), next.faults);
    return {
      state: {
        ...state,
        current: { ...next, phase: "cleaning", failures: 0, faults: [...next.faults, why].slice(-FAULTS_KEPT) },
      },
      actions: [],
      reason: "progressed",
      trace: [clause("vetoed", drill.phase, `${why}; what it made is removed`)],
    };
  }
  const pause = config.backOffMs * 2 ** (next.failures - 1);
  return {
    state: { ...state, current: { ...next, phase: drill.phase, againAt: now + pause } },
    actions: [],
    reason: "held_turn_failed",
    trace: [clause("held", drill.phase, `${why}; again in ${formatDuration(pause)}`)],
  };
}

function take(state: DrillState, drill: Drill, input: Of<"take">, now: Millis): Result {
  if (drill.worker && drill.worker.until > now && drill.worker.id !== input.worker)
    return no(state, "held_taken", `another worker has it for ${formatDuration(drill.worker.until - now)} more`);
  if (drill.againAt !== undefined && drill.againAt > now)
    return no(state, "held_back_off", `again in ${formatDuration(drill.againAt - now)}`);
  return {
    state: { ...state, current: { ...drill, worker: { id: input.worker, until: input.until } } },
    actions: [],
    reason: "taken",
    trace: [clause("chosen", "worker", `${drill.phase} for ${formatDuration(Math.max(0, input.until - now))}`)],
  };
}

function step(config: DrillConfig, state: DrillState, input: DrillInput, now: Millis): Result {
  const { current } = state;
  switch (input.kind) {
    case "start":
      return begin(config, state, input, now);
    case "look": {
      if (current) return no(state, "held_waiting", `${current.id} is ${current.phase}`);
      const { every } = config;
      if (every === undefined)
        return no(state, "held_not_scheduled", "nothing is under way, and the plan has no drills");
      if (state.nextAt === undefined) {
        const nextAt = (state.ended[0]?.startedAt ?? now) + every;
        return { ...no({ ...state, nextAt }, "held_not_due", `the next drill begins ${iso(nextAt)}`) };
      }
      if (now < state.nextAt) return no(state, "held_not_due", `the next drill begins ${iso(state.nextAt)}`);
      return begin(config, state, { id: input.id, by: "schedule", why: `each ${formatDuration(every)}` }, now);
    }
    case "take":
      return current
        ? take(state, current, input, now)
        : no(state, "refused_nothing_under_way", "no drill is under way");
    case "turn":
      if (!current) return no(state, "refused_nothing_under_way", "no drill is under way");
      if (current.worker?.id !== input.worker) return no(state, "held_taken", "another worker has taken it over");
      return turn(config, state, current, input, now);
  }
}

/** Drills of one backup plan, as the shell sees them. */
export const drillMachine = steady<DrillConfig, DrillState, DrillInput, DrillAction, DrillReason>({
  noun: "backup",
  initial: () => ({ v: 1, ended: [] }),
  step,
  settle: (_config, state) => state,
  dueAt(config, state, now) {
    const { current } = state;
    if (current) return Math.max(current.worker?.until ?? 0, current.againAt ?? 0, now ?? current.startedAt);
    return config.every === undefined ? undefined : state.nextAt;
  },
});
