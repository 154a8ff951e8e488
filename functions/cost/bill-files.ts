import { glob, open, readdir, realpath, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { zstdFrames } from "./zstd-frames.ts";

/** What lies in folders that is a bill; what else lies there (manifests, checksums) is passed over. */
const BILL = /\.(csv|tsv|txt|parquet)(\.(gz|gzip|zst|zstd))?$|\.(csv|parquet)\.snappy$/i;
/** Also in folders of such names: ".git", "_temporary" of a writer that is at it. */
const HIDDEN = /(^|[/\\])[._]/;
const PIECE = 64 * 1024;

const refused = (path: string, why: string): HeadgateError =>
  new HeadgateError("bill.invalid", `${path} ${why}`, { faults: [{ file: path, path: "file", message: why }] });

/** The files that are meant by a file, a folder, a pattern or "-" (standard input), in order of their names. @throws HeadgateError `input.invalid` where there is none */
async function billFiles(path: string): Promise<readonly string[]> {
  if (path === "-") return [path];
  if (path.startsWith("s3://"))
    throw new HeadgateError(
      "input.invalid",
      `${path} is no file: name it in cost.sources of headgate.yaml (focus: ${path})`,
    );
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw new HeadgateError("input.invalid", `${path} ${reason(error)}`);
  });
  if (info === undefined) {
    if (!/[*?[{]/.test(path)) throw new HeadgateError("input.invalid", `${path} does not exist`);
    const found: string[] = [];
    for await (const one of glob(path)) if ((await stat(one)).isFile()) found.push(one);
    if (found.length === 0) throw new HeadgateError("input.invalid", `no file matches ${path}`);
    return found.sort();
  }
  if (!info.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((entry) => entry.isFile() && BILL.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !HIDDEN.test(relative(path, file)));
  if (found.length === 0)
    throw new HeadgateError("input.invalid", `no bill in ${path}: no file ends in .csv, .csv.gz, .csv.zst or .parquet`);
  return found.sort();
}

/** The files of several of these, in their order, each once: "./bill.csv" and a link to it are "bill.csv". @throws HeadgateError `input.invalid` */
export async function eachBillOnce(paths: readonly string[]): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const path of paths)
    for (const file of await billFiles(path)) {
      const place = file === "-" ? file : await realpath(file);
      if (!found.has(place)) found.set(place, file);
    }
  return [...found.values()];
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "may not be read";
  return `cannot be read (${code ?? String(error)})`;
}

/** What its first bytes say it is, whatever its name. */
export type FileKind = "text" | "gzip" | "zstd" | "parquet";

function kindOf(path: string, head: Uint8Array): FileKind {
  const starts = (...bytes: readonly number[]) => bytes.every((byte, at) => head[at] === byte);
  if (starts(0x1f, 0x8b)) return "gzip";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  if (starts(0x50, 0x41, 0x52, 0x31)) return "parquet";
  if (starts(0x50, 0x4b))
    throw refused(path, "is a ZIP archive or an Excel workbook; a bill is CSV (also .gz, .zst) or Parquet");
  if (starts(0x25, 0x50, 0x44, 0x46)) throw refused(path, "is a PDF; a bill is CSV (also .gz, .zst) or Parquet");
  if (starts(0x42, 0x5a, 0x68)) throw refused(path, "is compressed by bzip2; take gzip or zstd");
  if (head.includes(0) && !starts(0xff, 0xfe) && !starts(0xfe, 0xff))
    throw refused(path, "is no text; a bill is CSV (also .gz, .zst) or Parquet");
  return "text";
}

/** A file that cannot be a bill is told by its first character, before its lines are taken for rows. @throws HeadgateError `bill.invalid` */
function assertCsv(path: string, text: string): void {
  const first = /\S/.exec(text.replace(/^\ufeff/, ""))?.[0];
  if (first === "{" || first === "[") throw refused(path, "is JSON; a bill is CSV (also .gz, .zst) or Parquet");
  if (first === "<")
    throw refused(path, "is HTML or XML (was an error page saved?); a bill is CSV (also .gz, .zst) or Parquet");
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((error) => {
    throw new HeadgateError("input.invalid", `${path} ${reason(error)}`);
  });
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* unpacked(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  kind: "gzip" | "zstd",
): AsyncGenerator<Uint8Array> {
  const { Readable, pipeline } = await import("node:stream");
  const unpack = kind === "gzip" ? createGunzip({ chunkSize: PIECE }) : createZstdDecompress({ chunkSize: PIECE });
  const piped = pipeline(Readable.from(kind === "gzip" ? bytes : zstdFrames(bytes)), unpack, () => undefined);
  try {
    yield* piped as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw refused(
      path,
      code === "Z_BUF_ERROR" || /unexpected end/i.test(String(error))
        ? "is cut short: its compressed data ends in the middle"
        : `is damaged: it cannot be unpacked (${code || String(error)})`,
    );
  }
}

/** First bytes, and all of them again; `close` where they are not wanted after all. */
async function peeked(bytes: AsyncIterable<Uint8Array>) {
  const source = bytes[Symbol.asyncIterator]();
  let head = new Uint8Array();
  let done = false;
  while (head.length < 4 && !done) {
    const next = await source.next();
    if (next.done) done = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      while (!done) {
        const next = await source.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await source.return?.();
    }
  }
  return {
    head,
    all: all(),
    close: async (): Promise<void> => void (await source.return?.(undefined)),
  };
}

/** Text of bytes: UTF-8, or UTF-16 where a mark at the beginning says so. */
async function* textOf(path: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let begun = false;
  for await (const piece of bytes) {
    decoder ??= new TextDecoder(
      piece[0] === 0xff && piece[1] === 0xfe
        ? "utf-16le"
        : piece[0] === 0xfe && piece[1] === 0xff
          ? "utf-16be"
          : "utf-8",
    );
    const text = decoder.decode(piece, { stream: true });
    if (!begun && text.trim() !== "") {
      assertCsv(path, text);
      begun = true;
    }
    if (text !== "") yield text;
  }
  const last = decoder?.decode() ?? "";
  if (last !== "") yield last;
}

/**
 * The text of a bill's file in pieces; `parquet` where it is one, which is read by other means.
 *
 * @throws HeadgateError `bill.invalid` (also while it is read: cut short, damaged), `input.invalid`
 */
export async function billText(
  path: string,
  stdin: AsyncIterable<Uint8Array>,
): Promise<{ readonly kind: FileKind; readonly text: AsyncGenerator<string> }> {
  const { head, all, close } = await peeked(path === "-" ? stdin : fileBytes(path));
  const outer = await closing(close, () => kindOf(path, head));
  if (outer === "text") return { kind: outer, text: textOf(path, all) };
  if (outer === "parquet") {
    await close();
    return { kind: outer, text: noText() };
  }
  const inner = await peeked(unpacked(path, all, outer));
  await closing(inner.close, () => {
    if (kindOf(path, inner.head) !== "text") throw refused(path, "is packed twice");
  });
  return { kind: outer, text: textOf(path, inner.all) };
}

async function* noText(): AsyncGenerator<string> {}

/** A file that turns out to be none is closed. */
async function closing<T>(close: () => Promise<void>, look: () => T): Promise<T> {
  try {
    return look();
  } catch (error) {
    await close();
    throw error;
  }
}
