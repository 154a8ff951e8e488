import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { awsDiscovery } from "../../shared/edge/aws-discovery.ts";
import { manualClock } from "../fakes/clock.ts";
import { type CloudMapWire, cloudMapWire, NAMESPACE } from "../fakes/cloud-map-wire.ts";
import { type EcsWire, ecsWire } from "../fakes/ecs-wire.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";
import { discoveryContract } from "./discovery.ts";

const address = (index: number) => ({ AWS_INSTANCE_IPV4: `10.0.0.${index}`, AWS_INSTANCE_PORT: "8080" });

discoveryContract("AWS Cloud Map on the wire", async () => {
  const wire = await cloudMapWire();
  const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  let count = 0;
  const resize = async (wanted: number) => {
    while (count < wanted) wire.add("orders", `i-${++count}`, address(count));
    while (count > wanted) wire.remove("orders", `i-${count--}`);
  };
  await resize(3);
  return {
    discovery: awsDiscovery(clients),
    source: { service: "orders", cloudMap: { namespace: NAMESPACE, service: "orders" } },
    unknown: { service: "lost", cloudMap: { namespace: NAMESPACE, service: "lost" } },
    resize,
    sicken: async (ill) =>
      wire.sicken(
        "orders",
        Array.from({ length: ill }, (_, index) => `i-${index + 1}`),
      ),
    breakDown: () => wire.close(),
    close: async () => {
      await clients.close();
      await wire.close();
    },
  };
});

const REF = { name: "orders", ecs: { cluster: "data", service: "orders-svc" } };

discoveryContract("Amazon ECS on the wire", async () => {
  const clock = manualClock();
  const wire = await ecsWire({ now: clock.now, startMs: 0 });
  wire.add(REF, 3);
  const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  return {
    discovery: awsDiscovery(clients),
    source: { service: "orders", ecs: { ...REF.ecs, port: 8080 } },
    unknown: { service: "lost", ecs: { cluster: "data", service: "lost", port: 8080 } },
    resize: async (count) => wire.external(REF, count),
    sicken: async (count) => wire.sicken(REF, count),
    breakDown: () => wire.close(),
    close: async () => {
      await clients.close();
      await wire.close();
    },
  };
});

describe("AWS Cloud Map, beyond the contract", () => {
  let wire: CloudMapWire;
  let clients: AwsClients;
  const ask = (service = "orders", more: object = {}) =>
    awsDiscovery(clients).discover({ service, cloudMap: { namespace: NAMESPACE, service, ...more } });
  beforeEach(async () => {
    wire = await cloudMapWire();
    clients = wireClients(wire.endpoint, { maxAttempts: 2 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test("300 instances are one request", async () => {
    for (let index = 0; index < 300; index++) wire.add("orders", `i-${index}`, address(index % 250));
    expect((await ask()).backends).toHaveLength(300);
    expect(wire.counts()).toEqual({ DiscoverInstances: 1 });
  });

  test("weight, limits, tags, zone and version come from attributes, however they are spelt", async () => {
    wire.add("orders", "i-1", {
      ...address(1),
      weight: "3",
      "headgate.max_connections": "50",
      CAPACITY: "200",
      headgate_tags: "eu, hot",
      AVAILABILITY_ZONE: "eu-central-1a",
      REGION: "eu-central-1",
      version: "v2",
      priority: "1",
      team: "shop",
    });
    expect((await ask()).backends).toEqual([
      {
        id: "i-1",
        host: "10.0.0.1",
        port: 8080,
        weight: 3,
        maxConnections: 50,
        capacity: 200,
        priority: 1,
        tags: ["eu", "hot"],
        zone: "eu-central-1a",
        region: "eu-central-1",
        version: "v2",
        metadata: { team: "shop" },
      },
    ]);
  });

  test.each(["0", "-1", "NaN", "", "much"])(
    "a weight of %j is told, and the backend has the default",
    async (weight) => {
      wire.add("orders", "i-1", { ...address(1), weight });
      const { backends, left } = await ask();
      expect(backends).toEqual([{ id: "i-1", host: "10.0.0.1", port: 8080 }]);
      expect(left).toEqual([expect.stringContaining(`i-1: attribute weight is ${JSON.stringify(weight)}`)]);
    },
  );

  test("an instance without an address is named and hides no other; without a port it has the one that is configured", async () => {
    wire.add("orders", "i-1", { AWS_INSTANCE_IPV4: "10.0.0.1" });
    wire.add("orders", "i-2", address(2));
    wire.add("orders", "i-3", { team: "shop" });
    const { backends, left } = await ask("orders", { port: 9000 });
    expect(backends.map(({ id, port }) => [id, port])).toEqual([
      ["i-1", 9000],
      ["i-2", 8080],
    ]);
    expect(left).toEqual(["i-3: its attributes name no address"]);
    expect((await ask()).left).toEqual(["i-1: its attributes name no port", "i-3: its attributes name no address"]);
  });

  test("when no instance can be used it is an error and nothing is taken for gone", async () => {
    wire.add("orders", "i-1", { team: "shop" });
    await expect(ask()).rejects.toMatchObject({ code: "discovery.unavailable", retryable: false });
  });

  test("a list that is as long as an answer can be is not taken for the whole", async () => {
    for (let index = 0; index < 1000; index++) wire.add("orders", `i-${index}`, address(index % 250));
    await expect(ask()).rejects.toMatchObject({ code: "discovery.unavailable" });
  });

  test("a missing permission is an error that stays", async () => {
    wire.make("orders");
    wire.inject("DiscoverInstances", jsonFault("AccessDeniedException"), 1);
    await expect(ask()).rejects.toMatchObject({ code: "discovery.unavailable", retryable: false });
  });
});

describe("Amazon ECS, beyond the contract", () => {
  const clock = manualClock();
  let wire: EcsWire;
  let clients: AwsClients;
  const ask = () =>
    awsDiscovery(clients).discover({ service: "orders", ecs: { cluster: "data", service: "orders-svc", port: 8080 } });
  beforeEach(async () => {
    wire = await ecsWire({ now: clock.now });
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test("a task has the address of its network interface, its zone, and its definition's revision as version", async () => {
    wire.add(REF, 1);
    expect((await ask()).backends).toEqual([
      {
        id: expect.stringMatching(/^0+1$/),
        host: "10.0.0.1",
        port: 8080,
        zone: "eu-central-1b",
        version: "orders-svc:12",
      },
    ]);
    expect(wire.counts()).toEqual({ ListTasks: 1, DescribeTasks: 1 });
  });

  test("tasks that start are left out until they run", async () => {
    wire.add(REF, 1);
    wire.external(REF, 3);
    expect((await ask()).backends).toHaveLength(1);
    clock.advance(60_000);
    expect((await ask()).backends).toHaveLength(3);
  });

  test("tasks that share their host's address are an error that names the network mode", async () => {
    wire.add(REF, 2);
    wire.unplug(REF);
    await expect(ask()).rejects.toMatchObject({
      code: "discovery.unavailable",
      message: expect.stringContaining("awsvpc"),
    });
  });
});
