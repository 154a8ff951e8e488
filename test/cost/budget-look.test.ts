import { afterAll, expect, test } from "vitest";
import { costAnomalies } from "../../functions/cost/anomalies.ts";
import { judgeAnomaly, lookAtAnomalies } from "../../functions/cost/anomaly-look.ts";
import { budgets, lookAtBudgets } from "../../functions/cost/budgets.ts";
import { costDrivers } from "../../functions/cost/drivers.ts";
import { forecast } from "../../functions/cost/forecast.ts";
import { costMachine } from "../../functions/cost/machine-of.ts";
import { proveChanges } from "../../functions/cost/proof.ts";
import { text } from "../../shared/core/cost/decimal.ts";
import { explain } from "../../shared/core/cost/explain.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import { lookWorld, toldOf } from "./look-kit.ts";
import { DAY, daysFrom, removeWorlds, row } from "./sources-kit.ts";

afterAll(removeWorlds);

const NOON = Date.UTC(2026, 9, 20, 12);
const kafka = (day: string, cost: number | string) => row(day, String(cost));

test("a budget is told once over looks and workers, ends when days are revised, and the record replays", async () => {
  const w = lookWorld(NOON);
  const days = daysFrom("2026-09-01", 48);
  w.file(
    "bill.csv",
    days.map((day) => kafka(day, 50)),
  );
  const section = "{ sources: [{ focus: bill.csv }], budgets: { kafka: { amount: '1000', alertAt: [80, 100] } } }";
  const { items } = await lookAtBudgets(w.look(section));
  expect(items).toEqual([
    expect.objectContaining({ name: "kafka", state: "reached", told: [80, "forecast"], percent: 90, missingDays: 0 }),
  ]);
  expect(toldOf(w.sent, w.clock.now)).toEqual(["kafka 80", "kafka HeadgateBudgetForecast"]);
  w.clock.now += DAY;
  await Promise.all([lookAtBudgets(w.look(section)), lookAtBudgets(w.look(section))]);
  expect(w.sent).toHaveLength(2);
  w.clock.now += 1000;
  w.file(
    "bill.csv",
    days.map((day) => kafka(day, day < "2026-10-01" ? 50 : 20)),
  );
  const after = await lookAtBudgets(w.look(section));
  expect(toldOf(w.sent.slice(2), w.clock.now)).toEqual(["kafka 80 over", "kafka HeadgateBudgetForecast over"]);
  expect(after.items[0]).toMatchObject({ state: "within", told: [] });
  const { items: records } = await w.look(section).runtime.journal.list({ tenant: "default", noun: "cost", limit: 9 });
  expect(records.map(({ reason }) => reason)).toEqual(["eased", "alerted"]);
  for (const record of records) {
    expect(replay(record, costMachine(record)).same).toBe(true);
    expect(explain(record)[0]).toMatch(/^budget kafka: /);
  }
});

test("an alert that nobody took is told later, once", async () => {
  const w = lookWorld(NOON);
  w.file(
    "bill.csv",
    daysFrom("2026-09-01", 48).map((day) => kafka(day, 50)),
  );
  const section = "{ sources: [{ focus: bill.csv }], budgets: { kafka: { amount: '1000', forecast: false } } }";
  w.away(true);
  await lookAtBudgets(w.look(section));
  w.away(false);
  for (let at = 0; at < 3; at += 1) {
    w.clock.now += 3_600_000;
    await lookAtBudgets(w.look(section));
  }
  expect(toldOf(w.sent, w.clock.now)).toEqual(["kafka 80"]);
});

test("without data a budget is unknown and quiet, which is not 0, and says why", async () => {
  const w = lookWorld(NOON);
  const section = "{ sources: [{ focus: missing.csv }], budgets: { kafka: { amount: '1' } } }";
  const { items, notes } = await lookAtBudgets(w.look(section));
  expect(items[0]).toMatchObject({ state: "unknown" });
  expect(items[0]).not.toHaveProperty("spent");
  expect(notes.join()).toContain("missing.csv");
  expect(w.sent).toEqual([]);
  const none = await budgets(w.look("{ budgets: { kafka: { amount: '5' } } }"));
  expect(none.items[0]?.text).toBe("no source of bills is configured");
});

