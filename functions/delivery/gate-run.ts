import { gateSettingsOf } from "../../shared/core/delivery/gate-settings.ts";
import { gateRunMachine } from "../../shared/core/delivery/hooks/gate-run.ts";
import {
  type Door,
  type GateRunConfig,
  type GateRunInput,
  type GateRunReason,
  type GateRunState,
  type GateSystem,
  gateRunSubject,
  type ReportAction,
} from "../../shared/core/delivery/hooks/gate-run-types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Pair, readIntervals } from "./hooks-intervals.ts";
import type { DeliverySettings } from "./settings.ts";

const NOUN = "delivery";

/** Which judgement: the system that asks, and its own name for what is judged. */
export interface GateRunId {
  readonly system: GateSystem;
  readonly id: string;
}

/** Tells CodeDeploy; absent where nobody can. */
export type Report = (action: ReportAction) => Promise<"told" | "too_late">;

const keyOf = (tenant: string, { system, id }: GateRunId) => ({
  tenant,
  noun: NOUN,
  subject: gateRunSubject(system, id),
});

/** What is known of a judgement; undefined: nobody has asked for it yet. @throws HeadgateError of the store */
export async function gateRun(runtime: Runtime, tenant: string, id: GateRunId): Promise<GateRunState | undefined> {
  return (await runtime.store.load(keyOf(tenant, id)))?.state as unknown as GateRunState | undefined;
}

/** What people have said at the gate; undefined: nothing. @throws HeadgateError of the store */
export async function doorOf(
  runtime: Runtime,
  tenant: string,
  id: GateRunId,
  door: "gate" | "rollback" = "gate",
): Promise<Door | undefined> {
  return (await gateRun(runtime, tenant, id))?.doors?.[door];
}

const configOf = (settings: DeliverySettings, { system }: GateRunId): GateRunConfig => {
  const { delivery, service } = settings;
  const gate = gateSettingsOf(delivery, delivery.first);
  return {
    system,
    service,
    ...(gate ? { gate } : {}),
    forMs: delivery.first,
    patienceMs: delivery.verify,
    insufficient: delivery.gate === "off" ? "continue" : delivery.gate.insufficient,
    passEarly: delivery.gate !== "off" && delivery.gate.passEarly,
  };
};

async function go(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  id: GateRunId,
  trigger: Trigger,
  observe: () => Promise<GateRunInput>,
  config: GateRunConfig = configOf(settings, id),
  report?: Report,
): Promise<RunResult<GateRunReason>> {
  const key = keyOf(tenant, id);
  const result = await run<GateRunConfig, GateRunState, GateRunInput, ReportAction, GateRunReason>(runtime, {
    machine: gateRunMachine,
    tenant,
    subject: key.subject,
    mode: "act",
    config,
    configVersion: settings.version,
    trigger,
    observe,
    perform: async (action): Promise<ActionResult> => {
      if (!report)
        throw new HeadgateError("releases.unavailable", "CodeDeploy cannot be told from here", { retryable: true });
      const told = await report(action);
      const late = "CodeDeploy no longer waits for it";
      const detail = told === "told" ? `CodeDeploy was told: ${action.status}` : late;
      return { key: action.key, status: told === "told" ? "done" : "refused", at: runtime.now(), detail };
    },
  });
  const { stored } = result;
  if (stored?.dueAt !== undefined) await runtime.timers.wake({ key, at: stored.dueAt });
  return result;
}

/** How far back the counts are read: the canary's first request may lie so long ago. */
function since({ delivery }: DeliverySettings, state: GateRunState | undefined, now: Millis): Millis {
  const history = delivery.gate === "off" ? 0 : delivery.gate.history * delivery.every;
  const began = state?.judging?.beganAt ?? state?.begunAt ?? now;
  return Math.max(0, Math.min(began, now - delivery.every) - history);
}

export interface LookOptions {
  readonly trigger: Trigger;
  readonly pair: Pair;
  /** Another than before begins anew. */
  readonly run?: string;
  readonly report?: Report;
  readonly begin?: Pick<Extract<GateRunInput, { kind: "gate_look" }>, "report" | "asked">;
  /** What the caller knows better than the configuration. */
  readonly config?: Partial<GateRunConfig>;
  /** The time that is judged, where the caller names it. */
  readonly span?: { readonly from: Millis; readonly to: Millis };
}

/**
 * Judges what has been counted by now, and answers what is known then.
 *
 * @throws HeadgateError of store and journal
 */
export async function lookAtGate(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  id: GateRunId,
  options: LookOptions,
): Promise<GateRunState> {
  const before = await gateRun(runtime, tenant, id);
  const anew = options.run !== undefined && before?.run !== options.run;
  const span = options.span ?? { from: since(settings, anew ? undefined : before, runtime.now()) };
  const observe = async (): Promise<GateRunInput> => ({
    kind: "gate_look",
    ...(options.run === undefined ? {} : { run: options.run }),
    ...options.begin,
    ...(await readIntervals(runtime, settings, options.pair, span)),
  });
  const config = { ...configOf(settings, id), ...options.config };
  const { record } = await go(runtime, tenant, settings, id, options.trigger, observe, config, options.report);
  return (record?.stateAfter as unknown as GateRunState | undefined) ?? before ?? { v: 1 };
}

/** Somebody waits for a person: it is shown from now on. @throws HeadgateError of store and journal */
export async function knock(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  id: GateRunId,
): Promise<void> {
  const trigger = { type: "api", detail: `${id.system} asks for approval` } as const;
  await go(runtime, tenant, settings, id, trigger, async () => ({ kind: "gate_knock" }));
}

/** The first traffic of a rollout comes now. @throws HeadgateError of store and journal */
export async function letGrow(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  id: GateRunId,
): Promise<void> {
  const trigger = { type: "api", detail: `${id.system} asks before the first traffic` } as const;
  await go(runtime, tenant, settings, id, trigger, async () => ({ kind: "gate_grow" }));
}

/** Opens or closes a gate by hand. @throws HeadgateError of store and journal */
export async function setDoor(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  id: GateRunId,
  said: { readonly door: "gate" | "rollback"; readonly status: "open" | "closed"; readonly by: string },
): Promise<void> {
  const trigger = { type: "api", detail: `${said.by}: ${said.door} ${said.status}` } as const;
  await go(runtime, tenant, settings, id, trigger, async () => ({ kind: "gate_door", ...said }));
}
