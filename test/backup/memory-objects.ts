import { createHash } from "node:crypto";
import { byBytes } from "../../shared/core/kernel/byte-order.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Objects } from "../../shared/core/ports/objects.ts";

/** Objects in memory with switches: a place that is down, and a look at every call before it is done. */
export function memoryObjects(now: () => number) {
  const kept = new Map<string, { readonly bytes: Uint8Array; readonly at: number }>();
  const is = { down: false };
  let before: (call: string, key: string) => Promise<void> | void = () => undefined;
  let writes = 0;
  const meet = async (call: string, key: string): Promise<void> => {
    await before(call, key);
    if (is.down) throw new HeadgateError("objects.unavailable", `${key}: the place is down`, { retryable: true });
  };
  const info = (key: string, { bytes, at }: { bytes: Uint8Array; at: number }) => ({
    ...{ key, size: bytes.length, modifiedAt: at },
    etag: createHash("sha256").update(bytes).digest("hex"),
  });
  const write = (key: string, bytes: Uint8Array, ifAbsent: boolean) => {
    if (ifAbsent && kept.has(key)) throw new HeadgateError("objects.exists", `${key} exists`);
    const one = { bytes, at: now() };
    kept.set(key, one);
    writes += 1;
    return info(key, one);
  };
  const objects: Objects = {
    put: async (key, body, options) => {
      await meet("put", key);
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body.slice();
      return write(key, bytes, options?.ifAbsent ?? false);
    },
    putStream: async (key, body, options) => {
      await meet("put", key);
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece.slice());
      await meet("put", key);
      return write(key, new Uint8Array(Buffer.concat(pieces)), options?.ifAbsent ?? false);
    },
    get: async (key, range) => {
      await meet("get", key);
      const one = kept.get(key);
      return one && (range ? one.bytes.slice(range.start, range.endExclusive) : one.bytes.slice());
    },
    head: async (key) => {
      await meet("head", key);
      const one = kept.get(key);
      return one && info(key, one);
    },
    list: async (prefix, { limit = 1000, cursor } = {}) => {
      await meet("list", prefix);
      const keys = [...kept.keys()]
        .filter((key) => key.startsWith(prefix) && (cursor === undefined || byBytes(key, cursor) > 0))
        .sort(byBytes);
      const page = keys.slice(0, limit).map((key) => info(key, kept.get(key) as { bytes: Uint8Array; at: number }));
      return { items: page, ...(keys.length > limit ? { cursor: page.at(-1)?.key ?? "" } : {}) };
    },
    remove: async (key) => {
      await meet("remove", key);
      kept.delete(key);
    },
  };
  return {
    objects,
    kept,
    is,
    /** Called before each call; throwing is the call's failure. */
    meet: (then: typeof before) => void (before = then),
    keys: (prefix = "") => [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(),
    writes: () => writes,
  };
}
