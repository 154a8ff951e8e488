import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of a file of this machine, 64 hex digits; undefined where it cannot be read. */
export async function hashFile(path: string): Promise<string | undefined> {
  try {
    const hash = createHash("sha256");
    for await (const part of createReadStream(path) as AsyncIterable<Buffer>) hash.update(part);
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}
