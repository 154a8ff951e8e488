import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fleet } from "../../shared/core/ports/fleet.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { metricAddress, regionOf } from "../../shared/edge/cloudwatch-metrics.ts";
import { fleetByRef } from "../../shared/edge/fleet-by-ref.ts";
import { managedFlinkFleet } from "../../shared/edge/managed-flink.ts";
import { manualClock } from "../fakes/clock.ts";
import { type ManagedFlinkWire, managedFlinkWire } from "../fakes/managed-flink-wire.ts";
import { memoryFleet } from "../fakes/memory-fleet.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";
import { fleetContract } from "./fleet.ts";

const MINUTE = 60_000;
const ref = (name: string) => ({ name, managedFlink: { application: `${name}-app` } });

fleetContract(
  "Managed Flink on the wire fake",
  async () => {
    const clock = manualClock();
    const wire = await managedFlinkWire({ now: clock.now });
    wire.add("orders-app", 2);
    wire.add("carts-app", 2);
    const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    return {
      fleet: managedFlinkFleet({ client: clients.managedFlink, now: clock.now }),
      service: ref("orders"),
      other: ref("carts"),
      unknown: ref("nobody"),
      settle: async () => void clock.advance(10 * MINUTE),
      external: async (desired) => wire.external("orders-app", desired),
      breakDown: () => wire.close(),
      close: async () => {
        await clients.close();
        await wire.close();
      },
    };
  },
  {
    "an instance that has just been asked for is not ready":
      "an update stops the whole application: nothing of it is ready",
    "scaling to zero is possible and back out of it too": "parallelism is 1 at the least",
    "a deployment is seen, refuses scaling in and lets scaling out through":
      "an application that is updating takes no change at all",
  },
);

