import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { importBill } from "../../functions/cost/import.ts";
import { add, type Decimal, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY, daysFrom, readAll, removeWorlds, row, sourcesWorld } from "./sources-kit.ts";

afterAll(removeWorlds);

const SAMPLE = join(import.meta.dirname, "..", "..", "..", "shared", "focus", "focus_1.0_sample_a.csv");
const SEPTEMBER = daysFrom("2026-09-01", 30);
const rows = (days: readonly string[], cost: string) => days.map((day) => row(day, cost));

describe("imports", () => {
  test("the same charges twice, also from another file, change nothing", async () => {
    const w = sourcesWorld();
    const path = w.file("a.csv", rows(SEPTEMBER, "1.10"));
    const first = await importBill(w.work(), { path });
    expect(first.exports).toMatchObject([{ outcome: "added", rows: 30, from: "2026-09-01", to: "2026-09-30" }]);
    w.clock.now += 1000;
    expect((await importBill(w.work(), { path })).exports).toMatchObject([{ outcome: "same", before: "a.csv" }]);
    const copy = w.file("copy.csv", [...rows(SEPTEMBER, "1.10")].reverse());
    expect((await importBill(w.work(), { path: copy })).exports).toMatchObject([{ outcome: "same" }]);
    expect((await readAll(w.work())).total).toBe("33");
  });

  test("days that two exports share are counted once, as the later one has them", async () => {
    const w = sourcesWorld();
    await importBill(w.work(), { path: w.file("early.csv", rows(SEPTEMBER.slice(0, 20), "1")) });
    w.clock.now += 1000;
    const { exports, notes } = await importBill(w.work(), { path: w.file("late.csv", rows(SEPTEMBER.slice(10), "2")) });
    expect(exports[0]?.replaced).toEqual(SEPTEMBER.slice(10, 20));
    expect(notes).toMatchObject([{ kind: "replaced", source: "import" }]);
    const { byDay, total } = await readAll(w.work());
    expect([byDay["2026-09-10"], byDay["2026-09-11"], total]).toEqual(["1", "2", "50"]);
    // And the early one again does not come back over it.
    w.clock.now += 1000;
    await importBill(w.work(), { path: w.file("early-again.csv", rows(SEPTEMBER.slice(0, 20), "1")) });
    expect((await readAll(w.work())).total).toBe("50");
  });

  test("an export that shrinks a day, and one that has nothing of a day any more, replace it as a whole", async () => {
    const w = sourcesWorld();
    const both = [...rows(SEPTEMBER, "1"), row("2026-09-05", "7", { service: "Lambda" })];
    await importBill(w.work(), { path: w.file("v1.csv", both) });
    w.clock.now += 1000;
    const shrunk = rows(
      SEPTEMBER.filter((day) => day !== "2026-09-17"),
      "1",
    );
    await importBill(w.work(), { path: w.file("v2.csv", shrunk) });
    const { byDay, pieces } = await readAll(w.work());
    expect([byDay["2026-09-05"], byDay["2026-09-17"]]).toEqual(["1", "0"]);
    expect(pieces.find(({ day }) => day === "2026-09-17")?.charges).toEqual([]);
  });

  test("bills of other accounts lie beside each other; a correction of another month comes on top of its day", async () => {
    const w = sourcesWorld();
    await importBill(w.work(), { path: w.file("one.csv", rows(SEPTEMBER, "1")) });
    const other = SEPTEMBER.map((day) => row(day, "3", { account: "444455556666" }));
    await importBill(w.work(), { path: w.file("two.csv", other) });
    expect((await readAll(w.work())).byDay["2026-09-09"]).toBe("4");
    const october = [
      ...rows(daysFrom("2026-10-01", 5), "1"),
      row("2026-09-09", "-0.25", { category: "Adjustment" }),
      row("2026-08-30", "-0.5", { category: "Credit" }),
    ];
    await importBill(w.work(), { path: w.file("october.csv", october) });
    const { byDay } = await readAll(w.work());
    expect([byDay["2026-09-09"], byDay["2026-09-10"], byDay["2026-08-30"]]).toEqual(["3.75", "4", "-0.5"]);
    // Its next version takes the correction with it.
    w.clock.now += 1000;
    await importBill(w.work(), { path: w.file("october-2.csv", rows(daysFrom("2026-10-01", 5), "1.5")) });
    expect((await readAll(w.work())).byDay).not.toHaveProperty("2026-08-30");
  });

  test("a malformed row refuses its file with file, row and column, and nothing of it counts", async () => {
    const w = sourcesWorld();
    const path = w.file("bad.csv", [row("2026-09-01", "1"), row("2026-09-02", "1").replace("1,1", "twelve,1")]);
    const error = await importBill(w.work(), { path }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "bill.invalid" });
    expect((error as HeadgateError).faults[0]).toMatchObject({ path: "row 2, BilledCost", value: '"twelve"' });
    expect((await readAll(w.work())).pieces).toEqual([]);
    const { exports } = await importBill(w.work(), { path, skipBad: true });
    expect(exports).toMatchObject([{ rows: 1, rejected: 1 }]);
  });

  test("an import that is interrupted at any write leaves what was before, and nothing half", async () => {
    for (let failing = 1; ; failing += 1) {
      let writes = Number.POSITIVE_INFINITY;
      const w = sourcesWorld({
        objects: (inner) => ({
          ...inner,
          put: async (...given) => {
            if (--writes === 0) throw new HeadgateError("objects.unavailable", "away", { retryable: true });
            return inner.put(...given);
          },
        }),
      });
      await importBill(w.work(), { path: w.file("v1.csv", rows(SEPTEMBER, "1")) });
      w.clock.now += 1000;
      const path = w.file("v2.csv", rows(SEPTEMBER.slice(0, 3), "5"));
      writes = failing;
      const went = await importBill(w.work(), { path }).then(
        () => true,
        () => false,
      );
      writes = Number.POSITIVE_INFINITY;
      expect(["30", "42"]).toContain((await readAll(w.work())).total);
      if (went) {
        expect(failing).toBeGreaterThan(3);
        break;
      }
      // The same again goes through.
      await importBill(w.work(), { path });
      expect((await readAll(w.work())).total).toBe("42");
    }
  });

  test("of imports at the same time none is lost", async () => {
    const w = sourcesWorld();
    const paths = Array.from({ length: 6 }, (_, at) =>
      w.file(`${at}.csv`, [row("2026-09-01", "1", { account: `11112222333${at}` })]),
    );
    await Promise.all(paths.map((path) => importBill(w.work(), { path })));
    expect((await readAll(w.work())).total).toBe("6");
  });

  test("what is replaced is removed, but not at once; a name that is none is refused", async () => {
    const w = sourcesWorld();
    const parts = async () =>
      (await w.objects.list("cost/default/bills/import/2026-09")).items.map(({ key }) => key).length;
    await importBill(w.work(), { path: w.file("v1.csv", rows(SEPTEMBER, "1")) });
    w.clock.now += 1000;
    await importBill(w.work(), { path: w.file("v2.csv", rows(SEPTEMBER, "2")) });
    expect(await parts()).toBe(60);
    w.clock.now += 3 * 3_600_000;
    await importBill(w.work(), { path: w.file("v3.csv", rows(daysFrom("2026-08-01", 1), "2")) });
    expect(await parts()).toBe(30);
    await expect(importBill(w.work(), { path: "x", source: "../up" })).rejects.toMatchObject({ code: "input.invalid" });
  });
});

