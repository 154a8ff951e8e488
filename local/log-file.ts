import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** Lines into a file that cannot grow past a bound. */
export interface LogFile {
  line(text: string): void;
  close(): void;
}

const MOST_BYTES = 8 * 1024 * 1024;

/** Keeps one earlier file (`.1`). A line that cannot be written is dropped: a log must not stop the work. */
export function logFile(path: string, mostBytes = MOST_BYTES): LogFile {
  let fd: number | undefined;
  let size = 0;
  const open = () => {
    mkdirSync(dirname(path), { recursive: true });
    fd = openSync(path, "a");
    size = fstatSync(fd).size;
  };
  const close = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return {
    line: (text) => {
      try {
        if (fd === undefined) open();
        if (size > mostBytes) {
          close();
          renameSync(path, `${path}.1`);
          open();
        }
        if (fd !== undefined) size += writeSync(fd, `${text}\n`);
      } catch {
        // A full disk: the store says so; the next line tries again.
      }
    },
    close,
  };
}

/** What the services print, one bounded file for each of them. */
export function serviceLogs(dir: string): {
  line(service: string, instance: string, text: string): void;
  close(): void;
} {
  const files = new Map<string, LogFile>();
  return {
    line: (service, instance, text) => {
      let file = files.get(service);
      if (!file) files.set(service, (file = logFile(join(dir, `${service}.log`))));
      file.line(`${instance} ${text}`);
    },
    close: () => {
      for (const file of files.values()) file.close();
      files.clear();
    },
  };
}
