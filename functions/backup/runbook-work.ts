import { failbackRunbook, failoverRunbook, type RunbookPlaces } from "../../shared/core/backup/runbook/built-in.ts";
import type { Runbook, RunbookInput, RunbookState } from "../../shared/core/backup/runbook/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { getParameter, setParameter } from "../../shared/edge/aws-parameter.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { openPlan, type PlanContext } from "./context.ts";
import { clusterNames, failoverPlan, mirrorSides } from "./recovery-view.ts";
import type { RunbookSummaryView, RunbooksView, RunbookView } from "./recovery-views.ts";
import { carryOutRunbook, type RunbookDeeds, type RunbookSetup, runbookState, startRunbook } from "./runbook.ts";
import { runbookDeeds } from "./runbook-deeds.ts";
import { deliveryDeeds } from "./runbook-deliveries.ts";
import { readRunbook } from "./runbook-file.ts";
import { restoreDeed, startJobsDeed } from "./runbook-restore.ts";
import { surroundings } from "./surroundings.ts";
import "../shared-parts.ts";

const PREFIX = "dr:";
const POLL_MS = 10_000;

/** What runbooks work by: the configuration in force, or the one of a command that works without a server. */
export interface RunbookWorld {
  readonly runtime: Runtime;
  readonly tenant: string;
  readonly config?: HeadgateConfig;
  readonly version: string;
  readonly baseDir?: string;
  readonly open: (plan: string) => Promise<PlanContext>;
}

/** @throws HeadgateError of the store */
export async function runbookWorld(runtime: Runtime, tenant: string): Promise<RunbookWorld> {
  const applied = await currentConfig(runtime, tenant);
  return {
    ...{ runtime, tenant, version: applied?.version ?? "none" },
    ...(applied ? { config: applied.config } : {}),
    open: (plan) => openPlan(runtime, tenant, plan),
  };
}

const NONE = "the configuration names no disaster-recovery file (disasterRecovery)";

/** Failing over and back, as the disaster-recovery file and the configuration make them; or why there are none. */
function builtInRunbooks(config: HeadgateConfig | undefined): readonly Runbook[] | string {
  const settings = config?.disasterRecovery?.settings;
  if (!config || !settings) return NONE;
  const plan = failoverPlan(config);
  if (plan === undefined) return "the configuration has no backup plan to restore from";
  const { topics } = config.backup?.[plan]?.what ?? {};
  const [only] = Object.keys(config.streams ?? {});
  const own = (topics ? topics.cluster : undefined) ?? only;
  const { primary = own, secondary = own } = clusterNames(config, settings);
  if (primary === undefined || secondary === undefined) return "no cluster is configured under streams";
  const { flink, parameter, hook } = settings.failover ?? {};
  const places = (cluster: string): RunbookPlaces => ({
    ...{ plan, cluster },
    ...(flink === undefined ? {} : { flink }),
    ...(parameter ? { parameter } : {}),
    ...(hook ? { hook } : {}),
  });
  const home = config.backup?.[plan]?.what.flink?.url;
  const { flink: _, ...back } = places(primary);
  return [
    failoverRunbook(settings, places(secondary)),
    failbackRunbook(settings, { ...back, ...(flink !== undefined && home !== undefined ? { flink: home } : {}) }),
  ];
}

/** Who does what a runbook says, with everything that is set up here; what is not refuses in plain words. */
function deedsOf({ runtime, tenant, config, baseDir, open }: RunbookWorld): RunbookDeeds {
  const { http, clients } = surroundings(baseDir ?? runtime.baseDir ?? ".", (runtime.stage ?? "local") === "local");
  const mirror = config && mirrorSides(runtime, config, config.disasterRecovery?.settings);
  return runbookDeeds({
    now: () => Math.floor(runtime.now()),
    places: async (plan) => (await open(plan)).places,
    http,
    ...(mirror ? { mirror } : {}),
    parameters: {
      get: (name) => getParameter(clients.ssm, name),
      set: (name, value) => setParameter(clients.ssm, name, value),
    },
    restore: restoreDeed(open),
    startJobs: startJobsDeed(open),
    ...named(deliveryDeeds(runtime, tenant)),
  });
}

const named = ({ hold_deliveries, release_deliveries }: ReturnType<typeof deliveryDeeds>) => ({
  holdDeliveries: hold_deliveries,
  releaseDeliveries: release_deliveries,
});

const setupOf = (world: RunbookWorld, runbook: Runbook): RunbookSetup => ({
  runbook,
  deeds: deedsOf(world),
  version: world.version,
  pollMs: POLL_MS * world.runtime.speed,
});

/** People and clusters keep real time, whatever clock a laptop plays. */
const inRealTime = (runbook: Runbook, speed: number): Runbook => ({
  ...runbook,
  steps: runbook.steps.map((step) => ({ ...step, timeoutMs: step.timeoutMs * speed })),
});

const unknown = (name: string, config: HeadgateConfig | undefined): HeadgateError => {
  const built = builtInRunbooks(config);
  const there = typeof built === "string" ? built : `there is ${built.map((one) => one.name).join(", ")}`;
  return new HeadgateError("backup.unknown", `there is no runbook ${JSON.stringify(name)}: ${there}`);
};

