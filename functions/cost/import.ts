import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { openBillFolder } from "./bill-folder.ts";
import { type BillPlace, readIndex } from "./bill-store.ts";
import { notesOf } from "./collect-files.ts";
import type { CostWork } from "./context.ts";
import { rememberImport } from "./imported.ts";
import type { CollectNote } from "./refreshed.ts";
import { type BillKind, type TookIn, takeUnit } from "./take-unit.ts";

export interface ImportAsk {
  /** File, folder or pattern seen from `baseDir` of the work, or "s3://bucket/prefix". */
  readonly path: string;
  /** Name it is kept under; one of the configuration or a new one. Default "import". */
  readonly source?: string;
  /** Absent: told from the header. */
  readonly kind?: BillKind;
  /** Rows that cannot be read are left out and counted. */
  readonly skipBad?: boolean;
  /** Of the bucket. */
  readonly region?: string;
}

export interface Imported {
  readonly source: string;
  readonly exports: readonly TookIn[];
  readonly notes: readonly CollectNote[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * Takes bills in once. Each export whole or not at all; the same again changes nothing; days of earlier exports of the same accounts are replaced.
 *
 * @throws HeadgateError `input.invalid` for a name that is none, `bill.invalid` with file, row and column, `bills.denied`, `bills.unavailable`; those of the object store
 */
export async function importBill(work: CostWork, ask: ImportAsk): Promise<Imported> {
  const source = ask.source ?? "import";
  if (!NAME.test(source))
    throw new HeadgateError("input.invalid", `${JSON.stringify(source.slice(0, 80))} is no name of a source`, {
      faults: [
        { path: "source", message: "no name", value: source.slice(0, 80), allowed: "letters, digits, '_' and '-'" },
      ],
    });
  const place: BillPlace = { runtime: work.runtime, prefix: work.prefix, source };
  const region = ask.region === undefined ? {} : { region: ask.region };
  const folder = openBillFolder(ask.path, { baseDir: work.baseDir, s3: work.s3, ...region });
  const units = await folder.units();
  if (units.length === 0) throw new HeadgateError("bills.unavailable", `there is no bill at ${ask.path}`);
  const exports: TookIn[] = [];
  for (const unit of units) {
    const { files } = await readIndex(place);
    const newest = unit.files.some(({ path, mark }) => Object.hasOwn(files, path) && files[path] !== mark);
    exports.push(
      await takeUnit({
        ...{ work, place, folder, unit, newest },
        ...(ask.kind === undefined ? {} : { kind: ask.kind }),
        ...(ask.skipBad === undefined ? {} : { skipBad: ask.skipBad }),
      }),
    );
  }
  await rememberImport(work, source);
  return { source, exports, notes: exports.flatMap((took) => notesOf(source, took)) };
}
