import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ObjectInfo, Objects, PutOptions } from "../../shared/core/ports/objects.ts";
import { byBytes, checkKey } from "../../shared/edge/object-key.ts";

/** Objects in memory, with the whole contract of the port. */
export function memoryObjects(options: { readonly now: () => Millis }): Objects {
  const stored = new Map<string, { readonly info: ObjectInfo; readonly body: Uint8Array }>();
  let writes = 0;

  const put = async (key: string, body: Uint8Array | string, given?: PutOptions): Promise<ObjectInfo> => {
    checkKey(key);
    if (given?.ifAbsent && stored.has(key)) throw new HeadgateError("objects.exists", `${key} exists already`);
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
    const info: ObjectInfo = { key, size: bytes.length, modifiedAt: options.now(), etag: `"${++writes}"` };
    stored.set(key, { info, body: bytes });
    return info;
  };

  return {
    put,
    putStream: async (key, body, given) => {
      checkKey(key);
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(new Uint8Array(part));
      return put(key, Buffer.concat(parts), given);
    },
    get: async (key, range) => {
      checkKey(key);
      const body = stored.get(key)?.body;
      return range ? body?.slice(range.start, range.endExclusive) : body?.slice();
    },
    head: async (key) => {
      checkKey(key);
      return stored.get(key)?.info;
    },
    list: async (prefix, given) => {
      const limit = given?.limit ?? 1000;
      const keys = [...stored.keys()]
        .filter((key) => key.startsWith(prefix) && (given?.cursor === undefined || byBytes(key, given.cursor) > 0))
        .sort(byBytes);
      const items = keys.slice(0, limit).flatMap((key) => stored.get(key)?.info ?? []);
      const last = items.at(-1);
      return keys.length > limit && last ? { items, cursor: last.key } : { items };
    },
    remove: async (key) => {
      checkKey(key);
      stored.delete(key);
    },
  };
}