/** The runbook of a run that is under way, as it was when it began; else the one that is built in. */
async function runbookNamed(world: RunbookWorld, name: string): Promise<{ runbook?: Runbook; state: RunbookState }> {
  const state = await runbookState(world.runtime, world.tenant, name);
  const built = builtInRunbooks(world.config);
  const known = typeof built === "string" ? undefined : built.find((one) => one.name === name);
  const runbook = state.current?.runbook ?? known;
  if (!runbook && state.ended.length === 0) throw unknown(name, world.config);
  return { state, ...(runbook ? { runbook } : {}) };
}

interface RunbookStart {
  readonly rehearsal: boolean;
  readonly by: string;
  readonly why: string;
}

/**
 * Begins a runbook, or its rehearsal: one that is built in, or one that is handed in as text (YAML or JSON).
 *
 * @throws HeadgateError `backup.unknown`, `input.invalid` of the text, `restore.refused` where one is under way, `backup.busy`
 */
export async function beginRunbook(world: RunbookWorld, named: string | { readonly text: string }, said: RunbookStart) {
  const { runtime, tenant, config } = world;
  const built = builtInRunbooks(config);
  let runbook: Runbook | undefined;
  if (typeof named === "string")
    runbook = typeof built === "string" ? undefined : built.find(({ name }) => name === named);
  else {
    runbook = readRunbook(named.text);
    const { name } = runbook;
    if (typeof built !== "string" && built.some((one) => one.name === name))
      throw new HeadgateError("input.invalid", `${name} is built in; give yours another name`);
  }
  if (!runbook) throw unknown(String(named), config);
  await startRunbook(runtime, tenant, setupOf(world, inRealTime(runbook, runtime.speed)), said);
  return runbookView(world, runbook.name);
}

/** A person's word to the run under way. @throws HeadgateError `backup.unknown`, `restore.refused` with why, `backup.busy` */
export async function commandRunbook(
  world: RunbookWorld,
  name: string,
  said: Exclude<RunbookInput, { kind: "look" | "start" }>,
): Promise<RunbookView> {
  const { runtime, tenant } = world;
  const { runbook } = await runbookNamed(world, name);
  if (!runbook) throw new HeadgateError("restore.refused", `no run of ${name} is under way`);
  const detail = `${said.kind} by ${said.by}${said.why === "" ? "" : `: ${said.why}`}`;
  await carryOutRunbook(runtime, tenant, setupOf(world, runbook), { type: "api", detail }, said);
  return runbookView(world, name);
}

/** Goes on with a run that waits for nobody. @throws HeadgateError of store and journal */
export async function lookAtRunbook(runtime: Runtime, tenant: string, name: string, trigger: Trigger): Promise<void> {
  const { current } = await runbookState(runtime, tenant, name);
  if (!current) return;
  await carryOutRunbook(runtime, tenant, setupOf(await runbookWorld(runtime, tenant), current.runbook), trigger);
}

/** One runbook with its runs. @throws HeadgateError `backup.unknown` */
export async function runbookView(world: RunbookWorld, name: string): Promise<RunbookView> {
  const { runbook, state } = await runbookNamed(world, name);
  const { current, ended } = state;
  return { name, ...(runbook ? { runbook } : {}), ...(current ? { current } : {}), ended };
}

/** Runbooks that are built in, and others that were handed in and run. @throws HeadgateError of the store */
export async function runbooksView(world: RunbookWorld): Promise<RunbooksView> {
  const { runtime, tenant, config } = world;
  const built = builtInRunbooks(config);
  const states = new Map<string, RunbookState>();
  let cursor: string | undefined;
  do {
    const page = await runtime.store.list(tenant, "backup", { prefix: PREFIX, ...(cursor ? { cursor } : {}) });
    for (const { key, state } of page.items)
      states.set(key.subject.slice(PREFIX.length), state as unknown as RunbookState);
    ({ cursor } = page);
  } while (cursor !== undefined);
  const known = typeof built === "string" ? [] : built;
  const others = [...states].filter(([name]) => !known.some((one) => one.name === name));
  return {
    items: [
      ...known.map((runbook) => summaryOf(runbook, true, states.get(runbook.name))),
      ...others.map(([name, state]) =>
        summaryOf(state.current?.runbook ?? { name, about: name, kind: "other", steps: [] }, false, state),
      ),
    ],
    ...(typeof built === "string" ? { none: built } : {}),
  };
}

function summaryOf(runbook: Runbook, builtIn: boolean, state: RunbookState | undefined): RunbookSummaryView {
  const { name, about, kind, steps } = runbook;
  const { current, ended = [] } = state ?? {};
  const [last] = ended;
  const is = current?.steps[current.at];
  return {
    ...{ name, about, kind, builtIn },
    steps: steps.map(({ id, title, approval }) => ({ id, title, approval })),
    ...(current
      ? { current: { id: current.id, rehearsal: current.rehearsal, ...(is ? { at: is.id, status: is.status } : {}) } }
      : {}),
    ...(last ? { last: { id: last.id, rehearsal: last.rehearsal, outcome: last.outcome, endedAt: last.endedAt } } : {}),
  };
}
