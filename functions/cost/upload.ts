import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";

/** What a sender calls a file, as a name without folders. */
const plainName = (name: string): string => {
  const last = name.split(/[\\/]/).at(-1) ?? "";
  const kept = last.replaceAll(/[^A-Za-z0-9._-]/g, "_").replace(/^[._]+/, "");
  return kept === "" ? "bill.csv" : kept.slice(-150);
};

/** Faults speak of the file as its sender calls it: where it lay here is nobody's business. */
function asSent(error: unknown, folder: string): unknown {
  if (!(error instanceof HeadgateError)) return error;
  const sent = (text: string) => text.replaceAll(`${folder}/`, "").replaceAll(folder, "the bill");
  const faults = error.faults.map((fault) => ({
    ...fault,
    message: sent(fault.message),
    ...(fault.file === undefined ? {} : { file: sent(fault.file) }),
  }));
  return new HeadgateError(error.code, sent(error.message), { cause: error, retryable: error.retryable, faults });
}

/**
 * Lays the bytes of a request into a file of this machine, a piece at a time, and gives `work` its path; it is gone afterwards.
 *
 * @throws HeadgateError `input.invalid` where there are no bytes; those of `work`
 */
export async function withUpload<Result>(
  body: ReadableStream<Uint8Array> | null,
  name: string,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-upload-"));
  const path = join(folder, plainName(name));
  try {
    let bytes = 0;
    const counted = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const piece of source) {
        bytes += piece.byteLength;
        yield piece;
      }
    };
    if (body) await pipeline(Readable.fromWeb(body), counted, createWriteStream(path));
    if (bytes === 0)
      throw new HeadgateError("input.invalid", "the request has no body: send the bytes of a bill", {
        faults: [{ path: "body", message: "is empty", allowed: "CSV (also .gz, .zst) or Parquet" }],
      });
    return await work(path);
  } catch (error) {
    throw asSent(error, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
