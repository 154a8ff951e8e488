import * as v from "valibot";
import { CHORES, type Chore, type ChoreClock } from "../../shared/core/cost/jobs/clock.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Of the clocks of what is done by time: plain items, no decisions. */
export const CLOCK_NOUN = "cost-clock";

const Clock = v.object({
  v: v.literal(1),
  period: v.number(),
  left: v.array(v.picklist(Object.values(CHORES).flat())),
  failures: v.number(),
  why: v.optional(v.string()),
  againAt: v.optional(v.number()),
  until: v.optional(v.number()),
  doneAt: v.optional(v.number()),
});

export interface KeptClock {
  /** 0: there is none yet. */
  readonly version: number;
  readonly clock?: ChoreClock;
}

export function readClock(stored: Stored | undefined): KeptClock {
  const read = v.safeParse(Clock, stored?.state);
  const version = stored?.version ?? 0;
  return read.success ? { version, clock: read.output as ChoreClock } : { version };
}

const keyOf = (tenant: string, chore: Chore) => ({ tenant, noun: CLOCK_NOUN, subject: chore });

/** All clocks of a tenant, in one read. @throws HeadgateError of the store */
export async function allClocks({ store }: Runtime, tenant: string): Promise<ReadonlyMap<string, KeptClock>> {
  const { items } = await store.list(tenant, CLOCK_NOUN);
  return new Map(items.map((stored) => [stored.key.subject, readClock(stored)]));
}

export const loadClock = async ({ store }: Runtime, tenant: string, chore: Chore): Promise<KeptClock> =>
  readClock(await store.load(keyOf(tenant, chore)));

/** @returns the new version; undefined: somebody else was faster */
export async function writeClock(
  { store }: Runtime,
  tenant: string,
  chore: Chore,
  version: number,
  clock: ChoreClock,
): Promise<number | undefined> {
  const written = await store.write(keyOf(tenant, chore), version, { state: clock as unknown as Json });
  return written.ok ? written.version : undefined;
}
