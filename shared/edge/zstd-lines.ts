import { Readable } from "node:stream";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { HeadgateError } from "../core/kernel/errors.ts";

/** As `zstd` itself by default: a good part of the gain for little time. */
const LEVEL = 3;

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(`${line}\n`);
}

/** Lines (without their ends) as one zstd frame, in bounded memory. */
export async function* zstdLines(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytesOf(lines), { objectMode: false });
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
  source.once("error", (error) => compress.destroy(error));
  for await (const chunk of source.pipe(compress)) yield chunk as Buffer;
}

/** Longest line that is read: far more than a state or a record may have. */
const MOST_LINE = 16_777_216;

/** The lines again. @throws HeadgateError `backup.damaged` where it is no zstd, or a line has no end in sight */
export async function* unzstdLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const source = Readable.from(bytes, { objectMode: false });
  const unpack = createZstdDecompress();
  let broken: unknown;
  source.once("error", (error) => {
    broken = error;
    unpack.destroy(error);
  });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let held = "";
  try {
    for await (const chunk of source.pipe(unpack)) {
      held += decoder.decode(chunk as Buffer, { stream: true });
      const lines = held.split("\n");
      held = lines.pop() ?? "";
      if (held.length > MOST_LINE)
        throw new HeadgateError("backup.damaged", `a line has more than ${MOST_LINE} characters`);
      yield* lines;
    }
  } catch (error) {
    if (broken !== undefined) throw broken;
    if (error instanceof HeadgateError) throw error;
    throw new HeadgateError("backup.damaged", `lines could not be unpacked: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (held !== "") yield held;
}
