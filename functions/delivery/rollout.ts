import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import type {
  RolloutCommand,
  RolloutReason,
  RolloutStart,
  RolloutState,
} from "../../shared/core/delivery/rollout/types.ts";
import { rolloutSubject } from "../../shared/core/delivery/rollout/types.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { observeRollout } from "./observe.ts";
import { performRollout } from "./perform.ts";
import type { DeliverySettings } from "./settings.ts";
import { tellStanding } from "./standing.ts";
import "../shared-parts.ts";

export const DELIVERY_NOUN = rolloutMachine.noun;

export const rolloutKey = (tenant: string, service: string): AggregateKey => ({
  tenant,
  noun: DELIVERY_NOUN,
  subject: rolloutSubject(service),
});

/** What is kept of a service's rollouts; undefined: there never was one. */
export const rolloutState = (stored: Stored | undefined): RolloutState | undefined =>
  stored?.state as unknown as RolloutState | undefined;

/**
 * One turn of a service's rollout: looks at what is there, decides, does what follows and sets the timer of the next look. Without `asked`
 * it only looks.
 *
 * @throws HeadgateError of store and journal. What cannot be read of the world is a hold.
 */
export async function runRollout(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  trigger: Trigger,
  asked?: RolloutStart | RolloutCommand,
): Promise<RunResult<RolloutReason>> {
  const { service, delivery, version } = settings;
  const key = rolloutKey(tenant, service);
  const loaded = await runtime.store.load(key);
  const config = { service, delivery };
  const result = await run(runtime, {
    machine: rolloutMachine,
    tenant,
    subject: key.subject,
    mode: delivery.mode,
    config,
    configVersion: version,
    trigger,
    ...(loaded ? { loaded } : {}),
    observe: async (attempt) => {
      const stored = attempt === 0 ? loaded : await runtime.store.load(key);
      const now = Math.floor(runtime.now());
      const state = rolloutState(stored) ?? rolloutMachine.initial(config, now);
      const look = await observeRollout(runtime, tenant, settings, state, asked, now);
      return asked ? { ...asked, look } : look;
    },
    perform: (action, { record }) => performRollout(runtime, tenant, settings, action, record),
  });
  await setTimer(runtime, key, result.stored);
  await tellStanding(runtime, tenant, settings, result.record?.stateAfter as unknown as RolloutState | undefined);
  return result;
}

/** Asks to be woken when the state wants it. Failing is no harm: the tick finds the same instant in `due`. */
async function setTimer(runtime: Runtime, key: AggregateKey, stored: Stored | undefined): Promise<void> {
  try {
    const at = (stored ?? (await runtime.store.load(key)))?.dueAt;
    if (at !== undefined && at > runtime.now()) await runtime.timers.wake({ key, at });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "timer not set; the tick will see it", { ...key, error: message });
  }
}
