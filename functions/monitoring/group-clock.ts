import * as v from "valibot";
import { hash64 } from "../../shared/core/kernel/hash.ts";
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
  /** Which rules the group had then, each as {@link markOf} has it. */
  rules: v.optional(v.array(v.string())),
});

/** A rule in few bytes: an item is paid for by its size at each evaluation. */
const markOf = (subject: string): string => hash64(subject).slice(0, 8);

export interface GroupClock {
  /** 0: there is no item yet. */
  readonly version: number;
  readonly at?: Millis;
  readonly lagging: Readonly<Record<string, Millis>>;
  /** Marks of the rules that were evaluated then; absent: not known, an item of before has none. */
  readonly rules?: ReadonlySet<string>;
}

export function readClock(stored: Stored | undefined): GroupClock {
  const state = stored ? v.safeParse(ClockState, stored.state) : undefined;
  const version = stored?.version ?? 0;
  if (!state?.success) return { version, lagging: {} };
  const { at, lagging, rules } = state.output;
  return { version, at, lagging, ...(rules ? { rules: new Set(rules) } : {}) };
}

/**
 * The last instant at which a rule of the group had an answer. None for a rule that the group did not have at its last evaluation: one
 * that was taken out and is back was not looked at in between, whatever the group's clock says.
 */
export function answeredAt(clock: GroupClock, subject: string): Millis | undefined {
  if (clock.rules && !clock.rules.has(markOf(subject))) return undefined;
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
 *
 * @param rules subjects of all rules it was evaluated for
 */
export async function moveClock(
  runtime: Runtime,
  tenant: string,
  subject: string,
  clock: GroupClock,
  at: Millis,
  lagging: Readonly<Record<string, Millis>>,
  rules: readonly string[],
): Promise<void> {
  const state = { v: 1, at, rules: rules.map(markOf), ...(Object.keys(lagging).length > 0 ? { lagging } : {}) };
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
