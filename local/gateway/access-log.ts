import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import type { FinishedRequest } from "./finished.ts";

/** One line of JSON per request, in a file that cannot grow past a bound (one earlier file is kept, `.1`). */
export interface AccessLog {
  write(request: FinishedRequest): void;
  /** Lines that were dropped, because the disk did not keep up. */
  dropped(): number;
  close(): Promise<void>;
}

const MOST_BYTES = 64 * 1024 * 1024;
/** Lines are gathered for so long, in real ms, or up to so many bytes. */
const FLUSH_MS = 200;
const FLUSH_BYTES = 64 * 1024;
const MOST_WAITING = 16 * 1024 * 1024;

/** A line as it is written; `traffic replay` reads it. `at` as an ISO instant, `ms` with three decimals, no query and no header. */
export function accessLine({ at, ms, ...request }: FinishedRequest): string {
  return JSON.stringify({ at: new Date(at).toISOString(), ms: Math.round(ms * 1000) / 1000, ...request });
}

/** Never waits for the disk; a line that it does not take is dropped and counted: a log must not stop the work. */
export function accessLog(path: string, mostBytes = MOST_BYTES): AccessLog {
  let stream: WriteStream | undefined;
  let size = 0;
  let waiting = "";
  let dropped = 0;
  let lines = 0;
  let timer: NodeJS.Timeout | undefined;

  const open = (): WriteStream => {
    mkdirSync(dirname(path), { recursive: true });
    size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const opened = createWriteStream(path, { flags: "a" });
    // A full disk or a folder that has gone: the next flush opens it again.
    opened.on("error", () => {
      if (stream === opened) stream = undefined;
    });
    return opened;
  };

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === "") return;
    const [text, count] = [waiting, lines];
    waiting = "";
    lines = 0;
    try {
      if (stream && size > mostBytes) {
        stream.end();
        stream = undefined;
        renameSync(path, `${path}.1`);
      }
      stream ??= open();
      if (stream.writableLength > MOST_WAITING) {
        dropped += count;
        return;
      }
      size += Buffer.byteLength(text);
      stream.write(text);
    } catch {
      stream = undefined;
      dropped += count;
    }
  };

  return {
    write: (request) => {
      waiting += `${accessLine(request)}\n`;
      lines++;
      if (waiting.length >= FLUSH_BYTES) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    dropped: () => dropped,
    close: async () => {
      flush();
      const last = stream;
      stream = undefined;
      if (last) await new Promise<void>((resolve) => last.end(() => resolve()));
    },
  };
}
