import type { RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { DeliverySettings } from "./settings.ts";
import { type TellRequest, tellPeople } from "./tell.ts";

/** What is told again while it lasts is told so often: an alert of which nothing is heard is over for whoever received it. */
const AGAIN_MS = 5 * MINUTE_MS;
/** By runtime, tenant and rollout: another process tells it anew, which is harmless. */
const told = new WeakMap<object, Map<string, Millis>>();

/** What a rollout waits for people with; undefined: for nothing. */
function standing(state: RolloutState | undefined): TellRequest | undefined {
  const rollout = state?.current;
  if (!rollout) return undefined;
  const { id, phase, release, stuck } = rollout;
  if (phase === "approval")
    return { event: "approval_needed", id, rollout, text: `${release.version} waits for approval` };
  if (stuck?.told) return { event: "stuck", id, rollout, text: `${release.version} has been waiting in ${phase}` };
  return undefined;
}

/** Repeats the alert of a rollout that still waits for a person. Never throws: the next look tells it again. */
export async function tellStanding(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  state: RolloutState | undefined,
): Promise<void> {
  const request = standing(state);
  if (!request) return;
  const known = told.get(runtime.store) ?? new Map<string, Millis>();
  told.set(runtime.store, known);
  const name = `${tenant}\n${request.id}\n${request.event}`;
  const now = runtime.now();
  const last = known.get(name);
  if (last !== undefined && now - last < AGAIN_MS) return;
  known.set(name, now);
  // The first time the decision itself has told it.
  if (last === undefined) return;
  try {
    await tellPeople(runtime, tenant, settings, request);
  } catch (error) {
    known.delete(name);
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "people could not be told", { tenant, service: settings.service, error: message });
  }
}
