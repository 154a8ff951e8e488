import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { billText } from "../functions/cost/bill-files.ts";
import { parquetText, readBill } from "../functions/cost/read-bill.ts";
import { exportUnits } from "../shared/core/cost/sources/export-layout.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";

/**
 * Files put together to exports, in the order in which they are given: parts of one export ("-00001", "-00002") are taken in at once, as each
 * alone would replace the days of the one before it. Of a billing period that was written several times it is the newest.
 */
export async function exportsOf(files: readonly string[]): Promise<readonly (readonly string[])[]> {
  const told = await Promise.all(
    files.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, size, modifiedAt: Math.floor(mtimeMs), mark: "" };
    }),
  );
  const whole = exportUnits(told).map((unit) => unit.files.map(({ path }) => path));
  // A file that is named is a bill, whatever it is called.
  const units =
    files.length === 1 ? [files] : [...whole, ...files.filter((file) => !isBillName(file)).map((file) => [file])];
  return [...units].sort((a, b) => files.indexOf(a[0] ?? "") - files.indexOf(b[0] ?? ""));
}

const isBillName = (file: string): boolean =>
  exportUnits([{ path: file, size: 0, modifiedAt: 0, mark: "" }]).length > 0;

const LINE_END = /\r\n|\n|\r(?=.)/s;

/** The text of the parts one after the other, with one header. @throws HeadgateError `bill.invalid` where a part has other columns than the first */
async function* joined(parts: readonly string[]): AsyncGenerator<string> {
  let first: { readonly header: string; readonly end: string } | undefined;
  for (const part of parts) {
    const { kind, text } = await billText(part, Readable.from([]));
    let head: string | undefined = "";
    for await (const piece of kind === "parquet" ? parquetText(part) : text) {
      if (head === undefined) {
        yield piece;
        continue;
      }
      head += piece;
      const found = LINE_END.exec(head);
      if (found === null) continue;
      const header = head.slice(0, found.index).replace(/^\ufeff/, "");
      if (first !== undefined && header !== first.header)
        throw new HeadgateError("bill.invalid", `${part} has other columns than ${parts[0]}, and is no part of it`);
      if (first === undefined) yield `${header}${found[0]}`;
      else yield first.end;
      first ??= { header, end: found[0] };
      yield head.slice(found.index + found[0].length);
      head = undefined;
    }
    // A part of nothing but its header.
    if (head !== undefined && first === undefined && head !== "") {
      yield `${head}\n`;
      first = { header: head.replace(/^\ufeff/, "").trim(), end: "\n" };
    }
  }
}

/** Gives `work` one file of all parts; it is gone afterwards. */
export async function withJoined<Result>(
  parts: readonly string[],
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-parts-"));
  try {
    const path = join(folder, "bill.csv.gz");
    await pipeline(Readable.from(joined(parts)), createGzip({ level: 1 }), createWriteStream(path));
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A fault of the joined text is told by the part and its row: reads the parts and throws what is wrong with them, if anything. @throws HeadgateError `bill.invalid` */
export async function findFault(parts: readonly string[]): Promise<void> {
  for await (const _ of readBill(parts));
}