test("bills in another currency make a budget unknown instead of wrong", async () => {
  const w = lookWorld(NOON);
  w.file(
    "bill.csv",
    daysFrom("2026-10-01", 18).map((day) => kafka(day, 50).replace("USD", "EUR")),
  );
  const section = (rates: string) =>
    `{ sources: [{ focus: bill.csv }], budgets: { kafka: { amount: '100' } }, rates: ${rates} }`;
  expect((await budgets(w.look(section("{}")))).items[0]).toMatchObject({ state: "unknown" });
  expect((await budgets(w.look(section("{ EUR: '1.1' }")))).items[0]).toMatchObject({
    state: "exceeded",
    spent: "990.0",
  });
});

test("a thousand budgets of which nothing is new cost some pages of the store and no writes", async () => {
  const w = lookWorld(NOON);
  const names = Array.from({ length: 1000 }, (_, at) => `t${at}`);
  w.file(
    "bill.csv",
    daysFrom("2026-10-01", 18).flatMap((day) => names.slice(0, 40).map((name) => row(day, "1", { service: name }))),
  );
  const base = w.look("{ sources: [{ focus: bill.csv }], budgets: { one: { amount: '1000', forecast: false } } }");
  const one = base.config.budgets["one"];
  if (!one) throw new Error("there is no budget");
  const own = Object.fromEntries(names.map((name) => [name, { ...one, scope: { service: [name] } }]));
  const work = { ...base, config: { ...base.config, budgets: own } };
  await budgets(work);
  for (const name of Object.keys(w.calls)) w.calls[name] = 0;
  const { items } = await lookAtBudgets(work);
  expect(items.filter(({ spent }) => spent === "18")).toHaveLength(40);
  expect(items.filter(({ spent }) => spent === "0")).toHaveLength(960);
  expect(w.calls["write"] ?? 0).toBe(0);
  expect((w.calls["load"] ?? 0) + (w.calls["list"] ?? 0)).toBeLessThan(60);
});

test("a tenant's budget counts what the rules give it", async () => {
  const w = lookWorld(NOON);
  w.file(
    "bill.csv",
    daysFrom("2026-10-01", 18).flatMap((day) => [row(day, "3", { account: "1" }), row(day, "5", { account: "2" })]),
  );
  const tenants = "tenants: { rules: [{ tenant: pay, accounts: ['1'] }], budgets: { pay: { amount: '50' } } }";
  const { items } = await lookAtBudgets(w.look(`{ sources: [{ focus: bill.csv }], ${tenants} }`));
  expect(items).toEqual([
    expect.objectContaining({ name: "tenant:pay", tenant: "pay", percent: 108, state: "exceeded" }),
  ]);
  expect(w.sent[0]?.labels).toMatchObject({ budget: "tenant:pay", tenant: "pay", threshold: "80" });
});

test("what a change saved is told from the bills, kept with it, and written again only where it says something new", async () => {
  const w = lookWorld(NOON);
  const days = daysFrom("2026-08-01", 79);
  w.file(
    "bill.csv",
    days.map((day) => kafka(day, day < "2026-09-20" ? 100 : day === "2026-09-20" ? 97 : 90)),
  );
  const section = "{ sources: [{ focus: bill.csv }] }";
  const applied = { by: "ada", why: "asked", at: Date.UTC(2026, 8, 20, 9) };
  const resource = { type: "topic", id: "events/orders", name: "orders", cluster: "events" };
  const opportunity = {
    kind: "retention",
    resource,
    text: "keep 1 d",
    savingPerMonth: "304",
    currency: "USD",
    action: { type: "by_hand", steps: [] },
  };
  const key = { tenant: "default", noun: "cost", subject: "change:opp_1" };
  const state = { v: 1, status: "applied", since: applied.at, applied, opportunity } as unknown as Json;
  await w.store.write(key, 0, { state });
  const { items, total } = await proveChanges(w.look(section));
  expect(items[0]).toMatchObject({ id: "opp_1", scope: "wide", proof: { verdict: "met", before: 50, after: 26 } });
  expect(items[0]?.says).toMatch(/^as promised: 304\.17 USD a month of 304\.00 promised/);
  expect(total).toMatchObject({ told: 1, untold: 0 });
  expect(total.soFar).toBeCloseTo(260, 6);
  const kept = (await w.store.load(key))?.state as
    | { readonly proof?: { readonly realisedPerMonth?: string } }
    | undefined;
  expect(kept?.proof?.realisedPerMonth).toBe("304.17");
  for (const name of Object.keys(w.calls)) w.calls[name] = 0;
  await proveChanges(w.look(section));
  expect(w.calls["write"] ?? 0).toBe(0);
  // What was never set saves nothing; what was taken back saves no more, also where it is dismissed since.
  const ended = { by: "ana", why: "needed", at: Date.UTC(2026, 9, 8), alone: false };
  const found: unknown[] = [];
  for (const more of [{ status: "open" }, { status: "dismissed" }, { status: "dismissed", ended }]) {
    const version = (await w.store.load(key))?.version ?? 0;
    await w.store.write(key, version, { state: { ...(state as object), ...more } });
    const { items: told } = await proveChanges(w.look(section), { keep: false });
    found.push(told.map(({ reverted }) => reverted));
  }
  expect(found).toEqual([[], [], ["2026-10-08"]]);
});

