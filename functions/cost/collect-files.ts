import { dayOf } from "../../shared/core/cost/day.ts";
import { type ExportUnit, isKnown } from "../../shared/core/cost/sources/export-layout.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { athenaExport } from "./athena-export.ts";
import { openBillFolder } from "./bill-folder.ts";
import { type BillPlace, readIndex } from "./bill-store.ts";
import type { CostWork } from "./context.ts";
import type { CollectNote, Refreshed } from "./refreshed.ts";
import { type BillKind, type TookIn, takeUnit } from "./take-unit.ts";

/** Days named in a sentence. */
const span = (days: readonly string[]): string =>
  days.length === 1 ? `${days[0]}` : `${days.length} days (${days[0]} to ${days.at(-1)})`;

/** What a reader of the figures has to know of an export that was taken in. */
export function notesOf(source: string, took: TookIn): readonly CollectNote[] {
  const notes: CollectNote[] = [];
  if (took.replaced.length > 0)
    notes.push({ kind: "replaced", source, text: `${took.name} replaces ${span(took.replaced)} of an earlier export` });
  if (took.rejected > 0)
    notes.push({
      kind: "left_out",
      source,
      text: `${took.rejected} rows of ${took.name} could not be read and are left out`,
    });
  return notes;
}

/** Takes in what is new or changed at a place of exports, oldest first. A file that cannot be read is told and keeps back nothing else. */
export async function refreshFiles(
  work: CostWork,
  name: string,
  address: string,
  kind: BillKind,
  region?: string,
): Promise<Refreshed> {
  const place: BillPlace = { runtime: work.runtime, prefix: work.prefix, source: name };
  const deps = { baseDir: work.baseDir, s3: work.s3, ...(region === undefined ? {} : { region }) };
  const notes: CollectNote[] = [];
  const troubles: HeadgateError[] = [];
  const athena = kind === "focus" ? athenaExport(work, address) : undefined;
  try {
    const folder = openBillFolder(address, deps);
    const units = (await folder.units()).map((unit) => eachDay(work, unit));
    const { files } = await readIndex(place);
    for (const unit of units.filter((one) => !isKnown(one, files)))
      try {
        const newest = unit.files.some(({ path }) => Object.hasOwn(files, path));
        const charges = athena?.charges(unit);
        const ask = { work, place, folder, unit, kind, newest, ...(charges ? { charges } : {}) };
        notes.push(...notesOf(name, await takeUnit(ask)));
      } catch (error) {
        troubles.push(asTrouble(error, unit));
      }
    if (units.length === 0) throw new HeadgateError("bills.unavailable", `there is no bill at ${address}`);
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    troubles.push(error);
  }
  const [first] = troubles;
  const read = athena?.scanned();
  const scanned = read === undefined ? {} : { scanned: read };
  if (!first) return { requests: 0, notes, ...scanned };
  const why = troubles.length === 1 ? first.message : `${first.message} (and ${troubles.length - 1} more)`;
  return {
    requests: 0,
    notes,
    ...scanned,
    trouble: { status: first.code === "bills.denied" ? "denied" : "unavailable", why },
  };
}

/** A clock that runs faster than files change reads them anew each of its days: days that were open by it are closed by then. */
function eachDay({ runtime, now }: CostWork, unit: ExportUnit): ExportUnit {
  if (runtime.speed === 1) return unit;
  return { ...unit, files: unit.files.map((one) => ({ ...one, mark: `${one.mark}/${dayOf(now)}` })) };
}

/** What is no fault of the bill is thrown on: the object store, or a mistake of ours. */
function asTrouble(error: unknown, unit: ExportUnit): HeadgateError {
  const bills = ["bill.invalid", "bills.denied", "bills.unavailable", "input.invalid", "query.unavailable"];
  if (error instanceof HeadgateError && bills.includes(error.code)) return error;
  if (error instanceof HeadgateError) throw error;
  if (/MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? ""))
    return new HeadgateError(
      "bills.unavailable",
      `${unit.name} is Parquet, which this installation cannot read: export CSV, or have Athena read FOCUS in a bucket (cost.athena)`,
    );
  throw new Error(`${unit.name} could not be taken in`, { cause: error });
}
