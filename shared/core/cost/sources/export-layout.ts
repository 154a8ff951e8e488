import { DAY_MS, type Millis } from "../../kernel/time.ts";
import { type Day, dayOf } from "../day.ts";
import { slotOf } from "./take-in.ts";

/** One file of an export, or a manifest of one. */
export interface ExportFile {
  /** Below the source's own place, "/" between folders. */
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: Millis;
  /** Tells whether it is still the same: a validator, or size and time. */
  readonly mark: string;
}

/** Files that are taken in at once: the parts of one export. */
export interface ExportUnit {
  readonly name: string;
  readonly files: readonly ExportFile[];
  readonly modifiedAt: Millis;
  /** Replaced as a whole by its next version. */
  readonly slot?: string;
  /** It says everything about this month. */
  readonly month?: string;
}

const BILL = /\.(csv|tsv|txt|parquet)(\.(gz|gzip|zst|zstd))?$|\.(csv|parquet)\.snappy$/i;
const HIDDEN = /(^|\/)[._]/;
const MANIFEST = /manifest\.json$/i;
/** `path` is seen from the place of the exports: what lies in "_temporary/" or ".git/" there is none either. */
export const isBill = (path: string): boolean => BILL.test(path) && !HIDDEN.test(path);
export const isManifest = (path: string): boolean => MANIFEST.test(path);

/** Where a billing period stands in a path: as AWS Data Exports, the Cost and Usage Report and exports of Azure name it. */
function periodOf(
  folders: readonly string[],
): { readonly month: string; readonly at: number; readonly length: number } | undefined {
  for (const [at, folder] of folders.entries()) {
    const named = /^billing_period=(\d{4}-\d{2})(-\d{2})?$/i.exec(folder);
    if (named) return { month: named[1] ?? "", at, length: 1 };
    const span = /^(\d{4})(\d{2})\d{2}-\d{8}$/.exec(folder);
    if (span) return { month: `${span[1]}-${span[2]}`, at, length: 1 };
    const year = /^year=(\d{4})$/i.exec(folder);
    const month = /^month=(\d{1,2})$/i.exec(folders[at + 1] ?? "");
    if (year && month) return { month: `${year[1]}-${(month[1] ?? "").padStart(2, "0")}`, at, length: 2 };
  }
  return undefined;
}

interface Placed {
  readonly file: ExportFile;
  readonly group: string;
  readonly month: string;
  /** One writing of the period; "" where each overwrites the one before. */
  readonly execution: string;
}

function placed(file: ExportFile): Placed | undefined {
  const folders = file.path.split("/").slice(0, -1);
  const period = periodOf(folders);
  if (!period) return undefined;
  const before = folders.slice(0, period.at);
  // Data and manifests of one export lie beside each other.
  if (/^(data|metadata)$/i.test(before.at(-1) ?? "")) before.pop();
  const execution = folders.slice(period.at + period.length).join("/");
  return { file, group: before.join("/"), month: period.month, execution };
}

/**
 * "bill-00001.csv.gz" and "bill-00002.csv.gz" are parts of one export; so are "part_0_0001.csv", "part-00000-<uuid>-c000", "bill-000000000001" and "bill.1of3". Years
 * and dates are none: "bill-20260901.csv" and "bill-20260915.csv" are two states of a month. "bill.csv" and "bill.csv.gz" are one bill twice.
 */
const PART =
  /[-_.]?(?:(?<!\d)\d{5}|(?<!\d)0\d{11}|part(?:[-_.]?\d+)+(?:-[0-9a-f-]{36}(?:-c\d{3})?)?|\d+[-_.]?of[-_.]?\d+)$/i;
const baseOf = (path: string): string => {
  const stem = path.replace(BILL, "");
  return `${stem.replace(PART, "")}*${path.slice(stem.length)}`;
};

