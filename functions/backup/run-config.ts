import type { Beside, RunConfig } from "../../shared/core/backup/run/types.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { PlanContext } from "./context.ts";

/** A function lives for 15 minutes at the most, and its message is handed out again a little later. */
const SILENCE_MS = 17 * MINUTE_MS;
/** In one process nobody dies alone. */
const DIRECT_SILENCE_MS = 24 * HOUR_MS;
const POLL_MS = 20 * SECOND_MS;
const BACK_OFF_MS = 5 * SECOND_MS;
/** Somebody waits for it. */
const DIRECT_BACK_OFF_MS = SECOND_MS / 2;

/** Which parts beside the topics a plan has. */
export function partsOf({ plan, direct, cluster, topics }: PlanContext): readonly Beside[] {
  const { what } = plan;
  const parts: Beside[] = [];
  // First what has to be near the cut.
  if (what.flink) parts.push("flink");
  if (cluster?.settings.registry && topics?.schemas) parts.push("schemas");
  if (what.config) parts.push("config");
  if (what.metrics) parts.push("metrics");
  if (what.state && !direct) parts.push("state");
  return parts;
}

/** What the machine goes by. What other systems need of time is real, however fast the clock runs. */
export function runConfigOf(context: PlanContext): RunConfig {
  const { plan, name, direct, runtime } = context;
  const { speed } = runtime;
  return {
    plan: name,
    ...(direct ? {} : { every: plan.every }),
    deadlineMs: plan.deadline * speed,
    workers: plan.workers,
    parts: partsOf(context),
    verify: plan.verify,
    pollMs: POLL_MS * speed,
    silenceMs: (direct ? DIRECT_SILENCE_MS : SILENCE_MS) * speed,
    backOffMs: (direct ? DIRECT_BACK_OFF_MS : BACK_OFF_MS) * speed,
  };
}