describe("sources of the configuration", () => {
  const folder = (dir: string) => `[{ focus: "${dir}" }]`;

  test("a folder is read once, what changes in it again, and charges that differ in time alone become one", async () => {
    const w = sourcesWorld();
    w.file("2026-09.csv", [...rows(SEPTEMBER, "1"), row("2026-09-01", "0.5").replace("T00:00", "T01:00")], 10);
    const first = await readAll(w.work(folder(w.dir)));
    expect(first.collected.sources).toMatchObject([{ source: "focus", status: "read", finality: "closed" }]);
    expect([first.total, first.charges.length]).toEqual(["30.5", 30]);
    const before = (await w.objects.list("")).items.length;
    expect((await readAll(w.work(folder(w.dir)))).total).toBe("30.5");
    expect((await w.objects.list("")).items.length).toBe(before);
    w.file("2026-09.csv", rows(SEPTEMBER, "2"));
    expect((await readAll(w.work(folder(w.dir)))).total).toBe("60");
  });

  test("the last days of an export that was written while they went on are estimated", async () => {
    const w = sourcesWorld();
    w.file("now.csv", rows(daysFrom("2026-10-10", 11), "1"));
    const { pieces, collected } = await readAll(w.work(folder(w.dir)));
    expect(pieces.filter(({ finality }) => finality === "estimated").map(({ day }) => day)).toEqual(
      daysFrom("2026-10-17", 4),
    );
    expect(collected.sources).toMatchObject([{ finality: "estimated", through: "2026-10-20" }]);
    // The same again when they are over says that they stay so.
    w.clock.now += 9 * DAY;
    w.file("now.csv", rows(daysFrom("2026-10-10", 11), "1"));
    const later = await readAll(w.work(folder(w.dir)));
    expect([later.total, ...new Set(later.pieces.map(({ finality }) => finality))]).toEqual(["11", "closed"]);
  });

  test("0, no data and denied are three answers; one source's trouble harms no other", async () => {
    const w = sourcesWorld();
    w.file("zero.csv", rows(SEPTEMBER, "0"));
    const sources = `[{ focus: "zero.csv" }, { name: gone, focus: "not-there/" }, { costExplorer: {} }]`;
    const { collected, total } = await readAll(w.work(sources));
    expect(total).toBe("0");
    expect(collected.sources).toMatchObject([
      { source: "focus", status: "read" },
      { source: "gone", status: "unavailable", why: expect.stringContaining("does not exist") },
      { source: "cost-explorer", status: "unavailable" },
    ]);
    const none = await readAll(w.work(`[{ focus: "zero.csv" }]`), { from: "2025-01-01", to: "2025-01-31" });
    expect(none.collected.sources).toMatchObject([{ status: "none" }]);
    expect(none.pieces).toEqual([]);
  });

  test("two sources that bill the same account: the first of the configuration counts, and it is told", async () => {
    const w = sourcesWorld();
    w.file("a.csv", [...rows(SEPTEMBER, "1"), row("2026-09-01", "9", { provider: "Oracle", account: "o" })]);
    w.file("b.csv", [...rows(daysFrom("2026-09-20", 20), "5"), row("2026-09-20", "2", { account: "444455556666" })]);
    const { byDay, collected } = await readAll(w.work(`[{ name: a, focus: a.csv }, { name: b, focus: b.csv }]`));
    expect([byDay["2026-09-01"], byDay["2026-09-20"], byDay["2026-09-21"], byDay["2026-10-01"]]).toEqual([
      "10",
      "3",
      "1",
      "5",
    ]);
    expect(collected.notes).toMatchObject([{ kind: "overlap", source: "b" }]);
    expect(collected.notes[0]?.text).toContain("11 days");
    const turned = await readAll(w.work(`[{ name: b, focus: b.csv }, { name: a, focus: a.csv }]`));
    expect([turned.byDay["2026-09-01"], turned.byDay["2026-09-20"]]).toEqual(["10", "7"]);
  });

  test.skipIf(!existsSync(SAMPLE))(
    "the sample bill of the FOCUS project has the same sums after it was kept",
    async () => {
      const expected = JSON.parse(readFileSync(SAMPLE.replace(/\.csv$/, ".expected.json"), "utf8"));
      const { charges } = await readAll(sourcesWorld().work(`[{ focus: "${SAMPLE}" }]`));
      const sumBy = (key: "day" | "service", money: "billed" | "effective") => {
        const found: Record<string, Decimal> = {};
        for (const one of charges) found[one[key] ?? ""] = add(found[one[key] ?? ""] ?? ZERO, one[money] ?? ZERO);
        return Object.fromEntries(Object.entries(found).map(([name, sum]) => [name, text(sum)]));
      };
      expect(sumBy("day", "billed")).toEqual(expected.billedByDay);
      expect(sumBy("service", "billed")).toEqual(expected.billedByService);
      expect(sumBy("service", "effective")).toEqual(expected.effectiveByService);
    },
  );

  test("a made-up bill is the same for the same seed, and marked on every day", async () => {
    const w = sourcesWorld();
    const read = (seed: number) => readAll(w.work(`[{ sample: { seed: ${seed}, days: 40 } }]`));
    const [a, b, other] = [await read(3), await read(3), await read(4)];
    expect(a.byDay).toEqual(b.byDay);
    expect(a.total).not.toBe(other.total);
    expect(Object.keys(a.byDay)).toHaveLength(40);
    expect(new Set(a.pieces.map(({ finality }) => finality))).toEqual(new Set(["made_up"]));
    w.clock.now += 5 * 86_400_000;
    const later = await read(3);
    expect(later.byDay["2026-10-10"]).toBe(a.byDay["2026-10-10"]);
  });
});
