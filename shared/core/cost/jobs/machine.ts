import { type ActionResult, type Clause, type Step, steady } from "../../kernel/step.ts";
import { formatDuration, HOUR_MS, iso, type Millis } from "../../kernel/time.ts";
import { lastInstant, nextInstant, spanOf, spanTo } from "./instants.ts";
import { noteOf } from "./note.ts";
import { settleRun } from "./settle.ts";
import type {
  ReportAction,
  ReportConfig,
  ReportEvent,
  ReportInput,
  ReportReason,
  ReportRun,
  ReportState,
} from "./types.ts";

type Result = Step<ReportState, ReportAction, ReportReason>;

/** Tries of each phase; with pauses that double up to an hour these take most of a day. */
const MOST_FAILURES = 12;
const KEPT = 30;

const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  ...{ kind, rule, text, values },
});
const no = (state: ReportState, reason: ReportReason, text: string): Result => ({
  state,
  actions: [],
  reason,
  trace: [clause(reason.startsWith("held_") ? "held" : "vetoed", "report", text)],
});

const make = (config: ReportConfig, run: ReportRun): ReportAction => ({
  type: "make_report",
  key: `${run.id}:make`,
  report: config.report,
  run: run.id,
  from: run.from,
  to: run.to,
  every: config.every,
  done: run.made?.places ?? [],
});

function begin(
  config: ReportConfig,
  state: ReportState,
  { by, at, to, later }: { readonly by: string; readonly at: Millis; readonly to?: string; readonly later?: boolean },
  now: Millis,
): Result {
  const span = to === undefined ? spanOf(config, at) : spanTo(config.every, to);
  const scheduled = by === "schedule";
  const run: ReportRun = {
    ...span,
    id: `${config.report}@${span.to}${scheduled ? "" : `+${now}`}`,
    scheduledAt: at,
    startedAt: now,
    by,
    phase: "making",
    failures: 0,
    told: [],
    refused: [],
    ...(later === true ? { againAt: now } : {}),
  };
  const missed = scheduled ? missedSince(config, state, at) : 0;
  return {
    state: { ...state, current: run, ...(scheduled ? { lastAt: at } : {}) },
    actions: later === true ? [] : [make(config, run)],
    reason: scheduled ? "begun" : "asked",
    trace: [
      ...(missed > 0
        ? [
            clause(
              "held",
              "missed",
              `${missed} earlier ${missed === 1 ? "report was" : "reports were"} due while nobody looked; only the newest is made`,
              { missed },
            ),
          ]
        : []),
      clause(
        "chosen",
        scheduled ? "schedule" : "ask",
        `${span.from} to ${span.to}, ${scheduled ? `due ${iso(at)}` : `asked for by ${by}`}`,
      ),
    ],
  };
}

/** Instants between the last one that was taken up and this one. */
function missedSince(config: ReportConfig, { lastAt, since }: ReportState, at: Millis): number {
  const length = config.every === "daily" ? 24 * HOUR_MS : 7 * 24 * HOUR_MS;
  return Math.max(0, Math.floor((at - nextInstant(config, lastAt ?? since)) / length));
}

const pauseOf = (config: ReportConfig, failures: number): number =>
  Math.min(HOUR_MS, config.backOffMs * 2 ** Math.max(0, failures - 1));

/** What people are told when a report is over: what is new, and the end of what is no more. */
function news(
  config: ReportConfig,
  state: ReportState,
  run: ReportRun,
  failed: string | undefined,
): {
  readonly actions: readonly ReportAction[];
  readonly open: readonly ReportEvent[];
} {
  const denied = run.made?.denied ? run.made.troubles.join("; ") : undefined;
  const raise = [
    ...(failed === undefined ? [] : [{ event: "failed" as const, text: failed }]),
    ...(denied === undefined ? [] : [{ event: "denied" as const, text: denied }]),
  ];
  const open = raise.map(({ event }) => event);
  // Of a report that was never made nothing is known of its sources.
  const end = state.open.filter((event) => !open.includes(event) && (event !== "denied" || run.made !== undefined));
  const still = state.open.filter((event) => !open.includes(event) && !end.includes(event));
  if (raise.length + end.length === 0) return { actions: [], open: still };
  return {
    actions: [{ type: "tell_people", key: `${run.id}:people`, report: config.report, raise, end }],
    open: [...open, ...still],
  };
}

