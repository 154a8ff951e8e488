import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Store, Stored } from "../../shared/core/ports/store.ts";
import { decision } from "./records.ts";

/** One fresh, empty store and the clock it reads. */
export interface StoreHarness {
  readonly store: Store;
  readonly clock: { now: number };
  close(): Promise<void>;
}

const KB = 1_024;
const START = 1_700_000_000_000;
const key = (subject: string, noun = "autoscaling", tenant = "default"): AggregateKey => ({ tenant, noun, subject });

/** Names that would run into each other where separators, escapes or encodings are not kept apart. */
const NAMES = [
  "a/b",
  "a",
  "b",
  "a#b",
  "a%2Fb",
  "a%b",
  "ä",
  "a\u0308",
  "日本語",
  "🎈",
  "\uffff",
  "A",
  " ",
  "x".repeat(200),
  "🎈".repeat(200),
  "..",
  "'",
  '"',
  "a\nb",
];

const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

async function written(
  store: Store,
  at: AggregateKey,
  version: number,
  next: Parameters<Store["write"]>[2],
): Promise<number> {
  const result = await store.write(at, version, next);
  if (!result.ok) throw new Error(`write to ${at.subject} at version ${version} lost`);
  return result.version;
}

async function pages(
  store: Store,
  tenant: string,
  noun: string,
  limit: number,
  prefix?: string,
): Promise<readonly (readonly Stored[])[]> {
  const found: (readonly Stored[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(tenant, noun, {
      limit,
      ...(prefix === undefined ? {} : { prefix }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** What every store guarantees, whatever it is made of. */
export function storeContract(name: string, makeHarness: () => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    let harness: StoreHarness;
    let store: Store;
    beforeEach(async () => {
      harness = await makeHarness();
      harness.clock.now = START;
      store = harness.store;
    });
    afterEach(() => harness.close());

    test("what was never written is absent", async () => {
      expect(await store.load(key("orders"))).toBeUndefined();
      expect(await store.remove(key("orders"), 1)).toBe(false);
      expect(await store.list("default", "autoscaling")).toEqual({ items: [] });
      expect(await store.due(START + 1e9, 10)).toEqual([]);
    });

    test("a write is read back whole, and members left out are absent", async () => {
      const pending = {
        record: decision({ at: START }),
        actions: [{ type: "scale", key: "k", desired: 3 }],
        attempts: 1,
      };
      const full = { state: { v: 1 }, pending, leaseUntil: START + 1, dueAt: START + 2, expiresAt: START + 3 };
      const version = await written(store, key("orders"), 0, full);
      expect(await store.load(key("orders"))).toStrictEqual({ key: key("orders"), version, ...full });
      await written(store, key("orders"), version, { state: { v: 2 } });
      const next = { key: key("orders"), version: version + 1, state: { v: 2 } };
      expect(await store.load(key("orders"))).toStrictEqual(next);
    });

    test("states round-trip exactly as JSON", async () => {
      const deep = (levels: number): Json => (levels === 0 ? ["end"] : { in: [deep(levels - 1)] });
      const states: readonly Json[] = [
        null,
        true,
        0,
        "",
        [],
        {},
        [null, false, 0, "", [], {}],
        { "": 1, "a.b": 2, "#c": 3, ":d": 4, __proto: 5, constructor: 6, "10": 7, "9": 8 },
        { text: 'quote " back \\ nul \u0000 line \n emoji 🎈 lone \ud800 composed é e\u0301 bom \ufeff' },
        [5e-324, 1.797_693_134_862_315_7e308, 0.1 + 0.2, 9_007_199_254_740_991, -1.5e-7, 1e21],
        deep(30),
      ];
      for (const [index, state] of states.entries()) {
        await written(store, key(`s${index}`), 0, { state });
        expect((await store.load(key(`s${index}`)))?.state).toStrictEqual(state);
      }
    });

    test("negative zero is zero, as in JSON text", async () => {
      await written(store, key("zero"), 0, { state: [-0] });
      expect((await store.load(key("zero")))?.state).toStrictEqual([0]);
    });

    test("NaN is refused instead of being written as null", async () => {
      await expect(store.write(key("nan"), 0, { state: { load: [Number.NaN] } })).rejects.toMatchObject({
        code: "input.invalid",
        message: expect.stringContaining("state.load[0]"),
      });
      expect(await store.load(key("nan"))).toBeUndefined();
    });

    test("nothing that was written or read is shared with the store", async () => {
      const state = { list: [1] };
      await written(store, key("orders"), 0, { state });
      state.list.push(2);
      const first = await store.load(key("orders"));
      const read = first?.state as { list: number[] } | undefined;
      expect(read?.list.push(3)).toBe(2);
      expect((await store.load(key("orders")))?.state).toEqual({ list: [1] });
    });

    test("versions grow by one, and only the current version may write", async () => {
      const first = await written(store, key("orders"), 0, { state: 0 });
      expect(Number.isSafeInteger(first) && first > 0).toBe(true);
      for (let more = 0; more < 4; more += 1)
        expect(await written(store, key("orders"), first + more, { state: more + 1 })).toBe(first + more + 1);
      for (const wrong of [0, first, first + 3, first + 5, first + 99])
        expect(await store.write(key("orders"), wrong, { state: "lost" })).toEqual({ ok: false });
      expect(await store.load(key("orders"))).toMatchObject({ version: first + 4, state: 4 });
    });

    test("a version that nobody wrote cannot be written on", async () => {
      expect(await store.write(key("orders"), 3, { state: 1 })).toEqual({ ok: false });
      expect(await store.load(key("orders"))).toBeUndefined();
    });

    test("of 100 concurrent writers on one version exactly one wins, and its state is the one that stays", async () => {
      let version = 0;
      for (let round = 0; round < 2; round += 1) {
        const results = await Promise.all(
          Array.from({ length: 100 }, (_, writer) => store.write(key("hot"), version, { state: { writer, version } })),
        );
        const winners = results.flatMap((result, writer) => (result.ok ? [{ writer, next: result.version }] : []));
        expect(winners).toHaveLength(1);
        const [won] = winners;
        expect(await store.load(key("hot"))).toMatchObject({
          version: won?.next,
          state: { writer: won?.writer, version },
        });
        version = won?.next ?? 0;
      }
    });

    test("concurrent writers on different keys do not disturb one another", async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => written(store, key(`s${index}`), 0, { state: index })),
      );
      const found = await store.list("default", "autoscaling", { limit: 100 });
      expect(found.items.map((item) => item.state).sort((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: 50 }, (_, index) => index),
      );
    });

    test("an expired item is invisible to load and list, and counts as absent for write and remove", async () => {
      const old = await written(store, key("short"), 0, { state: "old", expiresAt: START + 1_000 });
      harness.clock.now = START + 999;
      expect(await store.load(key("short"))).toMatchObject({ state: "old" });
      expect(await store.write(key("short"), 0, { state: "early" })).toEqual({ ok: false });
      harness.clock.now = START + 1_000;
      expect(await store.load(key("short"))).toBeUndefined();
      expect((await store.list("default", "autoscaling")).items).toEqual([]);
      expect(await store.write(key("short"), old, { state: "late" })).toEqual({ ok: false });
      expect(await store.remove(key("short"), old)).toBe(false);
      const version = await written(store, key("short"), 0, { state: "new" });
      expect(await store.load(key("short"))).toStrictEqual({ key: key("short"), version, state: "new" });
      // A worker that remembers the version of the expired item must not match the new one.
      expect(await store.write(key("short"), old, { state: "ghost" })).toEqual({ ok: false });
    });

    test("what expires before it is due is never due", async () => {
      await written(store, key("short"), 0, { state: 1, dueAt: START + 5_000, expiresAt: START + 5_000 });
      harness.clock.now = START + 6_000;
      expect(await store.due(START + 6_000, 10)).toEqual([]);
    });

    test("remove takes the current version only", async () => {
      const first = await written(store, key("orders"), 0, { state: 1, dueAt: START });
      const version = await written(store, key("orders"), first, { state: 2, dueAt: START });
      expect(await store.remove(key("orders"), first)).toBe(false);
      expect(await store.remove(key("orders"), version)).toBe(true);
      expect(await store.remove(key("orders"), version)).toBe(false);
      expect(await store.load(key("orders"))).toBeUndefined();
      expect(await store.due(START + 1, 10)).toEqual([]);
    });

    test("an item that was removed and written again has none of its former versions: a late worker cannot match", async () => {
      const former = new Set<number>();
      for (let life = 0; life < 5; life += 1) {
        let version = await written(store, key("orders"), 0, { state: { life } });
        for (const old of former) {
          expect(await store.write(key("orders"), old, { state: "ghost" })).toEqual({ ok: false });
          expect(await store.remove(key("orders"), old)).toBe(false);
        }
        former.add(version);
        version = await written(store, key("orders"), version, { state: { life } });
        former.add(version);
        expect(await store.remove(key("orders"), version)).toBe(true);
      }
      expect(former.size).toBe(10);
    });

    test("due names keys of all tenants, earliest first, up to the limit and up to the instant", async () => {
      const subjects = Array.from({ length: 30 }, (_, index) => key(`s${index}`, "autoscaling", `tenant-${index % 3}`));
      // 7 and 30 have no common divisor: written in another order than they fall due.
      await Promise.all(
        subjects.map((at, index) => written(store, at, 0, { state: 1, dueAt: START + ((index * 7) % 30) * 1_000 })),
      );
      await written(store, key("never"), 0, { state: 1 });
      const inOrder = Array.from({ length: 30 }, (_, place) => subjects[(place * 13) % 30]);
      expect(await store.due(START + 60_000, 100)).toEqual(inOrder);
      expect(await store.due(START + 60_000, 7)).toEqual(inOrder.slice(0, 7));
      expect(await store.due(START + 4_000, 100)).toEqual(inOrder.slice(0, 5));
      expect(await store.due(START - 1, 100)).toEqual([]);
    });

    test("pending actions are due when their lease ends, and no longer due once settled", async () => {
      const pending = { record: decision({ at: START }), actions: [], attempts: 1 };
      const first = await written(store, key("held"), 0, { state: 1, pending, leaseUntil: START + 30_000 });
      expect(await store.due(START + 29_999, 10)).toEqual([]);
      expect(await store.due(START + 30_000, 10)).toEqual([key("held")]);
      const version = await written(store, key("held"), first, { state: 2 });
      expect(await store.due(START + 1e9, 10)).toEqual([]);
      await written(store, key("held"), version, { state: 3, dueAt: START + 90_000 });
      expect(await store.due(START + 89_999, 10)).toEqual([]);
      expect(await store.due(START + 90_000, 10)).toEqual([key("held")]);
    });

    test("list goes by subject in order of code points, page by page, without gap or repeat", async () => {
      const subjects = [...NAMES, ...Array.from({ length: 20 }, (_, index) => `svc-${index}`)];
      await Promise.all(subjects.map((subject) => written(store, key(subject), 0, { state: subject })));
      const wanted = [...subjects].sort(byCodePoint);
      for (const limit of [1, 7, subjects.length - 1, subjects.length, 1_000]) {
        const found = await pages(store, "default", "autoscaling", limit);
        expect(found.flat().map((item) => item.key.subject)).toEqual(wanted);
        expect(found.flat().map((item) => item.state)).toEqual(wanted);
        expect(Math.max(...found.map((page) => page.length))).toBeLessThanOrEqual(limit);
        expect(found).toHaveLength(Math.ceil(subjects.length / limit));
      }
    });

    test("list by prefix takes the prefix literally", async () => {
      const subjects = ["a", "ab", "abc", "b", "a%", "a_c", "a*", "A", "🎈a", "🎈"];
      await Promise.all(subjects.map((subject) => written(store, key(subject), 0, { state: 1 })));
      for (const prefix of ["", "a", "ab", "a%", "a_", "🎈", "zz"]) {
        const found = (await pages(store, "default", "autoscaling", 3, prefix)).flat().map((item) => item.key.subject);
        expect(found).toEqual(subjects.filter((subject) => subject.startsWith(prefix)).sort(byCodePoint));
      }
    });

    test("names with slashes, hashes, percents, unicode and 200 characters stay apart in every part of the key", async () => {
      const keys = NAMES.flatMap((odd) => [key(odd), key("s", odd), key("s", "n", odd), key(odd, odd, odd)]);
      await Promise.all(keys.map((at, index) => written(store, at, 0, { state: index, dueAt: START + index })));
      for (const [index, at] of keys.entries()) expect(await store.load(at)).toMatchObject({ key: at, state: index });
      expect(await store.due(START + 1e6, 1_000)).toEqual(keys);
    });

    test("a list never crosses tenants or nouns, not even with a cursor of another tenant", async () => {
      const tenants = ["a", "a/b", "a/b/c", "ab", "a#b", "a%2Fb", "🎈"];
      const keys = tenants.flatMap((tenant) =>
        ["n", "b/n", "n2"].flatMap((noun) => ["1", "2", "3"].map((subject) => key(subject, noun, tenant))),
      );
      await Promise.all(keys.map((at) => written(store, at, 0, { state: at as unknown as Json })));
      const foreign = (await store.list("ab", "n", { limit: 1 })).cursor;
      for (const tenant of tenants) {
        for (const noun of ["n", "b/n", "n2"]) {
          const found = (await pages(store, tenant, noun, 2)).flat();
          expect(found.map((item) => item.state)).toEqual(["1", "2", "3"].map((subject) => key(subject, noun, tenant)));
        }
        const after = await store.list(tenant, "n", foreign === undefined ? {} : { cursor: foreign });
        expect(after.items.map((item) => item.key)).toEqual(["2", "3"].map((subject) => key(subject, "n", tenant)));
      }
    });

    test("an item above 390 KB is refused with its size, and what was there stays", async () => {
      const version = await written(store, key("big"), 0, { state: "x".repeat(390 * KB - 2) });
      for (const state of ["x".repeat(390 * KB), "🎈".repeat(100 * KB)]) {
        await expect(store.write(key("big"), version, { state })).rejects.toMatchObject({
          code: "store.item_too_large",
          retryable: false,
          message: expect.stringMatching(/has \d+ bytes as JSON, at most 399360/),
        });
      }
      expect(await store.load(key("big"))).toMatchObject({ version });
    });

    test("state and pending count together against the limit", async () => {
      const record = { ...decision({ at: START }), stateAfter: "x".repeat(200 * KB) };
      const next = { state: "x".repeat(200 * KB), pending: { record, actions: [], attempts: 1 }, leaseUntil: START };
      await expect(store.write(key("big"), 0, next)).rejects.toMatchObject({ code: "store.item_too_large" });
    });

    test("an incompressible item just below the limit is stored", async () => {
      let seed = 1;
      const noise = Array.from({ length: 130 * KB }, () => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return String.fromCodePoint(0x4e00 + ((seed >> 8) % 20_000));
      }).join("");
      const state = noise.slice(0, 130 * KB - 2);
      await written(store, key("noise"), 0, { state });
      expect((await store.load(key("noise")))?.state).toBe(state);
    });

    test("a list of large items still comes whole", async () => {
      const state = "x".repeat(300 * KB);
      for (let index = 0; index < 8; index += 1) await written(store, key(`s${index}`), 0, { state });
      expect((await pages(store, "default", "autoscaling", 5)).map((page) => page.length)).toEqual([5, 3]);
    });

    test("keys, limits and cursors that cannot be right are refused by name", async () => {
      const bad = [key(""), key("x".repeat(901)), key("\ud800"), key("s", ""), key("s", "n", "")];
      for (const at of bad) {
        for (const call of [store.load(at), store.write(at, 0, { state: 1 }), store.remove(at, 1)]) {
          const error: HeadgateError = await call.then(
            () => expect.fail(`accepted ${JSON.stringify(at).slice(0, 60)}`),
            (cause) => cause,
          );
          expect(error).toMatchObject({ code: "input.invalid", faults: [{ path: expect.stringMatching(/^key\./) }] });
        }
      }
      for (const limit of [0, -1, 1.5, 1_001]) {
        await expect(store.list("default", "n", { limit })).rejects.toMatchObject({ code: "input.invalid" });
      }
      await expect(store.list("default", "n", { cursor: "not a cursor" })).rejects.toMatchObject({
        code: "input.invalid",
      });
    });
  });
}
