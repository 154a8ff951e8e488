import { armOf, type Exposures } from "../../shared/core/delivery/flags/exposures.ts";
import {
  type FlagInput,
  type FlagInterval,
  type FlagRollout,
  REPORTS_LATE_MS,
} from "../../shared/core/delivery/flags/state.ts";
import type { ArmCounts } from "../../shared/core/delivery/gate/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { decideFlag } from "./flags-change.ts";
import { exposuresOf } from "./flags-exposures.ts";
import { flagsAndLeft, type KnownFlag } from "./flags-known.ts";
import { lookAtTies, type TieLook, tiesOf } from "./flags-ties.ts";

const AT_ONCE = 8;
/** Intervals that one look takes in: after an hour without a look the rest is gone anyway. */
const MOST_INTERVALS = 120;

/** What a sweep has done. */
export interface FlagsSwept {
  readonly looked: number;
  readonly decided: number;
  readonly failed: number;
}

/**
 * Looks at flags that are tied to something, at roll-outs under way, and at decisions that a worker did not live to finish. Once a minute.
 * One flag that fails does not hold up the others.
 *
 * @throws HeadgateError of the store, where not even the list of flags can be read
 */
export async function sweepFlags(runtime: Runtime, tenant: string): Promise<FlagsSwept> {
  const known = await flagsAndLeft(runtime, tenant);
  const flags = known.flags.filter(isWatched);
  for (const item of known.left) await leave(runtime, item);
  const look = lookAtTies(runtime, tenant);
  let decided = 0;
  let failed = 0;
  await bounded(flags, AT_ONCE, async (flag) => {
    try {
      decided += await sweepFlag(runtime, tenant, flag, look);
    } catch (error) {
      failed += 1;
      const message = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("warn", `flag ${flag.name} could not be looked at`, { flag: flag.name, error: message });
    }
  });
  return { looked: flags.length, decided, failed };
}

/** A flag that the configuration has no more is not due any more. What is kept of it counts again if it comes back. */
async function leave(runtime: Runtime, { key, version, state, pending, dueAt }: Stored): Promise<void> {
  if (dueAt !== undefined && !pending) await runtime.store.write(key, version, { state });
}

const isRunning = ({ status }: FlagRollout): boolean => status === "running" || status === "paused";

/** A tie may be gone from the configuration while it still holds the flag off. */
const isWatched = ({ spec, state, stored }: KnownFlag): boolean =>
  spec.killWhen !== undefined ||
  state.tied !== undefined ||
  stored?.pending !== undefined ||
  (state.rollout !== undefined && isRunning(state.rollout));

async function sweepFlag(runtime: Runtime, tenant: string, flag: KnownFlag, look: TieLook): Promise<number> {
  const { spec, state, config } = flag;
  const ties = (): Promise<FlagInput> => tiesOf(look, spec.killWhen ?? { breakers: [], alerts: [], hold: 0 });
  const { rollout } = state;
  let decided = 0;
  // A roll-out whose steps are no more in the configuration is not judged any more; the look takes note of that.
  const aimless = rollout !== undefined && isRunning(rollout) && !config.rollout;
  if (spec.killWhen || state.tied || flag.stored?.pending || aimless) {
    const trigger = { type: "sweep", detail: "what it is tied to" } as const;
    const { status } = await decideFlag(runtime, tenant, flag, trigger, ties);
    if (status === "decided") decided += 1;
  }
  if (rollout && isRunning(rollout) && config.rollout) {
    const input = await counted(runtime, tenant, flag, rollout, config.rollout.everyMs);
    const trigger = { type: "sweep", detail: "what its variants did" } as const;
    const { status } = await decideFlag(runtime, tenant, flag, trigger, input);
    if (status === "decided") decided += 1;
  }
  return decided;
}

/** The last instant up to which every interval is complete. */
const settledUntil = (now: Millis, everyMs: number, speed: number): Millis =>
  Math.floor((now - Math.min(REPORTS_LATE_MS * speed, everyMs)) / everyMs) * everyMs;

async function counted(
  runtime: Runtime,
  tenant: string,
  flag: KnownFlag,
  rollout: FlagRollout,
  everyMs: number,
): Promise<FlagInput> {
  const exposures = await exposuresOf(runtime, tenant, flag);
  const until = Math.max(rollout.judgedUntil, settledUntil(runtime.now(), everyMs, runtime.speed));
  const history = flag.config.rollout?.gate.history ?? 0;
  return {
    kind: "flag_look",
    until,
    intervals: intervalsOf(exposures, rollout, { rest: flag.config.rest, everyMs, until }),
    ...(rollout.gate ? {} : { history: historyOf(exposures, flag.config.rest, rollout.started.at, history) }),
  };
}

/**
 * Intervals from the first whole one after what was judged; the one in which the roll-out began is left out, as most of it was before. One
 * of which nobody has reported anything has no arms: that is not known, and not nothing.
 */
export function intervalsOf(
  { intervals }: Pick<Exposures, "intervals">,
  { judgedUntil, to }: Pick<FlagRollout, "judgedUntil" | "to">,
  { rest, everyMs, until }: { readonly rest: string; readonly everyMs: number; readonly until: Millis },
): readonly FlagInterval[] {
  const known = new Map(intervals.map(({ at, variants }) => [at, variants]));
  const found: FlagInterval[] = [];
  const first = Math.ceil(judgedUntil / everyMs) * everyMs;
  for (let from = Math.max(first, until - MOST_INTERVALS * everyMs); from + everyMs <= until; from += everyMs) {
    const variants = known.get(from);
    const canary = armOf(variants?.[to]);
    const baseline = armOf(variants?.[rest]);
    found.push({ from, to: from + everyMs, ...(canary ? { canary } : {}), ...(baseline ? { baseline } : {}) });
  }
  return found;
}

/** What the default variant did before the roll-out began. */
function historyOf({ intervals }: Exposures, rest: string, before: Millis, most: number): readonly ArmCounts[] {
  if (most === 0) return [];
  return intervals
    .filter(({ at }) => at < before)
    .flatMap(({ variants }) => armOf(variants[rest]) ?? [])
    .slice(-most);
}
