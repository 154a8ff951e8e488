import { isOver, restoreMachine } from "../../shared/core/backup/restore/machine.ts";
import {
  type RestoreConfig,
  type RestoreInput,
  type RestoreJob,
  type RestoreReason,
  type RestoreState,
  restoreSubject,
} from "../../shared/core/backup/restore/state.ts";
import type { RestorePlan, RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { MINUTE_MS, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { keptPaper } from "./kept-paper.ts";
import type { Place } from "./place.ts";
import { planOf } from "./restore.ts";
import { claimTopics, releaseTopics } from "./restore-busy.ts";
import { withEarlierSettings } from "./restore-earlier.ts";
import { tellRestore } from "./restore-tell.ts";
import { compareTurn, failedTurn, type RestoreKept, restoreTurn } from "./restore-turn.ts";
import type { RestoreContext, RestoreProgress } from "./restore-types.ts";
import "../shared-parts.ts";

const BACK_OFF_MS = 5 * SECOND_MS;
/** Longest turn of one worker: below the life of a function. */
const TURN_MS = 10 * MINUTE_MS;
/** What a worker may be late with its word. */
const LATE_MS = 2 * MINUTE_MS;
/** Topics are free again so long after the last turn was begun, whatever became of the restore. */
const CLAIM_MS = 30 * MINUTE_MS;

/** Who opens the point and the cluster of a restore: settings may have changed between two turns. */
type OpenRestore = (
  job: Pick<RestoreJob, "plan" | "point" | "cluster">,
) => Promise<RestoreContext & { readonly places: readonly Place[] }>;

export interface RestoreAsk {
  readonly plan: string;
  readonly point: string;
  /** Name of the cluster of the configuration that is restored into. */
  readonly cluster: string;
  readonly request: RestoreRequest;
  readonly by: string;
  readonly why: string;
}

export interface RestoreRules {
  readonly approval?: boolean;
  readonly check?: boolean;
  readonly configVersion?: string;
}

const restoreKey = (tenant: string, id: string): AggregateKey => ({
  tenant,
  noun: restoreMachine.noun,
  subject: restoreSubject(id),
});

export async function loadRestore(runtime: Runtime, tenant: string, id: string): Promise<RestoreJob | undefined> {
  const stored = await runtime.store.load(restoreKey(tenant, id));
  return (stored?.state as unknown as RestoreState | undefined)?.job;
}

/** What was kept of a restore: its plan, what each partition and group came to. */
export const keptOf = (places: readonly Place[], { plan, id }: Pick<RestoreJob, "plan" | "id">) =>
  keptPaper<RestoreKept>(places, plan, id);

async function decide(
  runtime: Runtime,
  tenant: string,
  id: string,
  input: RestoreInput,
  rules: RestoreRules,
  trigger: Trigger,
): Promise<RunResult<RestoreReason>> {
  const config: RestoreConfig = {
    approval: rules.approval === true,
    check: rules.check === true,
    backOffMs: BACK_OFF_MS * runtime.speed,
  };
  const result = await run(runtime, {
    machine: restoreMachine,
    tenant,
    subject: restoreSubject(id),
    mode: "act",
    config,
    configVersion: rules.configVersion ?? "none",
    trigger,
    observe: async () => input,
    perform: (action) => tellRestore(runtime, tenant, action),
  });
  if (result.status === "busy" || result.status === "conflict")
    throw new HeadgateError("backup.busy", `${id} is being worked on right now; ask again`, { retryable: true });
  return result;
}

const said = ({ record }: RunResult<RestoreReason>): string => record?.trace.at(-1)?.text ?? "";

/**
 * Begins a restore: plans it, takes its topics, and keeps the plan. Nothing is written to the cluster by this.
 *
 * @throws HeadgateError `restore.refused` with every reason, `backup.busy`; those of cluster, places and store
 */
export async function beginRestore(
  runtime: Runtime,
  tenant: string,
  open: OpenRestore,
  ask: RestoreAsk,
  rules: RestoreRules = {},
): Promise<{ readonly id: string; readonly plan: RestorePlan }> {
  const now = Math.floor(runtime.now());
  const id = timeId("rst", now, runtime.random);
  const world = await open(ask);
  const plan = await withEarlierSettings(world.places, await planOf(world, ask.request));
  if (plan.refusals.length > 0)
    throw new HeadgateError("restore.refused", plan.refusals.map(({ why }) => why).join("; "), {
      faults: plan.refusals.map(({ path, why }) => ({ path, message: why })),
    });
  const topics = plan.topics.map(({ target }) => target);
  await claimTopics(runtime.store, tenant, ask.cluster, { id, topics, until: now + CLAIM_MS * runtime.speed }, now);
  try {
    await keptOf(world.places, { plan: ask.plan, id }).save({ v: 1, request: ask.request, plan, compared: [] });
    const { by, why } = ask;
    const trigger = { type: "api", detail: why === "" ? by : `${by}: ${why}` } as const;
    const input: RestoreInput = { kind: "start", id, ...ask, totals: plan.totals, refusals: [] };
    await decide(runtime, tenant, id, input, rules, trigger);
  } catch (error) {
    await releaseTopics(runtime.store, tenant, ask.cluster, id, now).catch(() => {});
    throw error;
  }
  return { id, plan };
}

/**
 * One turn of a restore: takes it, works until it is over or the time is, and says what came of it. Any number of workers may call it at any time.
 *
 * @throws HeadgateError `backup.unknown`; those of the store. What goes wrong with the restore itself is in its state.
 */
export async function stepRestore(
  runtime: Runtime,
  tenant: string,
  open: OpenRestore,
  id: string,
  options: {
    readonly deadline?: Millis;
    readonly signal?: AbortSignal;
    readonly rules?: RestoreRules;
    readonly trigger?: Trigger;
    readonly onProgress?: (progress: RestoreProgress) => void;
  } = {},
): Promise<RestoreJob> {
  const { rules = {}, trigger = { type: "queue", detail: "turn" }, signal, onProgress } = options;
  const now = Math.floor(runtime.now());
  const deadline = Math.min(options.deadline ?? Number.POSITIVE_INFINITY, now + TURN_MS * runtime.speed);
  const worker = timeId("wrk", now, runtime.random);
  const until = deadline + LATE_MS * runtime.speed;
  const taken = await decide(runtime, tenant, id, { kind: "take", worker, until }, rules, trigger);
  const job = await loadRestore(runtime, tenant, id);
  if (!job) throw new HeadgateError("backup.unknown", `there is no restore ${id}`);
  if (taken.reason !== "taken") return job;
  const turn = await work(runtime, tenant, open, job, {
    deadline,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  await decide(runtime, tenant, id, { kind: "turn", worker, turn }, rules, trigger);
  const after = (await loadRestore(runtime, tenant, id)) ?? job;
  if (isOver(after)) await releaseTopics(runtime.store, tenant, after.cluster, id, Math.floor(runtime.now()));
  return after;
}

async function work(
  runtime: Runtime,
  tenant: string,
  open: OpenRestore,
  job: RestoreJob,
  limits: {
    readonly deadline: Millis;
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: RestoreProgress) => void;
  },
) {
  try {
    const context = await open(job);
    const paper = keptOf(context.places, job);
    const kept = await paper.load();
    if (!kept) throw new HeadgateError("backup.unknown", `the plan of ${job.id} is gone; begin it again`);
    const topics = kept.plan.topics.map(({ target }) => target);
    const now = Math.floor(runtime.now());
    const until = limits.deadline + CLAIM_MS * runtime.speed;
    await claimTopics(runtime.store, tenant, job.cluster, { id: job.id, topics, until }, now);
    const done =
      job.phase === "checking"
        ? await compareTurn(context, kept, limits)
        : await restoreTurn(context, kept, { ...limits, id: job.id, recordsOnly: job.phase === "restoring" });
    await paper.save(done.kept);
    return done.turn;
  } catch (error) {
    return failedTurn(error);
  }
}

/**
 * A whole restore in this process, turn after turn. Ends when it is over, waits for somebody, or the signal says so.
 *
 * @throws as {@link stepRestore}
 */
export async function driveRestore(
  runtime: Runtime,
  tenant: string,
  open: OpenRestore,
  id: string,
  options: Parameters<typeof stepRestore>[4] = {},
): Promise<RestoreJob> {
  for (;;) {
    const job = await stepRestore(runtime, tenant, open, id, options);
    if (isOver(job) || job.phase === "approval" || options.signal?.aborted) return job;
    const pause = (job.againAt ?? job.worker?.until ?? 0) - runtime.now();
    if (pause > 0) await runtime.sleep(Math.min(pause / runtime.speed, SECOND_MS));
  }
}

/**
 * A person's word: it may begin, or it is not wanted any more.
 *
 * @throws HeadgateError `backup.unknown`, `backup.busy` where it is over or asks for nothing
 */
export async function commandRestore(
  runtime: Runtime,
  tenant: string,
  id: string,
  command: { readonly kind: "approve" | "cancel"; readonly by: string; readonly why: string },
  rules: RestoreRules = {},
): Promise<RestoreJob> {
  const { by, why } = command;
  const result = await decide(runtime, tenant, id, command, rules, {
    type: "api",
    detail: `${command.kind} by ${by}${why === "" ? "" : `: ${why}`}`,
  });
  if (result.reason === "refused_unknown") throw new HeadgateError("backup.unknown", `there is no restore ${id}`);
  if (result.reason?.startsWith("refused_")) throw new HeadgateError("backup.busy", said(result));
  const job = await loadRestore(runtime, tenant, id);
  if (!job) throw new HeadgateError("backup.unknown", `there is no restore ${id}`);
  if (isOver(job)) await releaseTopics(runtime.store, tenant, job.cluster, id, Math.floor(runtime.now()));
  return job;
}
