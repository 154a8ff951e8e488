import type { RunReason } from "../../shared/core/backup/run/reasons.ts";
import type { BackupRun, RunState } from "../../shared/core/backup/run/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { iso } from "../../shared/core/kernel/time.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { openPlan } from "./context.ts";
import { type Healed, heal } from "./heal.ts";
import { type Asked, lookAtRun, runKey, runStateOf } from "./run.ts";
import type { BackupCommandView } from "./views.ts";
import "../shared-parts.ts";

export interface BackupAsk {
  readonly by: string;
  readonly why: string;
}

/** @throws HeadgateError where another worker has the run, or the machine says no */
function refuse({ status, reason, record }: RunResult<RunReason>): void {
  if (status === "busy" || status === "conflict")
    throw new HeadgateError("backup.busy", "the run is being worked on right now; ask again", { retryable: true });
  if (!reason?.startsWith("refused_")) return;
  const code = reason === "refused_nothing_under_way" ? "backup.unknown" : "backup.busy";
  throw new HeadgateError(code, record?.trace.at(-1)?.text ?? reason);
}

/** Somebody works on it: whether there is a run is known all the same. @throws HeadgateError */
function refuseHeld(kind: Asked["kind"], running: BackupRun | undefined): void {
  if (kind === "start" && running)
    throw new HeadgateError("backup.busy", `${running.id} is under way since ${iso(running.startedAt)}`);
  if (kind === "stop" && !running) throw new HeadgateError("backup.unknown", "no run is under way");
}

/** What a person says is decided at once, and done by the functions that reach the brokers: the API may be outside of their network. */
async function say(runtime: Runtime, tenant: string, plan: string, asked: Asked): Promise<BackupCommandView> {
  const context = await openPlan(runtime, tenant, plan);
  const detail = `${asked.kind} by ${asked.by}${asked.why === "" ? "" : `: ${asked.why}`}`;
  const result = await lookAtRun(context, { type: "api", detail }, { asked, leaves: true });
  if (result.status === "busy" || result.status === "conflict")
    refuseHeld(asked.kind, runStateOf(await runtime.store.load(runKey(tenant, plan)))?.current);
  refuse(result);
  const state = result.record?.stateAfter as unknown as RunState | undefined;
  const run = state?.current?.id ?? state?.ended[0]?.id;
  return {
    plan,
    ...(run === undefined ? {} : { run }),
    reason: result.reason ?? "",
    text: result.record?.trace.at(-1)?.text ?? "",
  };
}

/** Begins a run now. @throws HeadgateError `backup.unknown`, `backup.busy`, `config.invalid`; those of store and journal */
export const startView = (runtime: Runtime, tenant: string, plan: string, ask: BackupAsk): Promise<BackupCommandView> =>
  say(runtime, tenant, plan, { kind: "start", ...ask });

/** Ends the run under way. @throws as {@link startView} */
export const stopView = (
  runtime: Runtime,
  tenant: string,
  plan: string,
  { id, ...ask }: BackupAsk & { readonly id?: string },
): Promise<BackupCommandView> =>
  say(runtime, tenant, plan, { kind: "stop", ...ask, ...(id === undefined ? {} : { id }) });

/** Makes points that are not everywhere whole, as far as the time goes. @throws HeadgateError `backup.unknown`, `objects.unavailable` */
export async function healView(
  runtime: Runtime,
  tenant: string,
  plan: string,
  limits: { readonly more?: () => boolean } = {},
): Promise<Healed> {
  const { places, name } = await openPlan(runtime, tenant, plan);
  return heal(places, name, limits.more);
}
