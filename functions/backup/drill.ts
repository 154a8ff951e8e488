import { drillMachine } from "../../shared/core/backup/drill/machine.ts";
import {
  type Drill,
  type DrillConfig,
  type DrillInput,
  type DrillReason,
  type DrillState,
  type DrillTurn,
  drillSubject,
} from "../../shared/core/backup/drill/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { PlanContext } from "./context.ts";
import { drillSavepoints, removeJobs } from "./drill-savepoints.ts";
import { tellDrill } from "./drill-tell.ts";
import { type DrillContext, type DrillKept, drillTurn } from "./drill-turn.ts";
import { keptPaper } from "./kept-paper.ts";
import { clusterNamed, jobWorld } from "./restore-open.ts";
import { openSource } from "./restore-source.ts";
import type { RestoreProgress } from "./restore-types.ts";
import "../shared-parts.ts";

const BACK_OFF_MS = 10 * SECOND_MS;
const DEADLINE_MS = 6 * HOUR_MS;
/** Longest turn of one worker: below the life of a function. */
const TURN_MS = 10 * MINUTE_MS;
const LATE_MS = 2 * MINUTE_MS;

const drillKey = (tenant: string, plan: string): AggregateKey => ({
  tenant,
  noun: drillMachine.noun,
  subject: drillSubject(plan),
});

const drillStateOf = (stored: Stored | undefined): DrillState =>
  (stored?.state as unknown as DrillState | undefined) ?? { v: 1, ended: [] };

/** Lengths that somebody waits for are real time; between two drills goes by the clock. */
function drillConfig({ name, plan, runtime }: PlanContext): DrillConfig {
  return {
    plan: name,
    ...(plan.drill ? { every: plan.drill.every } : {}),
    deadlineMs: DEADLINE_MS * runtime.speed,
    backOffMs: BACK_OFF_MS * runtime.speed,
  };
}

async function decide(context: PlanContext, input: DrillInput, trigger: Trigger): Promise<RunResult<DrillReason>> {
  const { runtime, tenant, name, version } = context;
  const result = await run(runtime, {
    machine: drillMachine,
    tenant,
    subject: drillSubject(name),
    mode: "act",
    config: drillConfig(context),
    configVersion: version,
    trigger,
    observe: async () => input,
    perform: (action) => tellDrill(context, action),
  });
  if (result.status === "busy" || result.status === "conflict")
    throw new HeadgateError("backup.busy", `the drill of ${name} is being worked on right now; ask again`, {
      retryable: true,
    });
  return result;
}

const newId = ({ runtime }: PlanContext): string => timeId("drl", Math.floor(runtime.now()), runtime.random);

export async function loadDrills({ runtime, tenant, name }: PlanContext): Promise<DrillState> {
  return drillStateOf(await runtime.store.load(drillKey(tenant, name)));
}

/**
 * Begins a drill by hand.
 *
 * @throws HeadgateError `backup.busy` where one is under way; those of the store
 */
export async function beginDrill(
  context: PlanContext,
  ask: { readonly by: string; readonly why: string; readonly point?: NonNullable<Drill["point"]> },
): Promise<string> {
  const id = newId(context);
  const { by, why } = ask;
  const result = await decide(
    context,
    { kind: "start", id, ...ask },
    { type: "api", detail: why === "" ? by : `${by}: ${why}` },
  );
  if (result.reason === "started") return id;
  throw new HeadgateError("backup.busy", result.record?.trace.at(-1)?.text ?? "a drill is under way");
}

/** What a drill of a plan needs of the world. @throws HeadgateError `config.invalid`, `streams.unavailable` */
function drillContext(context: PlanContext, drill: Drill, ended: readonly string[]): DrillContext {
  const { name: plan, places, runtime } = context;
  const settings = context.plan.drill;
  const { name: cluster, streams } = clusterNamed(context, settings?.cluster);
  const world = settings?.flink === undefined ? undefined : jobWorld(context, settings.flink);
  const { rpo, rto } = context.plan.objective;
  return {
    ...{ plan, places, streams, cluster, ended },
    topics: settings?.topics ?? ["*"],
    objective: { ...(rpo === undefined ? {} : { rpo }), ...(rto === undefined ? {} : { rto }) },
    now: runtime.now,
    sleep: runtime.sleep,
    random: runtime.random,
    open: (of, point) => openSource(places, of, point),
    pick: "newest",
    savepoints: ({ parts }, id) =>
      drillSavepoints(places, parts.flink, id, world ? { world, sleep: runtime.sleep } : undefined),
    removeJobs: async ({ parts }, id) => (world ? removeJobs(parts.flink, id, { world, sleep: runtime.sleep }) : []),
    kept: keptPaper<DrillKept>(places, plan, drill.id),
  };
}

const failedTurn = (drill: Drill, error: unknown): DrillTurn => ({
  status: "failed",
  phase: drill.phase,
  steps: {},
  faults: [],
  final: error instanceof HeadgateError && !error.retryable,
  why: error instanceof Error ? error.message : String(error),
});

/**
 * Looks at a plan's drills: begins one that is due, and does one turn of the one under way. Any number of workers may call it at any time.
 *
 * @throws HeadgateError of the store. What goes wrong with the drill itself is in its state.
 */
export async function stepDrill(
  context: PlanContext,
  options: {
    readonly deadline?: Millis;
    readonly signal?: AbortSignal;
    readonly trigger?: Trigger;
    readonly onProgress?: (progress: RestoreProgress) => void;
  } = {},
): Promise<DrillState> {
  const { runtime } = context;
  const { trigger = { type: "schedule", detail: "drill" }, signal, onProgress } = options;
  const before = await loadDrills(context);
  if (!before.current) await decide(context, { kind: "look", id: newId(context) }, trigger);
  const now = Math.floor(runtime.now());
  const deadline = Math.min(options.deadline ?? Number.POSITIVE_INFINITY, now + TURN_MS * runtime.speed);
  const worker = timeId("wrk", now, runtime.random);
  const { current } = await loadDrills(context);
  if (!current) return loadDrills(context);
  const taken = await decide(context, { kind: "take", worker, until: deadline + LATE_MS * runtime.speed }, trigger);
  const state = await loadDrills(context);
  if (taken.reason !== "taken" || !state.current) return state;
  const ended = state.ended.map(({ id }) => id);
  let turn: DrillTurn;
  try {
    turn = await drillTurn(drillContext(context, state.current, ended), state.current, {
      deadline,
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  } catch (error) {
    turn = failedTurn(state.current, error);
  }
  await decide(context, { kind: "turn", worker, turn }, trigger);
  return loadDrills(context);
}

/**
 * The drill under way in this process, turn after turn until it is over.
 *
 * @throws as {@link stepDrill}
 */
export async function driveDrill(
  context: PlanContext,
  id: string,
  options: Parameters<typeof stepDrill>[1] = {},
): Promise<DrillState["ended"][number]> {
  for (;;) {
    const state = await stepDrill(context, options);
    const over = state.ended.find((one) => one.id === id);
    if (over) return over;
    if (state.current?.id !== id) throw new HeadgateError("backup.unknown", `there is no drill ${id}`);
    const pause = (state.current.againAt ?? state.current.worker?.until ?? 0) - context.runtime.now();
    if (pause > 0) await context.runtime.sleep(Math.min(pause / context.runtime.speed, SECOND_MS));
  }
}
