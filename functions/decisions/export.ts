import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { DAY_MS, HOUR_MS, iso, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Outcomes are added minutes after a decision; a day is exported when its last ones have come. */
const SETTLED_AFTER_MS = HOUR_MS;
/** Days that one call makes up for at the most; the next call goes on. */
const MAX_DAYS = 7;
const PAGE = 200;

interface Mark {
  readonly v: 1;
  /** Start (UTC) of the newest day that is exported. */
  readonly day: Millis;
}

const markKey = (tenant: string): AggregateKey => ({ tenant, noun: "journal-export", subject: "mark" });

/** Object key of one day: `journal/<tenant>/2026-11-22.ndjson`. */
export const dayKey = (tenant: string, day: Millis): string =>
  `journal/${encodeURIComponent(tenant)}/${iso(day).slice(0, 10)}.ndjson`;

/** One decision a line, newest first; pages are read as they are written, so a large day needs no large memory. */
async function* lines(runtime: Runtime, tenant: string, day: Millis): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder();
  let cursor: string | undefined;
  do {
    const page: { readonly items: readonly DecisionRecord[]; readonly cursor?: string } = await runtime.journal.list({
      tenant,
      from: day,
      to: day + DAY_MS,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (page.items.length > 0) yield encoder.encode(page.items.map((record) => `${JSON.stringify(record)}\n`).join(""));
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/**
 * Writes each whole day of the journal that is over into the object store as NDJSON (UTC days, one decision a line), so that
 * it outlives the table's time to live and can be queried and backtested. Repeating it is harmless: a day is written
 * whole or not at all, and the mark moves after it. The first call starts with yesterday.
 *
 * @returns starts of the days written
 * @throws HeadgateError of store, journal or object store; the next call goes on where this one stopped
 */
export async function exportJournal(runtime: Runtime, tenant: string): Promise<readonly Millis[]> {
  const key = markKey(tenant);
  const stored = await runtime.store.load(key);
  const over = Math.floor((runtime.now() - SETTLED_AFTER_MS) / DAY_MS) * DAY_MS - DAY_MS;
  const first = stored ? (stored.state as unknown as Mark).day + DAY_MS : over;
  const written: Millis[] = [];
  let version = stored?.version ?? 0;
  for (let day = first; day <= over && written.length < MAX_DAYS; day += DAY_MS) {
    await runtime.objects.putStream(dayKey(tenant, day), lines(runtime, tenant, day), {
      contentType: "application/x-ndjson",
    });
    const mark: Mark = { v: 1, day };
    const moved = await runtime.store.write(key, version, { state: mark as unknown as Json });
    // Somebody else exports too; what both wrote is the same.
    if (!moved.ok) break;
    version = moved.version;
    written.push(day);
  }
  return written;
}

/** The export as a by-product of the sweep: a failure is logged and tried again by the next one, never the sweep's failure. */
export async function tryExport(runtime: Runtime, tenant: string): Promise<void> {
  try {
    const days = await exportJournal(runtime, tenant);
    if (days.length > 0)
      runtime.telemetry.log("info", "journal exported", { tenant, days: days.map((day) => iso(day).slice(0, 10)) });
  } catch (error) {
    runtime.telemetry.log("warn", "journal not exported; the next sweep tries again", {
      tenant,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
