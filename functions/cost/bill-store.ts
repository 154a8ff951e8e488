import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { Day } from "../../shared/core/cost/day.ts";
import { type BillIndex, EMPTY_INDEX } from "../../shared/core/cost/sources/bill-index.ts";
import { decodePart, encodePart } from "../../shared/core/cost/sources/part.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { CostWork } from "./context.ts";

const pack = promisify(zstdCompress);
const unpack = promisify(zstdDecompress);

/** What one source is kept below: parts of days, and the index under a number that falls, so that the newest is the first of a list. */
export type BillPlace = Pick<CostWork, "runtime" | "prefix"> & { readonly source: string };

const TOP = 999_999_999;
/** An unpacked part is a few megabytes; what unpacks to more is none of ours. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Numbers that stay, for those who are reading by one. */
const KEPT_INDEXES = 3;

export const billsPrefix = ({ prefix, source }: BillPlace): string => `${prefix}bills/${source}/`;
const indexPrefix = (place: BillPlace): string => `${billsPrefix(place)}index/`;
const indexKey = (place: BillPlace, sequence: number): string =>
  `${indexPrefix(place)}${String(TOP - sequence).padStart(9, "0")}.json`;
export const partKey = (place: BillPlace, part: string): string => `${billsPrefix(place)}${part}`;

/** The newest index of a source; an empty one where nothing was ever taken in. */
export async function readIndex(place: BillPlace): Promise<BillIndex> {
  const { objects } = place.runtime;
  // Between list and read an index may have been replaced and removed: then there is a newer one.
  for (let round = 1; ; round++) {
    const { items } = await objects.list(indexPrefix(place), { limit: 1 });
    const key = items[0]?.key;
    if (key === undefined) return EMPTY_INDEX;
    const bytes = await objects.get(key);
    if (bytes) return JSON.parse(new TextDecoder().decode(bytes)) as BillIndex;
    if (round === 5)
      throw new HeadgateError("objects.unavailable", `${key} is listed and not there`, { retryable: true });
  }
}

/** Tries of one change; each failed one means that somebody else's got through. */
const ROUNDS = 50;

/**
 * Changes the index by a function of what it is, again where somebody else was faster: all of a change or none of it, and none is lost. The function may be
 * called several times; the same index back means that nothing is written. Resolves to what the last call answered.
 */
export async function changeIndex<Result extends { readonly index: BillIndex }>(
  place: BillPlace,
  change: (index: BillIndex) => Result,
): Promise<Result> {
  const { objects } = place.runtime;
  for (let round = 1; ; round++) {
    const before = await readIndex(place);
    const changed = change(before);
    if (changed.index === before) return changed;
    const next: BillIndex = { ...changed.index, sequence: before.sequence + 1 };
    try {
      await objects.put(indexKey(place, next.sequence), JSON.stringify(next), {
        ifAbsent: true,
        contentType: "application/json",
      });
    } catch (error) {
      if (!(error instanceof HeadgateError) || error.code !== "objects.exists" || round >= ROUNDS) throw error;
      await place.runtime.sleep(Math.ceil(place.runtime.random() * 10 * round));
      continue;
    }
    if (next.sequence > KEPT_INDEXES)
      await objects.remove(indexKey(place, next.sequence - KEPT_INDEXES)).catch(() => undefined);
    return { ...changed, index: next };
  }
}

export async function writePart(place: BillPlace, part: string, charges: readonly Charge[]): Promise<void> {
  const bytes = await pack(Buffer.from(encodePart(charges)));
  await place.runtime.objects.put(partKey(place, part), bytes, { contentType: "application/zstd" });
}

/** @throws HeadgateError `objects.unavailable` where it is not there or no part */
export async function readPart(place: BillPlace, part: string, day: Day): Promise<readonly Charge[]> {
  const key = partKey(place, part);
  const bytes = await place.runtime.objects.get(key);
  if (!bytes) throw new HeadgateError("objects.unavailable", `${key}: charges that the index names are not there`);
  try {
    return decodePart((await unpack(bytes, { maxOutputLength: MOST_BYTES })).toString("utf8"), day);
  } catch (error) {
    throw new HeadgateError("objects.unavailable", `${key} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
