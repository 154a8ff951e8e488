import { type Clause, type Step, steady } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import type {
  RestoreAction,
  RestoreConfig,
  RestoreInput,
  RestoreJob,
  RestorePhase,
  RestoreReason,
  RestoreState,
  RestoreTurn,
} from "./state.ts";

type Result = Step<RestoreState, RestoreAction, RestoreReason>;
type Of<Kind extends RestoreInput["kind"]> = Extract<RestoreInput, { kind: Kind }>;

/** Turns that failed in a row before it is given up: with the default back-off about a quarter of an hour. */
const MOST_FAILURES = 8;
const FAULTS_KEPT = 20;
const ACTIVE: readonly RestorePhase[] = ["restoring", "checking", "settling"];

export const isOver = ({ phase }: RestoreJob): boolean => phase !== "approval" && !ACTIVE.includes(phase);

const clause = (kind: Clause["kind"], rule: string, text: string): Clause => ({ kind, rule, text, values: {} });
const by = (who: string, why: string): string => `by ${who}${why === "" ? "" : `: ${why}`}`;
const no = (state: RestoreState, reason: RestoreReason, rule: string, text: string): Result => ({
  state,
  actions: [],
  reason,
  trace: [clause(reason.startsWith("held_") ? "held" : "vetoed", rule, text)],
});

const tell = (job: RestoreJob, event: RestoreAction["event"], text: string, now: Millis): RestoreAction => ({
  type: "tell",
  key: `${job.id}:tell:${event}:${now}`,
  restore: job.id,
  event,
  text,
});

const counted = ({ totals }: RestoreJob): string =>
  `${totals.records} records of ${totals.topics} ${totals.topics === 1 ? "topic" : "topics"}`;

function start(config: RestoreConfig, state: RestoreState, input: Of<"start">, now: Millis): Result {
  if (state.job)
    return no(
      state,
      isOver(state.job) ? "refused_over" : "refused_under_way",
      "start",
      `${state.job.id} ${isOver(state.job) ? `is ${state.job.phase}` : "is under way"}`,
    );
  if (input.refusals.length > 0) return no(state, "refused_plan", "plan", input.refusals.join("; "));
  const { kind: _, refusals: __, ...rest } = input;
  const job: RestoreJob = {
    ...rest,
    check: config.check,
    phase: config.approval ? "approval" : "restoring",
    since: now,
    startedAt: now,
    so: { records: 0, bytes: 0, partitions: 0, groups: 0 },
    failures: 0,
    faults: [],
    more: 0,
  };
  const text = `${counted(job)} from ${job.point} into ${job.cluster}, ${by(job.by, job.why)}`;
  return {
    state: { ...state, job },
    actions: config.approval ? [tell(job, "approval_needed", `${text}: waits for approval`, now)] : [],
    reason: config.approval ? "planned" : "started",
    trace: [clause("chosen", "start", text)],
  };
}

function end(job: RestoreJob, phase: RestorePhase, result: string, now: Millis): RestoreJob {
  const { worker: _, againAt: __, step: ___, ...rest } = job;
  return { ...rest, phase, since: now, endedAt: now, result };
}

function turn(config: RestoreConfig, job: RestoreJob, input: Of<"turn">, now: Millis): Result {
  const { turn: told } = input;
  const after = counts(job, told);
  const give = (
    next: RestoreJob,
    reason: RestoreReason,
    text: string,
    actions: readonly RestoreAction[] = [],
  ): Result => ({
    state: { v: 1, job: next },
    actions,
    reason,
    trace: [clause(reason === "held_turn_failed" ? "held" : "chosen", next.phase, text)],
  });
  if (told.status === "failed") {
    const why = told.why ?? "nobody said why";
    const failures = job.failures + 1;
    if (told.final || failures >= MOST_FAILURES) {
      const text = told.final ? why : `given up after ${failures} failures: ${why}`;
      return give(end(after, "failed", text, now), "failed", text, [tell(job, "failed", text, now)]);
    }
    const pause = config.backOffMs * 2 ** (failures - 1);
    return give(
      { ...after, failures, againAt: now + pause },
      "held_turn_failed",
      `${why}; again in ${formatDuration(pause)}`,
    );
  }
  if (told.status === "more") {
    const none = told.records === 0 && told.partitions === job.so.partitions;
    const text = `${after.so.records} of ${job.totals.records} records, ${after.so.partitions} of ${job.totals.partitions} partitions`;
    const waits = none && told.why !== undefined ? { againAt: now + config.backOffMs } : {};
    return give(
      { ...after, failures: 0, ...waits },
      "progressed",
      told.why === undefined ? text : `${text}; ${told.why}`,
    );
  }
  const next = { ...after, since: now, failures: 0 };
  if (job.phase === "restoring" && job.check)
    return give({ ...next, phase: "checking" }, "records_restored", `${counted(job)} are in; they are compared`);
  if (job.phase === "restoring")
    return give(
      { ...next, phase: "settling" },
      "records_restored",
      `${counted(job)} are in; groups and settings follow`,
    );
  if (job.phase === "checking")
    return give(
      { ...next, phase: "settling" },
      "compared",
      told.faults.length === 0 ? "every record is the same" : (told.faults[0] ?? ""),
    );
  const text =
    told.status === "done"
      ? `${after.so.records} records were added and ${after.so.groups} groups set in ${formatDuration(now - job.startedAt)}`
      : `all that could be restored is; ${after.faults.length + after.more} things are not as planned: ${after.faults[0] ?? ""}`;
  const whole = told.status === "done" && after.faults.length === 0;
  return give(
    end(after, whole ? "done" : "partly", text.trim(), now),
    whole ? "restored" : "partly_restored",
    text.trim(),
    [tell(job, whole ? "over" : "failed", text.trim(), now)],
  );
}

