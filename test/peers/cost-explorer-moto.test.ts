import { GetCostAndUsageCommand } from "@aws-sdk/client-cost-explorer";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { costExplorer } from "../../shared/edge/cost-explorer.ts";
import { daysFrom, readAll, removeWorlds, type SourcesWorld, sourcesWorld } from "../cost/sources-kit.ts";
import { costExplorerWire } from "../fakes/cost-explorer-wire.ts";
import { wireClients } from "../fakes/wire.ts";
import { type AwsDoor, awsDoor } from "./aws-door.ts";
import { type Moto, moto } from "./moto.ts";
import { missing } from "./parts.ts";

afterAll(removeWorlds);

const why = missing("moto");
const FROM = "2026-09-20";
const SPAN = { from: FROM, to: "2026-10-19" };
const SOURCE = "[{ costExplorer: {} }]";

const amount = (Amount: string, Unit = "USD") => ({ Amount, Unit });
const answer = (days: readonly string[], cost: (day: string) => string) => ({
  GroupDefinitions: [
    { Type: "DIMENSION", Key: "SERVICE" },
    { Type: "DIMENSION", Key: "USAGE_TYPE" },
  ],
  ResultsByTime: days.map((day) => ({
    TimePeriod: { Start: day, End: new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10) },
    Total: {},
    Groups: [
      {
        Keys: ["Amazon Managed Streaming for Apache Kafka", "EUC1-Kafka.Storage.GP2"],
        Metrics: {
          UnblendedCost: amount(cost(day)),
          AmortizedCost: amount(cost(day)),
          UsageQuantity: amount("4.5", "GB-Month"),
        },
      },
    ],
    Estimated: day >= "2026-10-01",
  })),
  DimensionValueAttributes: [],
});

describe.skipIf(why)(`Cost Explorer on moto${why ? ` [skipped: ${why}]` : ""}`, () => {
  let server: Moto;
  let door: AwsDoor;
  let clients: AwsClients;
  let w: SourcesWorld;
  beforeAll(async () => {
    server = await moto();
    door = await awsDoor(server.part.endpoint, server.part.endpoint);
    clients = wireClients(door.endpoint);
  });
  afterAll(async () => {
    await clients?.close();
    await door?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    await fetch(`${server.part.endpoint}/moto-api/reset`, { method: "POST" });
    door.seen();
    w = sourcesWorld({
      costExplorer: costExplorer({
        client: () => clients.costExplorer("us-east-1"),
        sleep: async () => undefined,
        random: () => 0,
      }),
    });
  });
  const queue = (...results: readonly unknown[]) =>
    fetch(`${server.part.endpoint}/moto-api/static/ce/cost-and-usage-results`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ results }),
    });
  const paid = () => door.seen().filter(({ operation }) => operation === "GetCostAndUsage").length;

  test("thirty days cold are one request and exact, warm none, and the next day one for what is open", async () => {
    const days = daysFrom(FROM, 30);
    await queue(
      answer(days, () => "0.00000000123"),
      answer(daysFrom("2026-10-17", 4), () => "2"),
    );
    const cold = await readAll(w.work(SOURCE), SPAN);
    expect([cold.total, cold.charges.length, paid()]).toEqual(["0.0000000369", 30, 1]);
    expect(cold.charges[0]).toMatchObject({ region: "eu-central-1", resourceType: "kafka:storage", unit: "GB-Month" });
    expect([(await readAll(w.work(SOURCE), SPAN)).total, paid()]).toEqual(["0.0000000369", 0]);
    w.clock.now += 86_400_000;
    const next = await readAll(w.work(SOURCE), { from: FROM, to: "2026-10-20" });
    expect([next.byDay["2026-10-16"], next.byDay["2026-10-20"], paid()]).toEqual(["0.00000000123", "2", 1]);
  });

  test("moto without a bill answers about a day nobody asked for: every day of ours is unknown, none is zero", async () => {
    const { pieces, collected } = await readAll(w.work(SOURCE), SPAN);
    expect(pieces).toEqual([]);
    expect(collected.sources).toMatchObject([{ status: "unavailable", requests: 1 }]);
  });

  test("denied, and nobody there", async () => {
    door.refuse(({ operation }) => (operation === "GetCostAndUsage" ? 403 : undefined));
    expect((await readAll(w.work(SOURCE), SPAN)).collected.sources).toMatchObject([{ status: "denied" }]);
    door.refuse(undefined);
    const nobody = sourcesWorld({
      costExplorer: costExplorer({
        client: () => server.nobody.costExplorer("us-east-1"),
        sleep: async () => undefined,
        random: () => 0,
      }),
    });
    const { collected } = await readAll(nobody.work(SOURCE), SPAN);
    expect(collected.sources).toMatchObject([{ status: "unavailable", requests: 4 }]);
  });

  test("the fake of our tests answers the SDK in the shape that moto does", async () => {
    const wire = await costExplorerWire({
      day: () => [
        {
          keys: ["Amazon Managed Streaming for Apache Kafka", "EUC1-Kafka.Storage.GP2"],
          unblended: "1",
          quantity: ["4.5", "GB-Month"],
        },
      ],
    });
    const fake = wireClients(wire.endpoint);
    await queue(answer(["2026-09-20"], () => "1"));
    const ask = new GetCostAndUsageCommand({
      TimePeriod: { Start: "2026-09-20", End: "2026-09-21" },
      Granularity: "DAILY",
      Metrics: ["UnblendedCost", "AmortizedCost", "UsageQuantity"],
      GroupBy: [
        { Type: "DIMENSION", Key: "SERVICE" },
        { Type: "DIMENSION", Key: "USAGE_TYPE" },
      ],
    });
    try {
      const [ours, theirs] = [
        await (await fake.costExplorer("us-east-1")).send(ask),
        await (await clients.costExplorer("us-east-1")).send(ask),
      ];
      expect(ours.ResultsByTime).toEqual(theirs.ResultsByTime);
      expect(ours.GroupDefinitions).toEqual(theirs.GroupDefinitions);
    } finally {
      await fake.close();
      await wire.close();
    }
  });
});
