import * as v from "valibot";
import { addDays, dayOf } from "../../shared/core/cost/day.ts";
import { USAGE_NAMES, type UsageName } from "../../shared/core/cost/self/prices.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { DAY_MS, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { UsageMeter } from "../../shared/shell/usage-meter.ts";

/** What processes have counted: plain items, one for each process and day. */
const NOUN = "cost-self";
const KEPT_MS = 40 * DAY_MS;
/** Counts of the last days are what it costs "now". */
const WINDOW_DAYS = 7;
/** Between two writes of one process: what a process that ends has not written is lost, some minutes of it. */
const EVERY_MS = 5 * MINUTE_MS;

type Counts = { readonly [name in UsageName]?: number };

const Kept = v.object({
  v: v.literal(1),
  from: v.number(),
  until: v.number(),
  counts: v.record(v.string(), v.number()),
});

export interface CountsOver {
  readonly since: Millis;
  readonly until: Millis;
  readonly counts: Counts;
}

const isName = (name: string): name is UsageName => (USAGE_NAMES as readonly string[]).includes(name);

function less(all: Counts, before: Counts): Counts {
  return Object.fromEntries(
    Object.entries(all).map(([name, count]) => [name, count - (before[name as UsageName] ?? 0)]),
  );
}

/**
 * Keeps what one process counts, so that others can add it up: at most one small write in five minutes, and what that costs is counted with the rest.
 * Failing is no harm: the next write has it.
 */
export function countKeeper(runtime: Runtime, tenant: string, meter: UsageMeter) {
  const id = Array.from({ length: 8 }, () => Math.floor(runtime.random() * 36).toString(36)).join("");
  let day = "";
  let from = meter.since;
  let version = 0;
  let before: Counts = {};
  let written: { readonly at: Millis; readonly counts: Counts } = { at: meter.since, counts: {} };
  let writtenAt = Number.NEGATIVE_INFINITY;
  return async (): Promise<void> => {
    const now = Math.floor(runtime.now());
    if (now - writtenAt < EVERY_MS) return;
    writtenAt = now;
    const today = dayOf(now);
    if (today !== day) {
      // What was counted since the last write of yesterday belongs to nobody yet.
      if (day !== "") [before, from] = [written.counts, written.at];
      [day, version] = [today, 0];
    }
    const counts = meter.counts();
    const state = { v: 1, from, until: now, counts: less(counts, before) };
    try {
      const done = await runtime.store.write({ tenant, noun: NOUN, subject: `${day}/${id}` }, version, {
        state: state as unknown as Json,
        expiresAt: now + KEPT_MS,
      });
      if (done.ok) [version, written] = [done.version, { at: now, counts }];
    } catch (error) {
      runtime.telemetry.log("debug", "what was counted is not kept yet", { error: String(error) });
    }
  };
}

/** What was counted of the last days, by every process; undefined: nothing was. @throws HeadgateError of the store */
export async function keptCounts(runtime: Runtime, tenant: string): Promise<CountsOver | undefined> {
  const now = Math.floor(runtime.now());
  const own = runtime.usage;
  if (own && runtime.parts === undefined) return { since: own.since, until: now, counts: own.counts() };
  const counts: { [name in UsageName]?: number } = {};
  const first = addDays(dayOf(now), 1 - WINDOW_DAYS);
  let since = now;
  let cursor: string | undefined;
  do {
    const page = await runtime.store.list(tenant, NOUN, { limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key, state } of page.items) {
      const read = v.safeParse(Kept, state);
      if (!read.success || key.subject < first) continue;
      since = Math.min(since, read.output.from);
      for (const [name, count] of Object.entries(read.output.counts))
        if (isName(name)) counts[name] = (counts[name] ?? 0) + count;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return since === now ? undefined : { since, until: now, counts };
}
