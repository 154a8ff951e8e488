import type { Chore, ChoreStep } from "../../shared/core/cost/jobs/clock.ts";
import { dueSteps, periodOf, rhythmOf, taken, workedOff } from "../../shared/core/cost/jobs/clock.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { loadClock, writeClock } from "./chore-clock.ts";
import { type CostWork, openCost } from "./context.ts";
import "../shared-parts.ts";

/** Longer than a worker's function lives: 15 minutes. */
const LEASE_MS = 16 * MINUTE_MS;
const FIRST_PAUSE_MS = 5 * MINUTE_MS;

export type DoStep = (work: CostWork, step: ChoreStep) => Promise<unknown>;

/** What was done of a chore; `skipped`: there was nothing to do, or somebody else is at it. */
export interface ChoreDone {
  readonly status: "done" | "failed" | "skipped";
  readonly failed: readonly { readonly step: ChoreStep; readonly why: string }[];
}

const SKIPPED: ChoreDone = { status: "skipped", failed: [] };

/**
 * Does what is left of a chore's period, each step once whether others fail or not. Of several workers one gets it; one that dies is followed when
 * its lease is over. What a step does may be done twice (each is made for it) and is never left out.
 *
 * @throws HeadgateError of the store
 */
export async function doChore(runtime: Runtime, tenant: string, chore: Chore, doStep?: DoStep): Promise<ChoreDone> {
  const work = await openCost(runtime, tenant);
  const rhythm = work.configured ? rhythmOf(chore, work.config.schedule) : undefined;
  if (!rhythm) return SKIPPED;
  const { version, clock } = await loadClock(runtime, tenant, chore);
  const now = Math.floor(runtime.now());
  const steps = dueSteps(chore, clock, rhythm, now);
  if (steps.length === 0) return SKIPPED;
  const mine = taken(clock, steps, periodOf(rhythm, now), now + LEASE_MS * runtime.speed);
  const held = await writeClock(runtime, tenant, chore, version, mine);
  if (held === undefined) return SKIPPED;
  const act = doStep ?? (await import("./steps.ts")).doStep;
  const failed: { step: ChoreStep; why: string }[] = [];
  for (const step of steps) {
    try {
      await act(work, step);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failed.push({ step, why });
      runtime.telemetry.log("warn", `cost: ${step} failed and is done again`, { tenant, step, error: why });
      runtime.telemetry.count("headgate_cost_failures_total", { step });
    }
  }
  const after = workedOff(mine, failed, Math.floor(runtime.now()), FIRST_PAUSE_MS * runtime.speed);
  // Lost only where the lease was over meanwhile: then somebody else has taken it up.
  await writeClock(runtime, tenant, chore, held, after);
  return { status: failed.length === 0 ? "done" : "failed", failed };
}
