import { afterAll, beforeAll, describe, expect } from "vitest";
import type { ObjectInfo, Objects } from "../../shared/core/ports/objects.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface ObjectsHarness {
  /** Empty at the start. */
  readonly objects: Objects;
  readonly close: () => Promise<void>;
}

const text = (bytes: Uint8Array | undefined) => (bytes ? new TextDecoder().decode(bytes) : undefined);

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? new TextEncoder().encode(part) : part;
}

async function* breaking(part: Uint8Array): AsyncGenerator<Uint8Array> {
  yield part;
  throw new RangeError("the source broke");
}

/** Bytes that differ everywhere, so that a part in the wrong place is noticed. */
function pattern(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + 1, 2_654_435_761);
  return new Uint8Array(words.buffer, 0, length);
}

async function allKeys(objects: Objects, prefix: string, limit: number): Promise<string[]> {
  const found: ObjectInfo[] = [];
  let cursor: string | undefined;
  do {
    const page = await objects.list(prefix, { limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found.map((item) => item.key);
}

/** Everything the Objects port promises, over one adapter. Each guarantee uses keys of its own. */
export function objectsContract(name: string, make: () => Promise<ObjectsHarness>, skips?: Skips): void {
  describe(`Objects: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: ObjectsHarness;
    let objects: Objects;
    beforeAll(async () => {
      harness = await make();
      objects = harness.objects;
    });
    afterAll(async () => harness?.close());

    guarantee("what was put is got, byte for byte", async () => {
      const body = pattern(300_000);
      const info = await objects.put("bytes/a", body);
      expect(info).toMatchObject({ key: "bytes/a", size: 300_000 });
      expect(Buffer.compare((await objects.get("bytes/a")) ?? new Uint8Array(), body)).toBe(0);
      await objects.put("bytes/text", "grüße, 世界");
      expect(text(await objects.get("bytes/text"))).toBe("grüße, 世界");
    });

    guarantee("an empty object is an object", async () => {
      await objects.put("empty", "");
      expect(await objects.get("empty")).toEqual(new Uint8Array());
      expect((await objects.head("empty"))?.size).toBe(0);
    });

    guarantee("what is not there is undefined, not empty", async () => {
      expect(await objects.get("missing/a")).toBeUndefined();
      expect(await objects.head("missing/a")).toBeUndefined();
      expect(await objects.get("missing/a", { start: 0, endExclusive: 5 })).toBeUndefined();
      expect(await objects.get("missing/a", { start: 0, endExclusive: 0 })).toBeUndefined();
      expect((await objects.list("missing/")).items).toEqual([]);
    });

    guarantee("a second put replaces the first whole", async () => {
      const first = await objects.put("replace", "a long first content");
      const second = await objects.put("replace", "short");
      expect(text(await objects.get("replace"))).toBe("short");
      expect(second.etag).not.toBe(first.etag);
      expect((await objects.head("replace"))?.etag).toBe(second.etag);
    });

    guarantee("ifAbsent refuses to replace and leaves what was there", async () => {
      await objects.put("absent/a", "first", { ifAbsent: true });
      await expect(objects.put("absent/a", "second", { ifAbsent: true })).rejects.toMatchObject({
        code: "objects.exists",
        retryable: false,
      });
      expect(text(await objects.get("absent/a"))).toBe("first");
      await expect(objects.putStream("absent/a", chunks("third"), { ifAbsent: true })).rejects.toMatchObject({
        code: "objects.exists",
      });
      expect(text(await objects.get("absent/a"))).toBe("first");
    });

    guarantee("of twenty writers with ifAbsent exactly one wins, and its bytes are there", async () => {
      const writers = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
      const results = await Promise.allSettled(
        writers.map((body) => objects.put("race/one", body, { ifAbsent: true })),
      );
      const winners = results.flatMap((result, index) => (result.status === "fulfilled" ? [writers[index]] : []));
      expect(winners).toHaveLength(1);
      expect(text(await objects.get("race/one"))).toBe(winners[0]);
      for (const result of results)
        if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "objects.exists" });
    });

    guarantee("after ifAbsent and remove the key is free again", async () => {
      await objects.put("absent/b", "first", { ifAbsent: true });
      await objects.remove("absent/b");
      await objects.put("absent/b", "second", { ifAbsent: true });
      expect(text(await objects.get("absent/b"))).toBe("second");
    });

    guarantee("a range is cut like a slice, also past the end", async () => {
      await objects.put("range", "0123456789");
      expect(text(await objects.get("range", { start: 2, endExclusive: 5 }))).toBe("234");
      expect(text(await objects.get("range", { start: 8, endExclusive: 50 }))).toBe("89");
      expect(await objects.get("range", { start: 3, endExclusive: 3 })).toEqual(new Uint8Array());
      expect(await objects.get("range", { start: 10, endExclusive: 12 })).toEqual(new Uint8Array());
    });

    guarantee("head says size, time and a validator that get and list agree with", async () => {
      const put = await objects.put("head/a", "12345");
      const head = await objects.head("head/a");
      expect(head).toMatchObject({ key: "head/a", size: 5, etag: put.etag });
      expect(Number.isInteger(head?.modifiedAt)).toBe(true);
      expect((await objects.list("head/")).items).toEqual([head]);
    });

    guarantee("a stream of many small chunks arrives whole", async () => {
      const body = pattern(50_000);
      const small = Array.from({ length: 500 }, (_, index) => body.subarray(index * 100, (index + 1) * 100));
      const info = await objects.putStream("stream/small", chunks(...small));
      expect(info.size).toBe(50_000);
      expect(Buffer.compare((await objects.get("stream/small")) ?? new Uint8Array(), body)).toBe(0);
    });

    guarantee("a stream of 20 MiB arrives whole and in order", async () => {
      const body = pattern(20 * 1024 * 1024 + 7);
      const step = 1_000_003;
      const count = Math.ceil(body.length / step);
      const big = Array.from({ length: count }, (_, index) => body.subarray(index * step, (index + 1) * step));
      const info = await objects.putStream("stream/big", chunks(...big));
      expect(info.size).toBe(body.length);
      expect(Buffer.compare((await objects.get("stream/big")) ?? new Uint8Array(), body)).toBe(0);
      expect((await objects.head("stream/big"))?.etag).toBe(info.etag);
    });

    guarantee("a big stream with ifAbsent does not replace", async () => {
      await objects.put("stream/taken", "here first");
      const body = chunks(pattern(9 * 1024 * 1024));
      await expect(objects.putStream("stream/taken", body, { ifAbsent: true })).rejects.toMatchObject({
        code: "objects.exists",
      });
      expect(text(await objects.get("stream/taken"))).toBe("here first");
    });

    guarantee("an empty stream is an empty object", async () => {
      expect((await objects.putStream("stream/empty", chunks())).size).toBe(0);
      expect(await objects.get("stream/empty")).toEqual(new Uint8Array());
    });

    guarantee("a stream that breaks rejects with its own error and leaves nothing", async () => {
      for (const length of [100, 9 * 1024 * 1024]) {
        await expect(objects.putStream("stream/broken", breaking(pattern(length)))).rejects.toThrow(RangeError);
        expect(await objects.head("stream/broken")).toBeUndefined();
      }
      expect((await objects.list("stream/broken")).items).toEqual([]);
    });

    guarantee("a stream that breaks leaves the former object as it was", async () => {
      await objects.put("stream/former", "former");
      await expect(objects.putStream("stream/former", breaking(pattern(9 * 1024 * 1024)))).rejects.toThrow(RangeError);
      expect(text(await objects.get("stream/former"))).toBe("former");
    });

    guarantee("nothing of a stream is seen before it ends", async () => {
      const seen: unknown[] = [];
      async function* watched() {
        yield pattern(9 * 1024 * 1024);
        seen.push(await objects.head("stream/watched"), (await objects.list("stream/watched")).items);
        yield pattern(10);
      }
      await objects.putStream("stream/watched", watched());
      expect(seen).toEqual([undefined, []]);
      expect((await objects.head("stream/watched"))?.size).toBe(9 * 1024 * 1024 + 10);
    });

    guarantee("readers see one write or the other, never a mixture", async () => {
      const bodies = ["a", "b"].map((letter) => letter.repeat(200_000));
      await objects.put("mixture", bodies[0] ?? "");
      const writing = (async () => {
        for (let round = 0; round < 20; round++) await objects.put("mixture", bodies[round % 2] ?? "");
      })();
      const reads = Array.from({ length: 20 }, async () => text(await objects.get("mixture")));
      for (const read of await Promise.all(reads)) expect(bodies.includes(read ?? "")).toBe(true);
      await writing;
    });

    guarantee("removing takes away, and removing what is not there is no error", async () => {
      await objects.put("remove/a/b", "x");
      await objects.remove("remove/a/b");
      expect(await objects.get("remove/a/b")).toBeUndefined();
      expect((await objects.list("remove/")).items).toEqual([]);
      await objects.remove("remove/a/b");
      await objects.remove("never/was");
    });

    guarantee("a key and keys below it live side by side", async () => {
      await objects.put("tree", "root");
      await objects.put("tree/leaf", "leaf");
      await objects.put("tree/leaf/vein", "vein");
      expect(text(await objects.get("tree"))).toBe("root");
      expect(text(await objects.get("tree/leaf"))).toBe("leaf");
      await objects.remove("tree/leaf");
      expect(text(await objects.get("tree/leaf/vein"))).toBe("vein");
      expect((await objects.list("tree")).items.map((item) => item.key)).toEqual(["tree", "tree/leaf/vein"]);
    });

    guarantee("keys keep letters of every kind apart", async () => {
      const keys = [
        "A",
        "a",
        "é",
        "e\u0301",
        "a b",
        "a%20b",
        "a+b",
        "con",
        "con.txt",
        "a.",
        ".a",
        "ü/ß",
        "世界",
        "🦊",
        "a~",
        "a^",
        "a\\b",
        "<&>\"'",
      ];
      for (const key of keys) await objects.put(`odd/${key}`, key);
      for (const key of keys) expect(text(await objects.get(`odd/${key}`)), key).toBe(key);
      expect((await objects.list("odd/", { limit: 1000 })).items).toHaveLength(keys.length);
    });

    guarantee("keys may have 900 bytes in one part", async () => {
      const keys = ["long-".padEnd(900, "x"), "long-".padEnd(899, "x"), `long-${"é".repeat(447)}z`];
      for (const key of keys) await objects.put(key, key);
      for (const key of keys) expect(text(await objects.get(key))).toBe(key);
      expect((await allKeys(objects, "long-", 1000)).sort()).toEqual([...keys].sort());
    });

    guarantee("a list is in order of UTF-8 bytes, whatever the page size", async () => {
      const keys = ["a-b", "a.b", "a/b", "a0", "a", "B", "é", "\uff5e", "🦊", "a/b/c", "z"];
      for (const key of keys) await objects.put(`order/${key}`, "x");
      const sorted = keys.map((key) => `order/${key}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      // UTF-16 order would put the fox before the wide tilde.
      expect(sorted.indexOf("order/🦊")).toBeGreaterThan(sorted.indexOf("order/\uff5e"));
      for (const limit of [1, 3, 1000]) expect(await allKeys(objects, "order/", limit)).toEqual(sorted);
      const long = ["x".repeat(700), "x".repeat(699), `${"é".repeat(350)}z`, "é".repeat(350)].map(
        (part) => `order-long/${part}`,
      );
      for (const key of long) await objects.put(key, "x");
      expect(await allKeys(objects, "order-long/", 1)).toEqual([long[1], long[0], long[3], long[2]]);
    });

    guarantee("a prefix is text, not a folder", async () => {
      for (const key of ["pre/fix-1", "pre/fix/2", "pre/fi", "pre/other"]) await objects.put(key, "x");
      expect(await allKeys(objects, "pre/fix", 10)).toEqual(["pre/fix-1", "pre/fix/2"]);
      expect(await allKeys(objects, "pre/fix/", 10)).toEqual(["pre/fix/2"]);
    });

    guarantee("a cursor stays good while keys come and go", async () => {
      for (const key of ["b", "d", "f", "h"]) await objects.put(`cursor/${key}`, "x");
      const first = await objects.list("cursor/", { limit: 2 });
      expect(first.items.map((item) => item.key)).toEqual(["cursor/b", "cursor/d"]);
      await objects.remove("cursor/d");
      await objects.put("cursor/a", "x");
      await objects.put("cursor/e", "x");
      const rest = await objects.list("cursor/", { limit: 10, cursor: first.cursor ?? "" });
      expect(rest.items.map((item) => item.key)).toEqual(["cursor/e", "cursor/f", "cursor/h"]);
      expect(rest.cursor).toBeUndefined();
    });

    guarantee("a full last page has no cursor", async () => {
      for (const key of ["1", "2", "3", "4"]) await objects.put(`pages/${key}`, "x");
      const first = await objects.list("pages/", { limit: 2 });
      const second = await objects.list("pages/", { limit: 2, cursor: first.cursor ?? "" });
      expect(second.items.map((item) => item.key)).toEqual(["pages/3", "pages/4"]);
      expect(second.cursor).toBeUndefined();
    });

    guarantee("a bad key is refused by every call, naming what is allowed", async () => {
      const bad = ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\0b", "x".repeat(901), "\ud800"];
      for (const key of bad) {
        const refused = { code: "input.invalid", message: expect.stringContaining("1..900 bytes") };
        await expect(objects.put(key, "x"), JSON.stringify(key)).rejects.toMatchObject(refused);
        await expect(objects.putStream(key, chunks("x"))).rejects.toMatchObject(refused);
        await expect(objects.get(key)).rejects.toMatchObject(refused);
        await expect(objects.head(key)).rejects.toMatchObject(refused);
        await expect(objects.remove(key)).rejects.toMatchObject(refused);
      }
    });
    done();
  });
}