function over(config: ReportConfig, state: ReportState, run: ReportRun, now: Millis, failed?: string): Result {
  const { current: _, ...rest } = state;
  const note = noteOf(run, now, failed);
  const told = news(config, state, run, failed ?? (note.status === "partly" ? note.summary : undefined));
  return {
    state: { ...rest, ended: [note, ...state.ended].slice(0, KEPT), open: told.open },
    actions: told.actions,
    reason: failed === undefined ? "finished" : "given_up",
    trace: [
      clause(
        failed === undefined ? "chosen" : "vetoed",
        failed === undefined ? "report" : "patience",
        failed ?? note.summary,
      ),
    ],
  };
}

/** Targets of the configuration that were neither told nor refused for good. */
const untold = (config: ReportConfig, run: ReportRun): readonly string[] =>
  config.targets.filter((one) => !run.told.includes(one) && !run.refused.some(({ target }) => target === one));

function goOn(config: ReportConfig, state: ReportState, run: ReportRun, now: Millis): Result {
  const isLate = now >= nextInstant(config, run.scheduledAt) && run.by === "schedule";
  if (run.failures >= MOST_FAILURES || (isLate && run.failures > 0))
    return over(config, state, run, now, `${run.from} to ${run.to}: ${run.why ?? "nobody said why"}`);
  if (run.againAt !== undefined && now < run.againAt)
    return no(state, "held_back_off", `${run.why ?? "it failed"}; again in ${formatDuration(run.againAt - now)}`);
  const { againAt: _, ...rest } = run;
  const next = run.againAt === undefined ? state : { ...state, current: rest };
  if (run.phase === "making")
    return {
      state: next,
      actions: [make(config, run)],
      reason: "again",
      trace: [
        clause(
          "chosen",
          "retry",
          run.againAt !== undefined && run.failures === 0
            ? `${run.from} to ${run.to} is made now, asked for by ${run.by}`
            : `${run.from} to ${run.to} is made again: ${run.why ?? "nobody knows what became of it"}`,
        ),
      ],
    };
  const left = untold(config, run);
  const { made } = run;
  if (left.length === 0 || !made) return over(config, state, run, now);
  return {
    state: next,
    actions: left.map((target) => ({
      type: "tell_receiver",
      key: `${run.id}:tell:${target}`,
      report: config.report,
      run: run.id,
      target,
      to: run.to,
      summary: made.summary,
      lines: made.lines,
      files: made.files,
    })),
    reason: "told",
    trace: [clause("chosen", "receivers", `${made.summary}, to ${left.join(", ")}`)],
  };
}

function step(config: ReportConfig, state: ReportState, input: ReportInput, now: Millis): Result {
  const { current } = state;
  if (input.kind === "ask") {
    if (current) return no(state, "refused_under_way", `${current.id} is under way since ${iso(current.startedAt)}`);
    const { kind: _, ...asked } = input;
    return begin(config, state, { ...asked, at: now }, now);
  }
  if (current) return goOn(config, state, current, now);
  const at = lastInstant(config, now);
  const seen = state.lastAt ?? state.since;
  if (at <= seen)
    return no(state, "held_not_due", `the next one is due ${iso(nextInstant(config, Math.max(now, seen)))}`);
  return begin(config, state, { by: "schedule", at }, now);
}

/** Scheduled reports of one name, as the shell sees them: each period is made once, and told to each receiver once. */
export const reportMachine = steady<ReportConfig, ReportState, ReportInput, ReportAction, ReportReason>({
  noun: "cost",
  initial: (_config, now) => ({ v: 1, since: now, ended: [], open: [] }),
  step,
  settle: (config, state, results: readonly ActionResult[], now) =>
    state.current
      ? { ...state, current: settleRun(state.current, results, now, (failures) => pauseOf(config, failures)) }
      : state,
  dueAt(config, { current, lastAt, since }) {
    if (current) return current.againAt ?? current.startedAt;
    return nextInstant(config, lastAt ?? since);
  },
});