test("an unusual cost is told once with what it comes from; what was planned is told no more; of nothing there is no percentage", async () => {
  const w = lookWorld(NOON);
  const days = daysFrom("2026-08-01", 80);
  const bill = (spike: number) =>
    days.flatMap((day, at) => [
      kafka(day, at >= 78 ? 100 * spike : 100 + (at % 3)),
      ...(at >= 78 ? [row(day, "80", { service: "New" })] : []),
      row(day, at === 79 ? "9" : "1", { service: "Small" }),
    ]);
  w.clock.now = Date.UTC(2026, 9, 22, 12);
  w.file("bill.csv", bill(3));
  const section = "{ sources: [{ focus: bill.csv }] }";
  const { items } = await costAnomalies(w.look(section));
  expect(items.map(({ of, day }) => `${of} ${day}`)).toEqual(["Kafka 2026-10-18", "New 2026-10-18"]);
  expect(items[0]).toMatchObject({ open: true, causes: [expect.objectContaining({ usageType: "no usage type" })] });
  expect(text(items[0]?.impact ?? { units: 0n, scale: 0 })).toBe("398.00");
  expect(items[1]).not.toHaveProperty("percent");
  await lookAtAnomalies(w.look(section));
  await lookAtAnomalies(w.look(section));
  expect(toldOf(w.sent, w.clock.now)).toEqual(["Kafka HeadgateCostAnomaly", "New HeadgateCostAnomaly"]);
  const id = items[0]?.id ?? "";
  await judgeAnomaly(w.look(section), { id, feedback: "planned_activity", by: "ada", why: "load test" });
  expect(toldOf(w.sent.slice(2), w.clock.now)).toEqual(["Kafka HeadgateCostAnomaly over"]);
  await lookAtAnomalies(w.look(section));
  expect(w.sent).toHaveLength(3);
  expect((await costAnomalies(w.look(section))).items.find((one) => one.id === id)?.feedback).toBe("planned_activity");
  await expect(judgeAnomaly(w.look(section), { id: "x", feedback: "no", by: "", why: "" })).rejects.toThrow(
    "no unusual cost",
  );
});

test("forecast and drivers over the bills of the configuration: exact where exact, and what is missing is said", async () => {
  const w = lookWorld(NOON);
  w.file(
    "bill.csv",
    daysFrom("2026-09-01", 47).map((day) => kafka(day, "10.25")),
  );
  const section = "{ sources: [{ focus: bill.csv }] }";
  const told = await forecast(w.look(section));
  expect(told).toMatchObject({ status: "known", from: "2026-10-01", to: "2026-10-31", history: 47, level: 0.8 });
  expect([text(told.spent ?? { units: 0n, scale: 0 }), text(told.expected ?? { units: 0n, scale: 0 })]).toEqual([
    "174.25",
    "317.75",
  ]);
  expect(told.notes.join()).toContain("no data");
  const changed = await costDrivers(w.look(section), { from: "2026-10-10", to: "2026-10-19" });
  expect(changed).toMatchObject({ status: "known", against: { from: "2026-09-30", to: "2026-10-09" } });
  expect(text(changed.drivers?.difference ?? { units: 0n, scale: 0 })).toBe("-20.50");
  expect(changed.notes[0]).toContain("2 of these days have no data");
  expect((await forecast(w.look("{}"))).status).toBe("no_sources");
});
