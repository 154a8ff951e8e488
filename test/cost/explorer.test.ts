import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { collectBills } from "../../functions/cost/collect.ts";
import { countedRequests } from "../../functions/cost/paid-requests.ts";
import { addDays } from "../../shared/core/cost/day.ts";
import { text } from "../../shared/core/cost/decimal.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { costExplorer } from "../../shared/edge/cost-explorer.ts";
import { type CostExplorerWire, costExplorerWire, type WireGroup } from "../fakes/cost-explorer-wire.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";
import { DAY, daysFrom, NOON, readAll, removeWorlds, row, type SourcesWorld, sourcesWorld } from "./sources-kit.ts";

afterAll(removeWorlds);

/** 30 days that end yesterday, from noon of 20 October on. */
const FROM = "2026-09-20";
const TO = "2026-10-19";
const SPAN = { from: FROM, to: TO };
const SOURCE = "[{ costExplorer: {} }]";

const group = (service: string, usageType: string, unblended: string, more: Partial<WireGroup> = {}): WireGroup => ({
  ...{ keys: [service, usageType], unblended },
  ...more,
});

describe("Cost Explorer at the wire", () => {
  let wire: CostExplorerWire;
  let clients: AwsClients;
  let w: SourcesWorld;
  let costs: (day: string) => readonly WireGroup[] | undefined;
  let pageDays: number | undefined;
  let slept = 0;
  const open = async () => {
    wire = await costExplorerWire({
      day: (day) => costs(day),
      estimated: (day) => day >= "2026-10-01",
      ...(pageDays === undefined ? {} : { pageDays }),
    });
    clients = wireClients(wire.endpoint);
    const port = costExplorer({
      client: () => clients.costExplorer("us-east-1"),
      sleep: async () => void (slept += 1),
      random: () => 0.5,
    });
    w = sourcesWorld({ costExplorer: port });
  };
  beforeEach(async () => {
    [pageDays, slept] = [undefined, 0];
    costs = () => [
      group("Amazon Elastic Container Service", "EUC1-Fargate-vCPU-Hours:perCPU", "1.25", { quantity: ["24", "Hrs"] }),
      group("Tax", "NoUsageType", "0.25", { amortized: "0.25" }),
    ];
    await open();
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });
  const requests = () => wire.counts()["GetCostAndUsage"] ?? 0;

  test("thirty days cold are one request, warm none; each is counted and priced, and only open days are asked again", async () => {
    const cold = await readAll(w.work(SOURCE), SPAN);
    expect(cold.total).toBe("45");
    expect(wire.asked()).toEqual([`${FROM}..2026-10-20`]);
    const [state] = cold.collected.sources;
    expect(state).toMatchObject({
      source: "cost-explorer",
      status: "read",
      requests: 1,
      finality: "estimated",
      through: TO,
    });
    expect(text(state?.paid ?? { units: 0n, scale: 0 })).toBe("0.01");
    const warm = await readAll(w.work(SOURCE), SPAN);
    expect([requests(), warm.total, warm.collected.sources[0]?.requests]).toEqual([1, "45", 0]);
    w.clock.now += DAY;
    await readAll(w.work(SOURCE), { from: "2026-09-21", to: "2026-10-20" });
    expect(wire.asked().slice(1)).toEqual(["2026-10-17..2026-10-21"]);
    expect(await countedRequests(w.work(SOURCE), "2026-10-01", "2026-10-31")).toEqual([
      { v: 1, source: "cost-explorer", day: "2026-10-20", requests: 1 },
      { v: 1, source: "cost-explorer", day: "2026-10-21", requests: 1 },
    ]);
  });

  test("a report every eight hours for nineteen days asks at most three times a day, and a closed day once more after its invoice", async () => {
    for (let hour = 0; hour < 19 * 24; hour += 8) {
      w.clock.now = NOON + hour * 3_600_000;
      const to = new Date(w.clock.now - DAY).toISOString().slice(0, 10);
      const from = new Date(w.clock.now - 30 * DAY).toISOString().slice(0, 10);
      await collectBills(w.work(SOURCE), { from, to });
    }
    expect(requests()).toBeLessThanOrEqual(3 * 19);
    const covering = (day: string) =>
      wire.asked().filter((span) => day >= span.slice(0, 10) && day < span.slice(12, 22));
    // Its month was invoiced before it was first asked for; and one whose month was not.
    expect([covering("2026-09-25").length, covering("2026-10-12").length]).toEqual([1, 2]);
  });

  test("reports at the same time pay once", async () => {
    const reads = await Promise.all([1, 2, 3].map(() => readAll(w.work(SOURCE), SPAN)));
    expect([requests(), ...reads.map(({ total }) => total)]).toEqual([1, "45", "45", "45"]);
  });

  test("pages are paid requests; a day that goes on over a page is whole", async () => {
    await clients.close();
    await wire.close();
    pageDays = 9;
    await open();
    const { total, collected } = await readAll(w.work(SOURCE), SPAN);
    expect([total, requests(), collected.sources[0]?.requests]).toEqual(["45", 4, 4]);
  });

  test("amounts stay exact, usage types become types and regions, tax is tax, and unlike units are no quantity", async () => {
    costs = (day) =>
      day === FROM
        ? [
            group("AmazonCloudWatch", "EUC1-CW:AlarmMonitorUsage", "1.2E-8", { quantity: ["3", "Alarms"] }),
            group("AWS Lambda", "Lambda-GB-Second", "0.00000000000000001"),
            group("Tax", "NoUsageType", "-0.10"),
          ]
        : [];
    const { charges, byDay } = await readAll(w.work(SOURCE), SPAN);
    expect(byDay[FROM]).toBe("-0.09999998799999999");
    expect(byDay[TO]).toBe("0");
    expect(charges).toMatchObject([
      { region: "eu-central-1", resourceType: "cloudwatch:alarm", unit: "Alarms", currency: "USD", provider: "AWS" },
      { resourceType: "lambda:function" },
      { category: "Tax", service: "Tax" },
    ]);
    expect(charges[1]).not.toHaveProperty("quantity");
    expect(charges[2]).not.toHaveProperty("usageType");
  });

  test("a group without an amount that was asked for is no zero: the answer is refused", async () => {
    const answer = async () => ({
      requests: 1,
      days: [
        {
          ...{ from: FROM, toExclusive: addDays(FROM, 1), estimated: false },
          groups: [{ keys: ["AWS Lambda", "x"], amounts: { BlendedCost: { amount: "1", unit: "USD" } } }],
        },
      ],
    });
    const { collected } = await readAll(sourcesWorld({ costExplorer: { costAndUsage: answer } }).work(SOURCE), SPAN);
    expect(collected.sources).toMatchObject([
      { status: "unavailable", why: expect.stringContaining("AWS Lambda, x has neither") },
    ]);
  });

  test("throttled requests are repeated with waits, and paid for", async () => {
    wire.inject("GetCostAndUsage", jsonFault("LimitExceededException"), 2);
    const { collected, total } = await readAll(w.work(SOURCE), SPAN);
    expect([total, slept, collected.sources[0]?.requests]).toEqual(["45", 2, 3]);
  });

  test.each([
    ["AccessDeniedException", "denied", "ce:GetCostAndUsage"],
    ["LimitExceededException", "unavailable", "LimitExceededException"],
    ["DataUnavailableException", "unavailable", "DataUnavailableException"],
  ])("%s is %s and says why; what is kept stays", async (type, status, why) => {
    await readAll(w.work(SOURCE), SPAN);
    w.clock.now += DAY;
    wire.inject("GetCostAndUsage", jsonFault(type), 20);
    const { collected, total } = await readAll(w.work(SOURCE), SPAN);
    expect(collected.sources).toMatchObject([{ status, why: expect.stringContaining(why) }]);
    expect(total).toBe("45");
    const { collected: nothing, pieces } = await readAll(w.work(SOURCE), { from: "2026-08-01", to: "2026-08-02" });
    expect([nothing.sources[0]?.status, pieces]).toEqual([status, []]);
  });

  test("a revised answer replaces its days; what is answered about closed days is passed over", async () => {
    await readAll(w.work(SOURCE), SPAN);
    w.clock.now += DAY;
    costs = () => [group("Amazon Simple Storage Service", "EUC1-TimedStorage-ByteHrs", "2")];
    const { byDay } = await readAll(w.work(SOURCE), { from: FROM, to: "2026-10-20" });
    expect([byDay["2026-10-16"], byDay["2026-10-17"], byDay["2026-10-20"]]).toEqual(["1.5", "2", "2"]);
  });

  test("the limit of a day holds over all processes: no request is sent above it", async () => {
    pageDays = 5;
    await clients.close();
    await wire.close();
    await open();
    const { collected, pieces } = await readAll(w.work("[{ costExplorer: { maxRequestsPerDay: 3 } }]"), SPAN);
    expect([requests(), pieces]).toEqual([3, []]);
    expect(collected.sources).toMatchObject([
      { status: "unavailable", requests: 3, why: expect.stringContaining("maxRequestsPerDay: 3") },
    ]);
    await readAll(w.work("[{ costExplorer: { maxRequestsPerDay: 3 } }]"), SPAN);
    expect(requests()).toBe(3);
  });

  test("a day the service says nothing about is unknown and not zero, and is not paid for again and again", async () => {
    costs = (day) => (day < "2026-10-01" ? undefined : [group("Amazon DynamoDB", "WriteRequestUnits", "1")]);
    const { byDay, collected } = await readAll(w.work(SOURCE), SPAN);
    expect([byDay["2026-09-30"], byDay["2026-10-01"]]).toEqual([undefined, "1"]);
    expect(collected.notes).toMatchObject([{ kind: "limited", text: expect.stringContaining("11 days") }]);
    await readAll(w.work(SOURCE), SPAN);
    expect(requests()).toBe(1);
    const silent = await readAll(w.work(SOURCE), { from: FROM, to: "2026-09-25" });
    expect(silent.collected.sources).toMatchObject([{ status: "unavailable" }]);
  });

  test("beside a file of the same account the file counts, and Cost Explorer the days it does not have", async () => {
    w.file(
      "bill.csv",
      daysFrom(FROM, 25).map((day) => row(day, "9")),
    );
    const { byDay, collected } = await readAll(w.work("[{ focus: bill.csv }, { costExplorer: {} }]"), SPAN);
    expect([byDay["2026-10-14"], byDay["2026-10-15"]]).toEqual(["9", "1.5"]);
    expect(collected.notes).toMatchObject([{ kind: "overlap", source: "cost-explorer" }]);
  });
});