function counts(job: RestoreJob, told: RestoreTurn): RestoreJob {
  const { worker: _, againAt: __, ...rest } = job;
  const faults = [...new Set(told.status === "more" ? job.faults : [...job.faults, ...told.faults])];
  return {
    ...rest,
    so: {
      records: job.so.records + told.records,
      bytes: job.so.bytes + told.bytes,
      partitions: Math.max(job.so.partitions, told.partitions),
      groups: Math.max(job.so.groups, told.groups),
    },
    ...(told.step === undefined ? {} : { step: told.step }),
    faults: faults.slice(0, FAULTS_KEPT),
    more: job.more + Math.max(0, faults.length - FAULTS_KEPT),
  };
}

function take(state: RestoreState, job: RestoreJob, input: Of<"take">, now: Millis): Result {
  if (job.phase === "approval") return no(state, "held_approval", "approval", `${job.id} waits for approval`);
  if (job.worker && job.worker.until > now && job.worker.id !== input.worker)
    return no(
      state,
      "held_taken",
      "worker",
      `another worker has it for ${formatDuration(job.worker.until - now)} more`,
    );
  if (job.againAt !== undefined && job.againAt > now)
    return no(state, "held_back_off", "back-off", `again in ${formatDuration(job.againAt - now)}`);
  const worker = { id: input.worker, until: input.until };
  return {
    state: { v: 1, job: { ...job, worker } },
    actions: [],
    reason: "taken",
    trace: [clause("chosen", "worker", `${job.phase} for ${formatDuration(Math.max(0, input.until - now))}`)],
  };
}

function step(config: RestoreConfig, state: RestoreState, input: RestoreInput, now: Millis): Result {
  if (input.kind === "start") return start(config, state, input, now);
  const { job } = state;
  if (!job) return no(state, "refused_unknown", "unknown", "there is no such restore");
  if (isOver(job)) return no(state, "refused_over", "over", `${job.id} is ${job.phase}`);
  switch (input.kind) {
    case "approve": {
      if (job.phase !== "approval") return no(state, "refused_not_asked", "approval", `${job.id} needs no approval`);
      const approved = { by: input.by, why: input.why, at: now };
      return {
        state: { v: 1, job: { ...job, approved, phase: "restoring", since: now } },
        actions: [tell(job, "over", `approved ${by(input.by, input.why)}`, now)],
        reason: "approved",
        trace: [clause("chosen", "approve", `approved ${by(input.by, input.why)}`)],
      };
    }
    case "cancel": {
      const text = `cancelled ${by(input.by, input.why)}; what is restored stays, and settings are held back until it is begun again`;
      return {
        state: { v: 1, job: end(job, "cancelled", text, now) },
        actions: [tell(job, "over", text, now)],
        reason: "cancelled",
        trace: [clause("chosen", "cancel", text)],
      };
    }
    case "take":
      return take(state, job, input, now);
    case "turn":
      // Somebody else has taken over: what it did is found by looking at the cluster.
      if (job.worker?.id !== input.worker) return no(state, "held_taken", "worker", "another worker has taken it over");
      return turn(config, job, input, now);
  }
}

/** One restore, as the shell sees it. Nothing is done by its decisions but telling people: workers ask for turns and say what they did. */
export const restoreMachine = steady<RestoreConfig, RestoreState, RestoreInput, RestoreAction, RestoreReason>({
  noun: "backup",
  initial: () => ({ v: 1 }),
  step,
  settle: (_config, state) => state,
  dueAt(_config, { job }, now) {
    if (!job || !ACTIVE.includes(job.phase)) return undefined;
    return Math.max(job.worker?.until ?? 0, job.againAt ?? 0, now ?? job.since);
  },
});
