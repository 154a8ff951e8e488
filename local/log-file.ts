import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";

/** Lines into a file that cannot grow past a bound. */
export interface LogFile {
  line(text: string): void;
  close(): Promise<void>;
}

const MOST_BYTES = 8 * 1024 * 1024;

/** Keeps one earlier file (`.1`). A line that cannot be written is dropped: a log must not stop the work. */
export function logFile(path: string, mostBytes = MOST_BYTES): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let size = 0;
  let stream: WriteStream;
  const open = () => {
    size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    stream = createWriteStream(path, { flags: "a" });
    stream.on("error", () => {});
  };
  open();
  return {
    line: (text) => {
      if (size > mostBytes) {
        stream.end();
        try {
          renameSync(path, `${path}.1`);
        } catch {
          // Goes on in the same file and tries again with the next line.
        }
        open();
      }
      size += Buffer.byteLength(text) + 1;
      stream.write(`${text}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        if (stream.destroyed) resolve();
        else stream.end(() => resolve());
      }),
  };
}