/** Names of the data files that a manifest lists ("dataFiles", "reportKeys", "blobs"), without their folders; undefined where it lists none. */
export function manifestFiles(text: string): readonly string[] | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof manifest !== "object" || manifest === null) return undefined;
  const { dataFiles, reportKeys, blobs } = manifest as Record<string, unknown>;
  const listed = [dataFiles, reportKeys, blobs].find((one): one is readonly unknown[] => Array.isArray(one));
  const names = listed?.map((one) =>
    typeof one === "string" ? one : String((one as Record<string, unknown> | null)?.["blobName"] ?? ""),
  );
  const files = names?.map((name) => name.slice(name.lastIndexOf("/") + 1)).filter((name) => name !== "");
  return files === undefined || files.length === 0 ? undefined : files;
}

const newest = (files: readonly ExportFile[]): Millis => files.reduce((most, one) => Math.max(most, one.modifiedAt), 0);
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/**
 * Puts files together to exports, oldest first. Where folders name billing periods, each period is its newest execution that is whole: one whose manifest lists
 * files that are not there yet is still being written, and the one before it counts. Everywhere else files that differ only in the number of a part are one export, and
 * each other file is one of its own.
 *
 * @param listed what each manifest lists, by its path
 */
export function exportUnits(
  files: readonly ExportFile[],
  listed: ReadonlyMap<string, readonly string[]> = new Map(),
): readonly ExportUnit[] {
  const units: ExportUnit[] = [];
  const loose = new Map<string, ExportFile[]>();
  const periods = new Map<string, Placed[]>();
  for (const file of files) {
    const place = placed(file);
    if (place) {
      const key = slotOf(place.group, place.month);
      periods.set(key, [...(periods.get(key) ?? []), place]);
    } else if (isBill(nameOf(file.path))) {
      const key = baseOf(file.path);
      loose.set(key, [...(loose.get(key) ?? []), file]);
    }
  }
  for (const [slot, all] of periods) {
    const unit = periodUnit(slot, all, listed);
    if (unit) units.push(unit);
  }
  for (const all of loose.values()) {
    const sorted = [...all].sort((a, b) => (a.path < b.path ? -1 : 1));
    units.push({ name: sorted[0]?.path ?? "", files: sorted, modifiedAt: newest(sorted) });
  }
  return units.sort((a, b) => a.modifiedAt - b.modifiedAt || (a.name < b.name ? -1 : 1));
}

function periodUnit(
  slot: string,
  all: readonly Placed[],
  listed: ReadonlyMap<string, readonly string[]>,
): ExportUnit | undefined {
  const executions = new Map<string, Placed[]>();
  for (const one of all) executions.set(one.execution, [...(executions.get(one.execution) ?? []), one]);
  const found = [...executions].flatMap(([execution, places]) => {
    const bills = places.map(({ file }) => file).filter(({ path }) => isBill(nameOf(path)));
    if (bills.length === 0) return [];
    const manifests = places.map(({ file }) => file).filter(({ path }) => isManifest(path));
    const names = manifests.flatMap(({ path }) => listed.get(path) ?? []);
    const wanted = new Set(names);
    const whole = names.every((name) => bills.some(({ path }) => nameOf(path) === name));
    const taken = wanted.size === 0 ? bills : bills.filter(({ path }) => wanted.has(nameOf(path)));
    return [{ execution, files: taken, whole, told: manifests.length > 0, at: newest(taken) }];
  });
  const usable = found.filter(({ whole }) => whole);
  // Where executions have manifests, one without is not finished.
  const told = usable.filter(({ told: has }) => has);
  const [best] = (told.length > 0 ? told : usable).sort((a, b) => b.at - a.at || (a.execution > b.execution ? -1 : 1));
  if (!best) return undefined;
  const sorted = [...best.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { name: sorted[0]?.path ?? slot, files: sorted, modifiedAt: best.at, slot, month: all[0]?.month ?? "" };
}

/** Charges come up to three days late: what an export does not have of the days just before it was written is not known to be nothing. */
const LATE_MS = 3 * DAY_MS;
/** Last day of its month about which an export that is silent says that it costs nothing. */
export const knownUntil = (unit: ExportUnit): Day => dayOf(unit.modifiedAt - LATE_MS);

/** Whether nothing of it has changed since it was taken in. */
export const isKnown = (unit: ExportUnit, files: Readonly<Record<string, string>>): boolean =>
  unit.files.every(({ path, mark }) => Object.hasOwn(files, path) && files[path] === mark);
