import { dayOf } from "../../shared/core/cost/day.ts";
import { idTime } from "../../shared/core/kernel/id.ts";
import { DAY_MS, HOUR_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { type BillPlace, billsPrefix, changeIndex, partKey, readIndex } from "./bill-store.ts";

/** Whoever reads by an older index is done by then. */
const GRACE_MS = HOUR_MS;
/** No import takes so long: what it wrote and no index names was left behind. */
const LEFT_MS = DAY_MS;

/** When a part was written, by its name "<day>/bil_<time and noise>-<number>.json.zst". */
const writtenAt = (part: string): Millis | undefined => idTime(/\/(bil_[0-9a-z]{26})-/.exec(part)?.[1] ?? "");

/**
 * Removes what no index names any more, and once a day what imports that died have left. Never fails: what stays is tried again with the next
 * import, and takes room only.
 */
export async function tidyBills(place: BillPlace, now: Millis): Promise<void> {
  try {
    const index = await readIndex(place);
    const over = index.dropped.filter(({ at }) => now - at >= GRACE_MS).map(({ part }) => part);
    const today = dayOf(now);
    const left = index.swept === today ? [] : await leftovers(place, now);
    for (const part of [...over, ...left]) await place.runtime.objects.remove(partKey(place, part));
    if (over.length === 0 && index.swept === today) return;
    const gone = new Set(over);
    await changeIndex(place, (current) => ({
      index: { ...current, swept: today, dropped: current.dropped.filter(({ part }) => !gone.has(part)) },
    }));
  } catch (error) {
    place.runtime.telemetry.log("warn", "leftovers of bills were not removed; it is tried again", {
      source: place.source,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

async function leftovers(place: BillPlace, now: Millis): Promise<readonly string[]> {
  const prefix = billsPrefix(place);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await place.runtime.objects.list(prefix, cursor === undefined ? {} : { cursor });
    for (const { key } of page.items) {
      const part = key.slice(prefix.length);
      const at = writtenAt(part);
      if (at !== undefined && now - at >= LEFT_MS) found.push(part);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (found.length === 0) return [];
  // Read after the list: what was named in between is named here.
  const { exports, dropped } = await readIndex(place);
  const named = new Set(dropped.map(({ part }) => part));
  for (const { days } of exports)
    for (const { parts } of Object.values(days)) for (const part of parts) named.add(part);
  return found.filter((part) => !named.has(part));
}
