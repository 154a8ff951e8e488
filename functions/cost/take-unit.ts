import type { Day } from "../../shared/core/cost/day.ts";
import { type ExportFile, type ExportUnit, knownUntil } from "../../shared/core/cost/sources/export-layout.ts";
import { finalityOf } from "../../shared/core/cost/sources/span.ts";
import { type Taken, takeIn } from "../../shared/core/cost/sources/take-in.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { BillFolder } from "./bill-folder.ts";
import { type BillPlace, changeIndex } from "./bill-store.ts";
import { tidyBills } from "./bill-tidy.ts";
import { billWriter } from "./bill-writer.ts";
import type { CostWork } from "./context.ts";
import { readBill } from "./read-bill.ts";
import { looksLikeCur, readCur } from "./read-cur.ts";

export type BillKind = "focus" | "cur";

export interface TookIn {
  readonly name: string;
  readonly outcome: Taken["outcome"];
  /** With `same`: what it was called when it was taken in. */
  readonly before?: string;
  readonly rows: number;
  readonly rejected: number;
  readonly from?: Day;
  readonly to?: Day;
  /** Days of earlier exports that it replaced with something else. */
  readonly replaced: readonly Day[];
}

export interface TakeUnitAsk {
  readonly work: CostWork;
  readonly place: BillPlace;
  readonly folder: BillFolder;
  readonly unit: ExportUnit;
  /** Charges of the whole unit by another way than its files: Athena has read them. */
  readonly charges?: AsyncIterable<readonly Charge[]>;
  /** Absent: told from the header. */
  readonly kind?: BillKind;
  readonly skipBad?: boolean;
  /** The file was there before with other content: what it says now holds. */
  readonly newest?: boolean;
}

/** Paths of this machine that a fetched file had for a while are nobody's business. */
function asNamed(error: unknown, path: string, address: string): unknown {
  if (!(error instanceof HeadgateError) || path === address) return error;
  const renamed = error.faults.map((fault) => (fault.file === path ? { ...fault, file: address } : fault));
  return new HeadgateError(error.code, error.message.replaceAll(path, address), {
    ...{ cause: error, retryable: error.retryable, faults: renamed },
  });
}

/**
 * Takes one export in: all of it or, whatever goes wrong, nothing.
 *
 * @throws HeadgateError `bill.invalid` with what, where and what is allowed; `bills.denied`, `bills.unavailable`; those of the object store
 */
export async function takeUnit(ask: TakeUnitAsk): Promise<TookIn> {
  const { work, place, folder, unit } = ask;
  const writer = billWriter(place, work.now);
  let rejected = 0;
  const takeFile = (file: ExportFile) =>
    folder.read(file, async (path) => {
      try {
        const kind = ask.kind ?? ((await looksLikeCur(path)) ? "cur" : "focus");
        const skip = ask.skipBad === undefined ? {} : { skipBad: ask.skipBad };
        const bill: AsyncIterable<readonly Charge[]> & { info: () => { readonly rejected: number } } =
          kind === "cur" ? readCur(path, skip) : readBill(path, skip);
        for await (const charges of bill) await writer.add(charges);
        rejected += bill.info().rejected;
      } catch (error) {
        throw asNamed(error, path, folder.address(file));
      }
    });
  try {
    if (ask.charges) for await (const charges of ask.charges) await writer.add(charges);
    else for (const file of unit.files) await takeFile(file);
    // Files know the time of the wall only: by a clock that runs faster they would stay behind for ever.
    const readAt = work.runtime.speed === 1 ? Math.min(work.now, unit.modifiedAt) : work.now;
    const draft = await writer.finish({
      name: unit.name,
      at: work.now,
      finality: (day) => finalityOf(day, readAt),
      ...(unit.slot === undefined ? {} : { slot: unit.slot }),
      ...(unit.month === undefined ? {} : { whole: { month: unit.month, until: knownUntil(unit) } }),
    });
    const files = Object.fromEntries(unit.files.map(({ path, mark }) => [path, mark]));
    const newest = ask.newest === true || unit.slot !== undefined;
    const taken = await changeIndex(place, (index) => takeIn(index, draft, { files, newest }));
    if (taken.outcome === "same") await writer.abandon();
    else await tidyBills(place, work.now);
    const days = Object.keys(draft.days).sort();
    const [first, last] = [days[0], days.at(-1)];
    return {
      ...{ name: unit.name, outcome: taken.outcome, rows: writer.rows(), rejected, replaced: taken.replaced },
      ...(taken.before === undefined ? {} : { before: taken.before }),
      ...(first === undefined || last === undefined ? {} : { from: first, to: last }),
    };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
