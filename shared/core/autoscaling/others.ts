import type { Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import { isOld } from "./guards.ts";
import { worksOf } from "./needs.ts";
import type { Actual, AutoscalingState } from "./types.ts";
import { WATCH_MS } from "./watch.ts";

interface Others {
  readonly external?: AutoscalingState["external"];
  readonly deployment?: AutoscalingState["deployment"];
}

/**
 * What others do to the fleet: a count that is not ours, and deployments. Readings from before the one has been followed, and from the other, are
 * not of the tasks of now.
 */
export function othersOf(config: AutoscalingConfig, state: AutoscalingState, actual: Actual, now: Millis): Others {
  return isOld(config)
    ? {}
    : { external: externalOf(state, actual, now), deployment: deploymentOf(config, state, actual, now) };
}

function externalOf(state: AutoscalingState, actual: Actual, now: Millis): AutoscalingState["external"] {
  const { desired, watch, external } = state;
  const changed = desired !== undefined && desired !== actual.desired;
  if (!changed && !external?.open) return external;
  // A change before it was still on its way: what was ready then is no more than the smallest count of it, nor than what is ready where some lack.
  const open = external?.open ? external.from : Infinity;
  const lacks = actual.ready < actual.desired ? actual.ready : Infinity;
  const from = changed ? Math.min(desired, watch?.from ?? desired, open, lacks) : (external?.from ?? actual.desired);
  const since = changed ? now : (external?.at ?? now);
  const followed = actual.desired > from ? actual.ready >= actual.desired : actual.running <= actual.desired;
  if (followed || now - since >= WATCH_MS) return { at: now, from };
  return changed || !external ? { at: now, from, open: true } : external;
}

function deploymentOf(
  config: AutoscalingConfig,
  { deployment }: AutoscalingState,
  { deploying }: Actual,
  now: Millis,
): AutoscalingState["deployment"] {
  if (!worksOf(config)) return undefined;
  if (deploying) return deployment?.open ? deployment : { at: now, open: true };
  return deployment?.open ? { at: now } : deployment;
}
