import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Circuit } from "../../shared/core/kernel/circuit.ts";
import type { CircuitKey, Circuits, StoredCircuit } from "../../shared/core/ports/circuits.ts";

/** Fresh, empty circuits and the clock they read. */
export interface CircuitsHarness {
  readonly circuits: Circuits;
  readonly clock: { now: number };
  close(): Promise<void>;
}

const START = 1_700_000_000_000;
const key = (circuit: string, tenant = "default"): CircuitKey => ({ tenant, circuit });
const at = START;

const closed = (more: Partial<Circuit> = {}): Circuit => ({
  v: 1,
  status: "closed",
  epoch: 0,
  rev: 0,
  since: START,
  opens: 0,
  probes: [],
  successes: 0,
  ...more,
});
const open = (more: Partial<Circuit> = {}): Circuit =>
  closed({ status: "open", epoch: 1, rev: 1, opens: 1, openUntil: START + 60_000, ...more });
const probing = (owner: string, from: Circuit): Circuit => ({
  ...from,
  status: "half_open",
  epoch: from.epoch + 1,
  rev: from.rev + 1,
  probes: [{ owner, until: START + 30_000 }],
});

/** Names that would run into each other where separators, escapes or encodings are not kept apart. */
const NAMES = [
  "a/b",
  "a",
  "a#b",
  "a%2Fb",
  "ä",
  "a\u0308",
  "日本語",
  "🎈",
  "\uffff",
  "A",
  " ",
  "\u0001",
  "a\nb",
  "'",
  "orders/10.0.0.7:8080",
  "🎈".repeat(225),
  "x".repeat(900),
];
const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What every adapter of the port guarantees, whatever it is made of. */
export function circuitsContract(name: string, makeHarness: () => Promise<CircuitsHarness>): void {
  describe(`circuits contract: ${name}`, () => {
    let harness: CircuitsHarness;
    let circuits: Circuits;
    beforeEach(async () => {
      harness = await makeHarness();
      harness.clock.now = START;
      circuits = harness.circuits;
    });
    afterEach(() => harness.close());

    const fail = (times = 1, epoch = 0, circuit = "orders") =>
      circuits.add(key(circuit), { epoch, add: { failures: times }, at });
    const pages = async (tenant: string, limit: number, prefix?: string): Promise<StoredCircuit[]> => {
      const found: StoredCircuit[] = [];
      let cursor: string | undefined;
      do {
        const page = await circuits.list(tenant, {
          limit,
          ...(prefix === undefined ? {} : { prefix }),
          ...(cursor ? { cursor } : {}),
        });
        found.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found;
    };

    test("what was never written is absent", async () => {
      expect(await circuits.load(key("orders"))).toBeUndefined();
      expect(await circuits.list("default")).toEqual({ items: [] });
      expect(await circuits.remove(key("orders"), 0)).toBe(false);
      expect(await circuits.add(key("orders"), { epoch: 3, add: { failures: 1 }, at })).toEqual({ ok: false });
      expect(await circuits.change(key("orders"), { rev: 1, epoch: 1 }, open({ rev: 2 }), { at })).toEqual({
        ok: false,
      });
      expect(await circuits.load(key("orders"))).toBeUndefined();
    });

    test("counting begins a circuit that is closed, in epoch 0", async () => {
      const item = { key: key("orders"), circuit: closed(), counts: { failures: 1, "calls/123": 2 }, updatedAt: at };
      const delta = { epoch: 0, add: { failures: 1, "calls/123": 2 }, at };
      expect(await circuits.add(key("orders"), delta)).toStrictEqual({ ok: true, item });
      expect(await circuits.load(key("orders"))).toStrictEqual(item);
    });

    test("B4.2: 200 failures at once count 200", async () => {
      const results = await Promise.all(Array.from({ length: 200 }, () => fail()));
      expect(results.every((result) => result.ok)).toBe(true);
      expect(results.map((result) => result.item?.counts["failures"]).sort((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: 200 }, (_, index) => index + 1),
      );
      expect((await circuits.load(key("orders")))?.counts).toEqual({ failures: 200 });
    });

    test("B4.2: 80 taken back at once of 60 end at 0 and never below", async () => {
      await fail(60);
      const results = await Promise.all(Array.from({ length: 80 }, () => fail(-1)));
      expect(results.every((result) => result.ok)).toBe(true);
      const seen = results.map((result) => result.item?.counts["failures"] ?? 0);
      expect(Math.min(...seen)).toBe(0);
      // Each value from 59 down to 0 was seen by whoever took it back: nobody's was lost.
      expect(new Set(seen).size).toBe(60);
      expect((await circuits.load(key("orders")))?.counts).toEqual({ failures: 0 });
    });

    test("more than there is cannot be taken back, and what is added beside it is added", async () => {
      await fail(3);
      await circuits.add(key("orders"), { epoch: 0, add: { failures: -5, calls: 7, unknown: -1 }, at });
      expect((await circuits.load(key("orders")))?.counts).toEqual({ failures: 0, calls: 7 });
    });

    test("what went well before is taken back first, never below zero, and then what went wrong is added", async () => {
      const report = (less: number, more: number) =>
        circuits.add(key("orders"), { epoch: 0, less: { failures: less }, add: { failures: more }, at });
      const seen: (number | undefined)[] = [];
      for (const [less, more] of [
        [9, 1],
        [0, 3],
        [2, 1],
        [9, 1],
        [1, 4],
        [4, 4],
        [3, 0],
        [9, 0],
      ] as const)
        seen.push((await report(less, more)).item?.counts["failures"]);
      expect(seen).toEqual([1, 4, 3, 1, 4, 4, 1, 0]);
      await Promise.all(Array.from({ length: 30 }, (_, nth) => report(nth % 2, 1)));
      const total = (await circuits.load(key("orders")))?.counts["failures"];
      expect(total).toBeGreaterThanOrEqual(15);
      expect(total).toBeLessThanOrEqual(16);
    });

    test("taking back where nothing is begins nothing", async () => {
      expect(await fail(-1)).toEqual({ ok: true });
      expect(await circuits.load(key("orders"))).toBeUndefined();
      await circuits.add(key("orders"), { epoch: 0, add: { failures: -1, calls: 1 }, at });
      expect((await circuits.load(key("orders")))?.counts).toEqual({ calls: 1 });
    });

    test("counts of buckets that are over are forgotten with the addition that says so", async () => {
      await circuits.add(key("orders"), { epoch: 0, add: { "calls/1": 5, "failures/1": 2, "calls/2": 1 }, at });
      const drop = ["calls/1", "failures/1", "slow/1"];
      const { item } = await circuits.add(key("orders"), { epoch: 0, add: { "calls/3": 4 }, drop, at: at + 1 });
      expect(item).toMatchObject({ counts: { "calls/2": 1, "calls/3": 4 }, updatedAt: at + 1 });
      expect(Object.keys(item?.counts ?? {})).toHaveLength(2);
      await circuits.add(key("orders"), { epoch: 0, add: { "calls/2": 9 }, drop: ["calls/2"], at });
      expect((await circuits.load(key("orders")))?.counts).toEqual({ "calls/2": 9, "calls/3": 4 });
    });

    test("B4.1: what was counted in another epoch, or is counted while it is not closed, is dropped", async () => {
      await fail(4);
      const opened = await circuits.change(key("orders"), { rev: 0, epoch: 0 }, open(), { at });
      expect(opened).toMatchObject({ ok: true, item: { circuit: open(), counts: {} } });
      for (const epoch of [0, 1, 2]) {
        expect(await fail(1, epoch)).toStrictEqual({ ok: false, item: opened.item });
      }
      const shut = closed({ epoch: 2, rev: 2 });
      expect(await circuits.change(key("orders"), { rev: 1, epoch: 1 }, shut, { at })).toMatchObject({ ok: true });
      expect(await fail(1, 0)).toMatchObject({ ok: false, item: { circuit: shut, counts: {} } });
      expect(await fail(1, 2)).toMatchObject({ ok: true, item: { circuit: shut, counts: { failures: 1 } } });
    });

    test("a higher epoch begins with the counts it is given, the same epoch keeps those that are there", async () => {
      await fail(3);
      const kept = closed({ rev: 1, forced: { state: "closed", by: "ada", why: "test", at } });
      expect(
        (await circuits.change(key("orders"), { rev: 0, epoch: 0 }, kept, { at, counts: { failures: 9 } })).item,
      ).toStrictEqual({
        key: key("orders"),
        circuit: kept,
        counts: { failures: 3 },
        updatedAt: at,
      });
      const next = closed({ epoch: 1, rev: 2 });
      await circuits.change(key("orders"), { rev: 1, epoch: 0 }, next, { at, counts: { calls: 2 } });
      expect(await circuits.load(key("orders"))).toMatchObject({ circuit: next, counts: { calls: 2 } });
      expect((await circuits.load(key("orders")))?.circuit.forced).toBeUndefined();
      expect(Object.keys((await circuits.load(key("orders")))?.counts ?? {})).toEqual(["calls"]);
    });

    test("a change is written only on the revision and the epoch it was decided from; the loser gets what is there", async () => {
      await circuits.change(key("orders"), { rev: 0, epoch: 0 }, open(), { at });
      for (const from of [
        { rev: 0, epoch: 0 },
        { rev: 0, epoch: 1 },
        { rev: 1, epoch: 0 },
        { rev: 2, epoch: 1 },
      ]) {
        const lost = await circuits.change(key("orders"), from, closed({ epoch: 9, rev: 9 }), { at });
        expect(lost).toMatchObject({ ok: false, item: { circuit: open() } });
      }
      expect((await circuits.load(key("orders")))?.circuit).toStrictEqual(open());
    });

    test("B4.3, B4.11: of 50 who claim the probe at once exactly one has it, and all see whose it is", async () => {
      let from = open();
      await circuits.change(key("orders"), { rev: 0, epoch: 0 }, from, { at });
      for (let round = 0; round < 2; round += 1) {
        const results = await Promise.all(
          Array.from({ length: 50 }, (_, claim) =>
            circuits.change(key("orders"), from, probing(`${round}/${claim}`, from), { at }),
          ),
        );
        const winners = results.filter((result) => result.ok);
        expect(winners).toHaveLength(1);
        const owner = winners[0]?.item?.circuit.probes[0]?.owner;
        expect(new Set(results.map((result) => result.item?.circuit.probes[0]?.owner))).toEqual(new Set([owner]));
        from = winners[0]?.item?.circuit as Circuit;
      }
    });

    test("of 50 who open a circuit that was only counted upon exactly one does", async () => {
      await fail(5);
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, by) =>
          circuits.change(key("orders"), { rev: 0, epoch: 0 }, open({ opens: by }), { at }),
        ),
      );
      expect(results.filter((result) => result.ok)).toHaveLength(1);
    });

    test("what has expired is absent for everybody and begins anew, with no count of before", async () => {
      await circuits.add(key("orders"), { epoch: 0, add: { failures: 4 }, at, expiresAt: START + 1_000 });
      await circuits.change(key("broken"), { rev: 0, epoch: 0 }, open(), { at, expiresAt: START + 1_000 });
      harness.clock.now = START + 999;
      expect((await circuits.list("default")).items).toHaveLength(2);
      harness.clock.now = START + 1_000;
      expect(await circuits.load(key("orders"))).toBeUndefined();
      expect((await circuits.list("default")).items).toEqual([]);
      expect(await circuits.remove(key("broken"), 1)).toBe(false);
      expect(await circuits.add(key("broken"), { epoch: 1, add: { failures: 1 }, at })).toEqual({ ok: false });
      expect(await circuits.change(key("broken"), { rev: 1, epoch: 1 }, open({ rev: 2 }), { at })).toEqual({
        ok: false,
      });
      await Promise.all(Array.from({ length: 20 }, () => fail()));
      expect(await circuits.load(key("orders"))).toMatchObject({ circuit: closed(), counts: { failures: 20 } });
      const forced = closed({ rev: 1 });
      expect(await circuits.change(key("broken"), { rev: 0, epoch: 0 }, forced, { at })).toMatchObject({ ok: true });
      expect(await circuits.load(key("broken"))).toStrictEqual({
        key: key("broken"),
        circuit: forced,
        counts: {},
        updatedAt: at,
      });
    });

    test("an addition may put the end further off, and without one it stays", async () => {
      await circuits.add(key("orders"), { epoch: 0, add: { failures: 1 }, at, expiresAt: START + 1_000 });
      await fail();
      harness.clock.now = START + 999;
      await circuits.add(key("orders"), { epoch: 0, add: { failures: 1 }, at, expiresAt: START + 5_000 });
      harness.clock.now = START + 4_999;
      expect((await circuits.load(key("orders")))?.counts).toEqual({ failures: 3 });
      harness.clock.now = START + 5_000;
      expect(await circuits.load(key("orders"))).toBeUndefined();
    });

    test("a change without an end takes the former end away", async () => {
      await circuits.add(key("orders"), { epoch: 0, add: { failures: 1 }, at, expiresAt: START + 1_000 });
      await circuits.change(key("orders"), { rev: 0, epoch: 0 }, closed({ rev: 1 }), { at });
      harness.clock.now = START + 1e9;
      expect(await circuits.load(key("orders"))).toMatchObject({ counts: { failures: 1 } });
    });

    test("a circuit comes back as it was written, with everything in it", async () => {
      const whole = open({
        openUntil: START + 5,
        successes: 2,
        probes: Array.from({ length: 100 }, (_, index) => ({ owner: `environment-${index}/🎈`, until: START + index })),
        forced: { state: "open", by: "ada", why: "line\nbreak \" ' 🎈", at, until: START + 9 },
        last: {
          from: "closed",
          to: "open",
          reason: "opened_consecutive",
          at,
          by: "λ",
          values: { failures: 5, rate: 0.1 + 0.2 },
        },
      });
      await circuits.change(key("orders"), { rev: 0, epoch: 0 }, whole, {
        at,
        counts: { "a b/🎈": 1.5, constructor: 2 },
      });
      expect(await circuits.load(key("orders"))).toStrictEqual({
        key: key("orders"),
        circuit: whole,
        counts: { "a b/🎈": 1.5, constructor: 2 },
        updatedAt: at,
      });
    });

    test("nothing that was written or read is shared with the store", async () => {
      const probes = [{ owner: "a", until: 1 }];
      await circuits.change(key("orders"), { rev: 0, epoch: 0 }, open({ probes }), { at });
      probes.push({ owner: "b", until: 2 });
      const read = await circuits.load(key("orders"));
      (read?.circuit.probes as unknown[] | undefined)?.push("c");
      expect((await circuits.load(key("orders")))?.circuit.probes).toEqual([{ owner: "a", until: 1 }]);
    });

    test("names of any characters stay apart, and a list goes by them in order of code points, page by page", async () => {
      await Promise.all(NAMES.map((circuit, index) => fail(index + 1, 0, circuit)));
      for (const [index, circuit] of NAMES.entries())
        expect(await circuits.load(key(circuit))).toMatchObject({ key: key(circuit), counts: { failures: index + 1 } });
      const wanted = [...NAMES].sort(byCodePoint);
      for (const limit of [1, 5, NAMES.length, 1_000])
        expect((await pages("default", limit)).map((item) => item.key.circuit)).toEqual(wanted);
      for (const prefix of ["a", "🎈", "orders/", "%", "zz"])
        expect((await pages("default", 2, prefix)).map((item) => item.key.circuit)).toEqual(
          wanted.filter((circuit) => circuit.startsWith(prefix)),
        );
    });

    test("a list never crosses tenants, not even with a cursor of another tenant", async () => {
      const tenants = ["a", "a/b", "ab", "a#b", "a%2Fb", "🎈", "C#a"];
      for (const tenant of tenants)
        for (const circuit of ["1", "2"])
          await circuits.add(key(circuit, tenant), { epoch: 0, add: { failures: 1 }, at });
      const foreign = (await circuits.list("ab", { limit: 1 })).cursor as string;
      for (const tenant of tenants) {
        expect((await pages(tenant, 1)).map((item) => item.key)).toEqual([key("1", tenant), key("2", tenant)]);
        expect((await circuits.list(tenant, { cursor: foreign })).items.map((item) => item.key)).toEqual([
          key("2", tenant),
        ]);
      }
    });

    test("what no store could keep is refused before anything is written", async () => {
      for (const circuit of ["", "x".repeat(901), "\ud800"]) {
        const bad = expect.objectContaining({ code: "input.invalid" });
        await expect(circuits.load(key(circuit))).rejects.toThrow(bad);
        await expect(circuits.add(key(circuit), { epoch: 0, add: {}, at })).rejects.toThrow(bad);
        await expect(circuits.change(key(circuit), { rev: 0, epoch: 0 }, open(), { at })).rejects.toThrow(bad);
        await expect(circuits.remove(key(circuit), 0)).rejects.toThrow(bad);
        await expect(circuits.list(circuit)).rejects.toThrow(bad);
      }
      await expect(circuits.add(key("a"), { epoch: 0, add: { failures: Number.NaN }, at })).rejects.toMatchObject({
        code: "input.invalid",
        message: expect.stringContaining("add.failures"),
      });
      await expect(circuits.list("default", { limit: 0 })).rejects.toMatchObject({ code: "input.invalid" });
      await expect(circuits.list("default", { cursor: "?" })).rejects.toMatchObject({ code: "input.invalid" });
      expect(await circuits.list("default")).toEqual({ items: [] });
    });

    test("a circuit is taken away on its revision only", async () => {
      await circuits.change(key("orders"), { rev: 0, epoch: 0 }, open(), { at });
      expect(await circuits.remove(key("orders"), 0)).toBe(false);
      expect(await circuits.remove(key("orders"), 1)).toBe(true);
      expect(await circuits.remove(key("orders"), 1)).toBe(false);
      expect(await circuits.load(key("orders"))).toBeUndefined();
    });
  });
}