describe("Managed Flink, beyond the contract", () => {
  const clock = manualClock();
  let wire: ManagedFlinkWire;
  let clients: AwsClients;
  let fleet: Fleet;
  const orders = ref("orders");
  beforeEach(async () => {
    wire = await managedFlinkWire({ now: clock.now });
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    fleet = managedFlinkFleet({ client: clients.managedFlink, now: clock.now });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });
  const look = async () => (await fleet.describe([orders])).get("orders");
  const set = (desired: number, expected: number) => fleet.setDesired(orders, { desired, expected, key: "k" });

  test("an update is asked for in Amazon's words: by the token of what was read, its own scaling off", async () => {
    wire.add("orders-app", 4);
    expect(await set(6, 4)).toEqual({ status: "accepted", changed: true, desired: 6 });
    expect(wire.updates).toEqual([
      {
        ApplicationName: "orders-app",
        ConditionalToken: "token-1",
        ApplicationConfigurationUpdate: {
          FlinkApplicationConfigurationUpdate: {
            ParallelismConfigurationUpdate: {
              ConfigurationTypeUpdate: "CUSTOM",
              ParallelismUpdate: 6,
              AutoScalingEnabledUpdate: false,
            },
          },
        },
      },
    ]);
    expect(wire.counts()).toEqual({ DescribeApplication: 1, UpdateApplication: 1 });
  });

  test("while it updates, nothing of it runs, all is pending, and a change is refused", async () => {
    wire.add("orders-app", 4);
    await set(6, 4);
    expect(await look()).toMatchObject({ desired: 6, pending: 6, running: 0, ready: 0, deploying: true });
    expect(await set(8, 6)).toMatchObject({ status: "refused", why: expect.stringContaining("UPDATING") });
    clock.advance(10 * MINUTE);
    expect(await look()).toMatchObject({ desired: 6, pending: 0, running: 6, ready: 6, deploying: false });
  });

  test("Amazon's own scaling: what it has come to counts, is told as trouble, and ends with our first change", async () => {
    const one = wire.add("orders-app", 2, { autoScaling: true, current: 4 });
    expect(await look()).toMatchObject({ desired: 4, trouble: expect.stringContaining("own scaling") });
    expect(await set(2, 4)).toMatchObject({ status: "accepted", changed: true });
    expect(one).toMatchObject({ autoScaling: false, parallelism: 2 });
    clock.advance(10 * MINUTE);
    expect((await look())?.trouble).toBeUndefined();
  });

  test("AUTOSCALING is a change by somebody else: it counts as deploying", async () => {
    wire.add("orders-app", 2, { status: "AUTOSCALING", autoScaling: true });
    expect(await look()).toMatchObject({ deploying: true, ready: 0 });
    expect(await set(3, 2)).toMatchObject({ status: "refused" });
  });

  test("one that is stopped is trouble, and nothing is changed", async () => {
    wire.add("orders-app", 2, { status: "READY" });
    expect(await look()).toMatchObject({ desired: 2, ready: 0, trouble: "the application is READY" });
    expect(await set(3, 2)).toMatchObject({ status: "refused", why: expect.stringContaining("READY") });
  });

  test("without snapshots a change would lose the state: it is refused", async () => {
    wire.add("orders-app", 2, { snapshots: false });
    expect(await set(3, 2)).toMatchObject({ status: "refused", why: expect.stringContaining("snapshots") });
    expect(wire.updates).toEqual([]);
  });

  test("a hand that was faster between reading and changing is superseding, ours that was not heard is done", async () => {
    wire.add("orders-app", 2);
    // The token is another one by then.
    wire.inject("UpdateApplication", { ...jsonFault("ConcurrentModificationException") });
    expect(await set(3, 2)).toEqual({ status: "superseded", actual: 2 });
    wire.inject("UpdateApplication", { ...jsonFault("ConcurrentModificationException"), performed: true });
    expect(await set(3, 2)).toEqual({ status: "accepted", changed: false, desired: 3 });
  });

  test.each([
    ["LimitExceededException", /KPUs/],
    ["InvalidArgumentException", /parallelism/],
    ["ResourceInUseException", /no change now/],
    ["AccessDeniedException", /HEADGATE_MANAGED_FLINK_APPLICATIONS/],
  ])("%s is a refusal that says what to do", async (fault, why) => {
    wire.add("orders-app", 2);
    wire.inject("UpdateApplication", jsonFault(fault));
    expect(await set(3, 2)).toMatchObject({ status: "refused", why: expect.stringMatching(why) });
  });

  test("parallelism 0 is refused", async () => {
    wire.add("orders-app", 2);
    expect(await set(0, 2)).toMatchObject({ status: "refused", why: expect.stringContaining("from 1 on") });
  });

  test("one application that cannot be read hides no other, and is told", async () => {
    const warned: string[] = [];
    const told = managedFlinkFleet({ client: clients.managedFlink, now: clock.now, warn: (text) => warned.push(text) });
    wire.add("orders-app", 2);
    wire.add("carts-app", 3);
    wire.inject("DescribeApplication", jsonFault("ServiceUnavailableException", 503));
    expect((await told.describe([orders, ref("carts")])).size).toBe(1);
    expect(warned).toEqual([expect.stringContaining("ServiceUnavailableException")]);
  });

  test("beside another fleet each service is asked of its own, and an outage of one hides not the other", async () => {
    wire.add("orders-app", 4);
    const memory = memoryFleet({ now: clock.now });
    memory.add("web", 2);
    let made = 0;
    const warned: string[] = [];
    const both = fleetByRef(
      memory.fleet,
      async () => {
        made += 1;
        return fleet;
      },
      (text) => warned.push(text),
    );
    expect((await both.describe([{ name: "web" }])).get("web")?.desired).toBe(2);
    expect(made).toBe(0);
    const all = await both.describe([{ name: "web" }, orders]);
    expect([all.get("web")?.desired, all.get("orders")?.desired]).toEqual([2, 4]);
    expect(await both.setDesired(orders, { desired: 5, expected: 4, key: "k" })).toMatchObject({ changed: true });
    expect(await both.setDesired({ name: "web" }, { desired: 3, expected: 2, key: "k" })).toMatchObject({ desired: 3 });
    memory.unreachable(true);
    expect([...(await both.describe([{ name: "web" }, orders])).keys()]).toEqual(["orders"]);
    expect(warned).toHaveLength(1);
    await wire.close();
    await expect(both.describe([{ name: "web" }, orders])).rejects.toMatchObject({ code: "fleet.unavailable" });
  });

  test("its measurements are the application's in CloudWatch, in its region", () => {
    const service = { name: "orders", managedFlink: { application: "orders-app", region: "eu-west-1" } };
    expect(regionOf(service)).toBe("eu-west-1");
    for (const [metric, name] of [
      ["cpu", "cpuUtilization"],
      ["memory", "heapMemoryUtilization"],
      ["container_cpu", "containerCPUUtilization"],
    ] as const)
      expect(metricAddress({ service, metric })).toEqual({
        namespace: "AWS/KinesisAnalytics",
        name,
        dimensions: [{ Name: "Application", Value: "orders-app" }],
        perSecond: false,
      });
    expect(metricAddress({ service, metric: "requests" })).toContain("no metric for requests");
  });
});
