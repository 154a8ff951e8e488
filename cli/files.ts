import { readFile, stat } from "node:fs/promises";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Io } from "./io.ts";

/**
 * Text of a file ("-" is standard input) of at most `maxBytes`.
 *
 * @throws HeadgateError `input.invalid` where it is missing, a folder, unreadable, too large or no UTF-8.
 */
export async function readText(io: Pick<Io, "stdin">, path: string, maxBytes: number): Promise<string> {
  const bytes = await readInput(io, path, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HeadgateError("input.invalid", `${path} is not UTF-8 text`);
  }
}

/** Bytes of a file or of standard input ("-"). @throws HeadgateError `input.invalid`, as {@link readText}. */
export async function readInput(io: Pick<Io, "stdin">, path: string, maxBytes: number): Promise<Uint8Array> {
  return path === "-" ? readStandardInput(io.stdin, maxBytes) : readBytes(path, maxBytes);
}

const tooLarge = (path: string, maxBytes: number) =>
  new HeadgateError("input.invalid", `${path} is larger than ${maxBytes} bytes`);

async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new HeadgateError("input.invalid", `${path} is a folder; a file is needed`);
    if (info.size > maxBytes) throw tooLarge(path, maxBytes);
    return await readFile(path);
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === "ENOENT"
        ? "does not exist"
        : code === "EACCES"
          ? "may not be read"
          : `cannot be read (${code ?? String(error)})`;
    throw new HeadgateError("input.invalid", `${path} ${why}`);
  }
}

async function readStandardInput(stdin: Io["stdin"], maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge("standard input", maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
