import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DecisionRecord, Outcome } from "../../shared/core/kernel/record.ts";
import type { DecisionQuery, Journal } from "../../shared/core/ports/journal.ts";
import { decision } from "./records.ts";

/** One fresh, empty journal. */
export interface JournalHarness {
  readonly journal: Journal;
  close(): Promise<void>;
}

const START = 1_700_000_000_000;
const MINUTE = 60_000;
const scale = [{ type: "scale", key: "scale:orders" }];

async function all(journal: Journal, query: DecisionQuery): Promise<readonly DecisionRecord[]> {
  const found: DecisionRecord[] = [];
  let cursor = query.cursor;
  do {
    const page = await journal.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** What every journal guarantees, whatever it is made of. */
export function journalContract(name: string, makeHarness: () => Promise<JournalHarness>): void {
  describe(`journal contract: ${name}`, () => {
    let harness: JournalHarness;
    let journal: Journal;
    beforeEach(async () => {
      harness = await makeHarness();
      journal = harness.journal;
    });
    afterEach(() => harness.close());
    const append = async (records: readonly DecisionRecord[]) =>
      void (await Promise.all(records.map((record) => journal.append(record))));

    test("an unknown decision is absent", async () => {
      expect(await journal.get("default", decision({ at: START }).id)).toBeUndefined();
      expect(await journal.get("default", "dec_none")).toBeUndefined();
      expect(await journal.list({ tenant: "default" })).toEqual({ items: [] });
    });

    test("a record is read back exactly, by id and in the list", async () => {
      const record = decision({
        at: START,
        input: {
          text: 'quote " nul \u0000 🎈 lone \ud800',
          numbers: [0.1 + 0.2, 5e-324],
          nothing: null,
          deep: [[[{ a: [] }]]],
        },
        actions: scale,
        trigger: { type: "alarm", id: "evt-1", detail: "cpu is in ALARM" },
      });
      await journal.append(record);
      expect(await journal.get("default", record.id)).toStrictEqual(record);
      expect(await journal.list({ tenant: "default" })).toStrictEqual({ items: [record] });
    });

    test("a record of 350 KB is kept, one that no item can hold is refused by size", async () => {
      const noise = (length: number) =>
        Array.from({ length }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7_919) % 20_000))).join("");
      const large = decision({ at: START, input: noise(116 * 1_024) });
      await journal.append(large);
      expect(await journal.get("default", large.id)).toStrictEqual(large);
      await expect(journal.append(decision({ at: START, nth: 1, input: noise(140 * 1_024) }))).rejects.toMatchObject({
        code: "store.item_too_large",
      });
      expect((await journal.list({ tenant: "default" })).items).toHaveLength(1);
    });

    test("appending one id again keeps the first, also when many append at once", async () => {
      const first = decision({ at: START, reason: "first" });
      await journal.append(first);
      const outcome: Outcome = { phase: "performed", at: START + 1, text: "done" };
      await journal.outcome("default", first.id, outcome);
      await append(Array.from({ length: 20 }, (_, nth) => ({ ...first, reason: `again ${nth}` })));
      expect(await all(journal, { tenant: "default" })).toStrictEqual([{ ...first, outcomes: [outcome] }]);
    });

    test("outcomes are added in order of time, one per phase and instant, repeats dropped", async () => {
      const record = decision({ at: START, actions: scale });
      await journal.append(record);
      const results = [{ key: "scale:orders", status: "done" as const, at: START + 5, detail: "scaled to 4" }];
      const performed: Outcome = { phase: "performed", at: START + 5, results, text: "scaled to 4" };
      const observed: Outcome = { phase: "observed", at: START + 90, text: "4 are ready", values: { ready: 4 } };
      await journal.outcome("default", record.id, observed);
      await journal.outcome("default", record.id, performed);
      await journal.outcome("default", record.id, { ...performed, text: "repeat" });
      await Promise.all(Array.from({ length: 10 }, () => journal.outcome("default", record.id, observed)));
      const wanted = { ...record, outcomes: [performed, observed] };
      expect(await journal.get("default", record.id)).toStrictEqual(wanted);
      expect(await all(journal, { tenant: "default", subject: "orders" })).toStrictEqual([wanted]);
      await journal.outcome("default", record.id, { ...performed, at: START + 6, text: "once more" });
      expect((await journal.get("default", record.id))?.outcomes.map((item) => item.text)).toEqual([
        "scaled to 4",
        "once more",
        "4 are ready",
      ]);
    });

    test("outcomes that come with an appended record are kept", async () => {
      const record = decision({ at: START, outcomes: [{ phase: "observed", at: START, text: "known already" }] });
      await journal.append(record);
      expect(await journal.get("default", record.id)).toStrictEqual(record);
    });

    test("an outcome of an unknown decision does nothing", async () => {
      const unknown = decision({ at: START }).id;
      await journal.outcome("default", unknown, { phase: "performed", at: START, text: "nobody" });
      await journal.outcome("default", "dec_none", { phase: "performed", at: START, text: "nobody" });
      expect(await journal.get("default", unknown)).toBeUndefined();
      expect(await journal.list({ tenant: "default" })).toEqual({ items: [] });
    });

    test("lists are newest first by time, then id, whatever the order of arrival, and pages have no gap or repeat", async () => {
      const records = Array.from({ length: 100 }, (_, index) =>
        decision({ at: START + Math.floor(index / 3) * 500, nth: index, subject: `s${index % 7}` }),
      );
      await append(Array.from({ length: 100 }, (_, index) => records[(index * 37) % 100] as DecisionRecord));
      const wanted = [...records].reverse().map((record) => record.id);
      for (const limit of [9, 99, 100, 500]) {
        expect((await all(journal, { tenant: "default", limit })).map((record) => record.id)).toEqual(wanted);
      }
      const page = await journal.list({ tenant: "default" });
      expect(page.items).toHaveLength(50);
      expect((await journal.list({ tenant: "default", limit: 100 })).cursor).toBeUndefined();
    });

    test("a cursor stays on its place while new records arrive", async () => {
      const old = Array.from({ length: 10 }, (_, index) =>
        decision({ at: START + index * MINUTE, subject: `s${index % 2}` }),
      );
      await append(old);
      const first = await journal.list({ tenant: "default", limit: 4 });
      await append(Array.from({ length: 10 }, (_, index) => decision({ at: START + (index + 20) * MINUTE })));
      const rest = await all(journal, { tenant: "default", limit: 4, cursor: first.cursor ?? "" });
      expect([...first.items, ...rest].map((record) => record.id)).toEqual(
        [...old].reverse().map((record) => record.id),
      );
    });

    test("filters by noun, subject, reason, time and whether something was done, alone and together", async () => {
      const records = Array.from({ length: 60 }, (_, index) =>
        decision({
          at: START + index * MINUTE,
          noun: index % 2 === 0 ? "autoscaling" : "delivery",
          subject: `s${index % 3}`,
          reason: index % 10 === 9 ? "would_scale_out" : index % 5 === 0 ? "scaled_out" : "within_target",
          actions: index % 5 === 0 ? scale : index % 7 === 1 ? [{ type: "record_outcome", key: "note" }] : [],
        }),
      );
      await append(records);
      const acted = (record: DecisionRecord) => record.reason !== "within_target";
      const from = START + 10 * MINUTE;
      const to = START + 40 * MINUTE;
      const cases: readonly (readonly [Omit<DecisionQuery, "tenant">, (record: DecisionRecord) => boolean])[] = [
        [{ noun: "delivery" }, (record) => record.noun === "delivery"],
        [{ subject: "s1" }, (record) => record.subject === "s1"],
        [{ reason: "scaled_out" }, (record) => record.reason === "scaled_out"],
        [{ acted: true }, acted],
        [{ acted: false }, (record) => !acted(record)],
        [{ from }, (record) => record.at >= from],
        [{ to }, (record) => record.at < to],
        [{ from, to }, (record) => record.at >= from && record.at < to],
        [{ from: to, to: from }, () => false],
        [{ noun: "autoscaling", subject: "s2" }, (record) => record.noun === "autoscaling" && record.subject === "s2"],
        [
          { noun: "autoscaling", subject: "s0", reason: "scaled_out", from, to, acted: true },
          (record) =>
            record.noun === "autoscaling" &&
            record.subject === "s0" &&
            record.reason === "scaled_out" &&
            record.at >= from &&
            record.at < to,
        ],
        [{ subject: "nobody" }, () => false],
      ];
      for (const [query, wanted] of cases) {
        const ids = records.filter(wanted).map((record) => record.id);
        for (const limit of [3, 500]) {
          const found = await all(journal, { tenant: "default", ...query, limit });
          expect(found.map((record) => record.id)).toEqual([...ids].reverse());
        }
      }
    });

    test("a list never crosses tenants, whatever they are called", async () => {
      const tenants = ["a", "a/b", "b", "a#b", "a%2Fb", "🎈", "x".repeat(200)];
      const records = tenants.flatMap((tenant, nth) =>
        ["s", "b/s", "🎈"].flatMap((subject, index) => [decision({ at: START + index, nth, tenant, subject })]),
      );
      await append(records);
      const foreign = (await journal.list({ tenant: "b", limit: 1 })).cursor;
      for (const tenant of tenants) {
        const own = records.filter((record) => record.tenant === tenant).reverse();
        expect(await all(journal, { tenant, limit: 1 })).toStrictEqual(own);
        for (const record of own)
          expect(await all(journal, { tenant, subject: record.subject })).toStrictEqual([record]);
        const page = await journal.list({ tenant, ...(foreign === undefined ? {} : { cursor: foreign }) });
        expect(page.items.every((record) => record.tenant === tenant)).toBe(true);
      }
      expect(await journal.get("b", records[0]?.id ?? "")).toBeUndefined();
    });

    test("one id in two tenants is two records", async () => {
      const mine = decision({ at: START, tenant: "a", reason: "mine" });
      const yours = { ...mine, tenant: "b", reason: "yours" };
      await append([mine, yours]);
      await journal.outcome("a", mine.id, { phase: "performed", at: START, text: "mine" });
      expect(await journal.get("a", mine.id)).toMatchObject({ reason: "mine", outcomes: [{ text: "mine" }] });
      expect(await journal.get("b", mine.id)).toStrictEqual(yours);
    });

    test("limits and cursors that cannot be right are refused", async () => {
      for (const limit of [0, -1, 2.5, 501]) {
        await expect(journal.list({ tenant: "default", limit })).rejects.toMatchObject({ code: "input.invalid" });
      }
      for (const cursor of ["x", "bm9uZQ", "%%%"]) {
        await expect(journal.list({ tenant: "default", cursor })).rejects.toMatchObject({ code: "input.invalid" });
      }
    });
  });
}
