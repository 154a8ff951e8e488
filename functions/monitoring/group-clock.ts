import * as v from "valibot";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

export const CLOCK_NOUN = "monitoring-clock";

/** When a group was last evaluated. No decision: a plain item, written once for each group and evaluation. */
const ClockState = v.object({
  v: v.literal(1),
  at: v.number(),
  /** Rules that had no answer then, with the last instant at which they had one (0: never). */
  lagging: v.optional(v.record(v.string(), v.number()), {}),
});

export interface GroupClock {
  /** 0: there is no item yet. */
  readonly version: number;
  readonly at?: Millis;
  readonly lagging: Readonly<Record<string, Millis>>;
}

export function readClock(stored: Stored | undefined): GroupClock {
  const state = stored ? v.safeParse(ClockState, stored.state) : undefined;
  const version = stored?.version ?? 0;
  return state?.success ? { version, at: state.output.at, lagging: state.output.lagging } : { version, lagging: {} };
}

/** The last instant at which a rule of the group had an answer. */
export function answeredAt(clock: GroupClock, subject: string): Millis | undefined {
  const lagging = Object.hasOwn(clock.lagging, subject) ? clock.lagging[subject] : undefined;
  return lagging === undefined ? clock.at : lagging === 0 ? undefined : lagging;
}

/** All items of one noun of a tenant, by subject. */
export async function allStates(runtime: Runtime, tenant: string, noun: string): Promise<ReadonlyMap<string, Stored>> {
  const states = new Map<string, Stored>();
  let cursor: string | undefined;
  do {
    const page = await runtime.store.list(tenant, noun, { limit: 500, ...(cursor ? { cursor } : {}) });
    for (const stored of page.items) states.set(stored.key.subject, stored);
    cursor = page.cursor;
  } while (cursor);
  return states;
}

/**
 * Moves a group's clock. Losing against another worker is no harm, as it was evaluating the same; failing is none either: the
 * same instants are evaluated once more, which changes nothing.
 */
export async function moveClock(
  runtime: Runtime,
  tenant: string,
  subject: string,
  clock: GroupClock,
  at: Millis,
  lagging: Readonly<Record<string, Millis>>,
): Promise<void> {
  const state = { v: 1, at, ...(Object.keys(lagging).length > 0 ? { lagging } : {}) };
  try {
    await runtime.store.write({ tenant, noun: CLOCK_NOUN, subject }, clock.version, {
      state: state as unknown as Json,
    });
  } catch (error) {
    runtime.telemetry.log("warn", "the instant of an evaluation was not kept; it is done again", {
      tenant,
      group: subject,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
