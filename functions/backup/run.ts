import { backupRun } from "../../shared/core/backup/run/machine.ts";
import type { RunReason } from "../../shared/core/backup/run/reasons.ts";
import { type RunStart, type RunState, type RunStop, runSubject } from "../../shared/core/backup/run/types.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { PlanContext } from "./context.ts";
import { gauges } from "./gauges.ts";
import { observeRun, type Told } from "./observe.ts";
import { performRun } from "./perform.ts";
import { runConfigOf } from "./run-config.ts";
import { freshId } from "./run-id.ts";
import "../shared-parts.ts";

export const runKey = (tenant: string, plan: string): AggregateKey => ({
  tenant,
  noun: backupRun.noun,
  subject: runSubject(plan),
});

/** What is kept of a plan's runs; undefined: there never was one. */
export const runStateOf = (stored: Stored | undefined): RunState | undefined =>
  stored?.state as unknown as RunState | undefined;

/** What somebody says: `id` of a start is given here. */
export type Asked = Omit<RunStart, "id"> | RunStop;

/**
 * One turn of a plan's runs: looks at how far the one under way is, decides, does what follows and sets the timer of the next look. Without `asked` it only looks; `told` is
 * what a worker knows already. `leaves`: what follows is done by whoever the timer wakes, who is where the brokers are and has time for it.
 *
 * @throws HeadgateError of store and journal. What cannot be read of the world is a hold.
 */
export async function lookAtRun(
  context: PlanContext,
  trigger: Trigger,
  { asked, told, leaves = false }: { readonly asked?: Asked; readonly told?: Told; readonly leaves?: boolean } = {},
): Promise<RunResult<RunReason>> {
  const { runtime, tenant, name, version } = context;
  const key = runKey(tenant, name);
  const config = runConfigOf(context);
  const loaded = await runtime.store.load(key);
  const result = await run(runtime, {
    machine: backupRun,
    tenant,
    subject: key.subject,
    mode: "act",
    config,
    configVersion: version,
    trigger,
    parallel: true,
    leaves,
    // A cut of many partitions and a manifest of many chunks take longer than a lease; a command's own process has no rivals.
    keeps: !context.direct,
    ...(loaded ? { loaded } : {}),
    observe: async (attempt) => {
      const stored = attempt === 0 ? loaded : await runtime.store.load(key);
      const state = runStateOf(stored) ?? backupRun.initial(config, Math.floor(runtime.now()));
      if (asked?.kind === "stop") return asked;
      if (asked) return { ...asked, id: state.current?.id ?? (await freshId(context, state)) };
      return observeRun(context, config, state, told);
    },
    perform: (action) => performRun(context, action),
  });
  const left = leaves && result.status !== "unchanged";
  await setTimer(runtime, key, result.stored, left || result.results.length > 0);
  gauges(context, result.record?.stateAfter as unknown as RunState | undefined);
  return result;
}

/** Asks to be woken when the state wants it, at once where something was done: what comes next need not wait. Failing is no harm: the tick finds the same instant in `due`. */
async function setTimer(
  runtime: Runtime,
  key: AggregateKey,
  stored: Stored | undefined,
  wasDone: boolean,
): Promise<void> {
  try {
    const now = Math.floor(runtime.now());
    const at = (stored ?? (await runtime.store.load(key)))?.dueAt;
    if (at !== undefined && (wasDone || at > now)) await runtime.timers.wake({ key, at: wasDone ? now : at });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "timer not set; the tick will see it", { ...key, error: message });
  }
}
