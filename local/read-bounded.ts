import { closeSync, openSync, readSync } from "node:fs";

/** At most `most` bytes of a file; a longer one is answered cut, and so are devices without end. */
export function readBounded(path: string, most: number): Buffer {
  const fd = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(most);
    let size = 0;
    for (;;) {
      const read = readSync(fd, buffer, size, most - size, null);
      if (read === 0) return buffer.subarray(0, size);
      size += read;
    }
  } finally {
    closeSync(fd);
  }
}
