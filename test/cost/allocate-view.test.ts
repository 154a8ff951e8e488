import { expect, it } from "vitest";
import { allocation } from "../../functions/cost/allocation.ts";
import { tenantsView, tenantView } from "../../functions/cost/allocation-tenants.ts";
import { tellUsageCosts } from "../../functions/cost/usage-costs.ts";
import { usageDays } from "../../functions/cost/usage-days.ts";
import { dayOf } from "../../shared/core/cost/day.ts";
import { compare, sum } from "../../shared/core/cost/decimal.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { MSK, money } from "./allocate-kit.ts";
import { START, usageWorld } from "./usage-kit.ts";

const DAY = dayOf(START);
const CONFIG = `version: 1
streams: { events: { embedded: true } }
cost:
  currency: USD
  rates: { EUR: "1.10" }
  sources: [{ sample: { seed: 1, days: 3 } }]
  tenants: { prefix: "." }
`;

const billOf = async function* (charges: readonly Partial<Charge>[]) {
  yield { day: DAY, charges: charges.map((one): Charge => ({ day: DAY, currency: "USD", ...one })) };
};

async function world() {
  const made = usageWorld({ config: CONFIG });
  for (const topic of ["shop.orders", "lab.tests"])
    await made.log.createTopic({ name: topic, partitions: 1, replicationFactor: 1, configs: [] });
  await made.look();
  const records = (count: number) => Array.from({ length: count }, () => ({ value: "x".repeat(100) }));
  made.log.produce("shop.orders", 0, records(300));
  made.log.produce("lab.tests", 0, records(100));
  made.log.commitGroup("lab.copy", [{ topic: "shop.orders", partition: 0, offset: 0 }]);
  made.clock.now += HOUR_MS;
  await made.look();
  made.log.commitGroup("lab.copy", [{ topic: "shop.orders", partition: 0, offset: 200 }]);
  made.clock.now += HOUR_MS;
  await made.look();
  return made;
}

it("a bill and what was observed become rows with formulas, and all of them sum to the bill", async () => {
  const { work } = await world();
  const bill = billOf([
    { service: MSK, effective: money("30.000000000001"), billed: money("40") },
    { service: "Amazon S3", effective: money("5"), tags: {} },
    { service: "AWS Support", effective: money("2") },
    { service: "Amazon S3", effective: money("10"), currency: "EUR" },
  ]);
  const view = await allocation(work(), { from: DAY, to: DAY, bill });
  expect(view).toMatchObject({ basis: "effective", currency: "USD", status: "known", total: "48.000000000001" });
  const parts = [...view.tenants.map(({ cost }) => cost), view.shared, view.idle, view.unallocated];
  expect(compare(sum(parts.map(money)), money(view.total))).toBe(0);
  const orders = view.topics.find(({ topic }) => topic === "shop.orders");
  expect(orders).toMatchObject({ tenant: "shop", unitCost: { unit: "records", events: 300 } });
  expect(orders?.why).toMatch(
    /^75 % of stored \+ 75 % of in \+ 100 % of out \+ 50 % of partitions; of shop by its name up to "\."$/,
  );
  expect(view.groups).toMatchObject([{ group: "lab.copy", tenant: "lab", topic: "shop.orders" }]);
  expect(view.pools[0]?.parts.map(({ part, percent }) => [part, percent])).toEqual([
    ["stored", 50],
    ["in", 25],
    ["out", 20],
    ["partitions", 5],
  ]);
  expect(view.pools[0]?.parts[0]?.formula).toContain("50 / (weights of the parts that were measured");
  // Two of 24 hours were watched: so much of the day's cost stands against the events.
  expect(orders?.unitCost?.perMillion).toBeCloseTo((Number(orders?.cost) * (2 / 24) * 1e6) / 300, 0);
});

it("a tenant's parts and its days each sum to what it pays", async () => {
  const { work } = await world();
  const bill = () =>
    billOf([
      { service: MSK, effective: money("30") },
      { category: "Tax", effective: money("3") },
    ]);
  const all = await tenantsView(work(), { from: DAY, to: DAY, bill: bill() });
  expect(all.items.map(({ tenant }) => tenant)).toEqual(["shop", "lab"]);
  for (const { tenant, cost } of all.items) {
    const one = await tenantView(work(), tenant, { from: DAY, to: DAY, bill: bill() });
    expect(compare(sum((one?.parts ?? []).map((part) => money(part.cost))), money(cost))).toBe(0);
    expect(compare(sum((one?.days ?? []).map((day) => money(day.cost))), money(cost))).toBe(0);
  }
  expect(await tenantView(work(), "nobody", { from: DAY, to: DAY, bill: bill() })).toBeUndefined();
});

it("rows beyond the limit are summed up", async () => {
  const { work } = await world();
  const bill = billOf([{ service: MSK, effective: money("30") }]);
  const view = await allocation(work(), { from: DAY, to: DAY, bill, limit: 1 });
  expect(view.topics).toHaveLength(1);
  expect(view.rest.topics?.count).toBe(1);
  expect(compare(sum([money(view.topics[0]?.cost ?? ""), money(view.rest.topics?.cost ?? "")]), money("30"))).toBe(0);
});

it("currencies without a rate are refused", async () => {
  const { work } = await world();
  const bill = billOf([
    { service: MSK, effective: money("30") },
    { service: MSK, effective: money("30"), currency: "GBP" },
  ]);
  await expect(allocation(work(), { from: DAY, to: DAY, bill })).rejects.toMatchObject({ code: "bill.currency" });
});

it("a bill from before anybody watched goes by the usage of the last days, and says so", async () => {
  const { work } = await world();
  const day = "2026-11-01";
  const bill = (async function* () {
    yield { day, charges: [{ day, service: MSK, effective: money("30"), currency: "USD" }] };
  })();
  const view = await allocation(work(), { from: day, to: day, bill });
  expect(view.unallocated).toBe("0");
  expect(view.topics).toHaveLength(2);
  expect(view.notes.join()).toContain("The usage of events was not measured from 2026-11-01 to 2026-11-01");
});

it("the usage of a day that is over is kept as one sum, and is the same", async () => {
  const { work, clock, memory } = await world();
  const span = { from: DAY, to: DAY };
  const live = await usageDays(work(), span);
  clock.now += 2 * 24 * HOUR_MS;
  const summed = await usageDays(work(), span);
  expect(memory.keys(`cost/default/usage/events/${DAY}/`).some((key) => key.endsWith("sum.json"))).toBe(true);
  memory.meet((call, key) => {
    if (call === "get" && /\/\d\d\.json$/.test(key)) throw new Error("read an hour again");
  });
  const kept = await usageDays(work(), span);
  expect([...kept]).toEqual([...summed]);
  expect([...kept]).toEqual([...live]);
});

it("unit costs are metrics of the process", async () => {
  const { work, clock, look } = await world();
  clock.now += 24 * HOUR_MS;
  await look();
  const context = work();
  await tellUsageCosts(context);
  const text = context.runtime.telemetry.expose("prometheus");
  expect(text).toMatch(/headgate_cost_per_million_events\{currency="USD",kind="topic",name="events\/shop.orders"\} \d/);
});
