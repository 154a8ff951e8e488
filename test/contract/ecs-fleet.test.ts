import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { ecsFleet } from "../../shared/edge/ecs-fleet.ts";
import { instanceOf, isDeploying, statusOf } from "../../shared/edge/ecs-status.ts";
import { manualClock } from "../fakes/clock.ts";
import { type EcsWire, ecsWire } from "../fakes/ecs-wire.ts";
import { jsonFault, wireClients, withoutWaits } from "../fakes/wire.ts";

const ARN = "arn:aws:ecs:eu-central-1:123456789012";
const ref = (name: string, cluster = "data") => ({ name, ecs: { cluster, service: `${name}-svc` } });
const orders = ref("orders");

describe("ECS fleet, beyond the contract", () => {
  const clock = manualClock();
  let wire: EcsWire;
  let clients: AwsClients;
  const fleet = (options: { tasks?: boolean; warn?: (message: string) => void } = {}) =>
    ecsFleet({ client: clients.ecs, now: clock.now, ...options });

  beforeEach(async () => {
    wire = await ecsWire({ now: clock.now });
    clients = wireClients(wire.endpoint, { maxAttempts: 3 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test("25 services of a cluster are three requests, and counts of all come back", async () => {
    const refs = Array.from({ length: 25 }, (_, index) => ref(`service-${index}`));
    for (const [index, one] of refs.entries()) wire.add(one, index);
    const statuses = await fleet().describe(refs);
    expect(refs.map((one) => statuses.get(one.name)?.desired)).toEqual(refs.map((_, index) => index));
    expect(wire.counts()).toEqual({ DescribeServices: 3 });
  });

  test("names and ARNs of services and clusters mean the same", async () => {
    wire.add(orders, 3);
    const byArn = { name: "arn", ecs: { cluster: `${ARN}:cluster/data`, service: `${ARN}:service/data/orders-svc` } };
    expect((await fleet().describe([byArn])).get("arn")?.desired).toBe(3);
    expect(await fleet().setDesired(byArn, { desired: 4, expected: 3, key: "k" })).toMatchObject({ changed: true });
    expect(wire.desired(orders)).toBe(4);
  });

  test("one ECS service under two names is asked for once and answered twice", async () => {
    wire.add(orders, 3);
    const statuses = await fleet().describe([orders, { ...orders, name: "alias" }]);
    expect([...statuses].map(([name, status]) => [name, status.desired])).toEqual([
      ["orders", 3],
      ["alias", 3],
    ]);
    expect(wire.counts()).toEqual({ DescribeServices: 1 });
  });

  test("a cluster that is gone hides no other cluster", async () => {
    wire.add(orders, 2);
    const statuses = await fleet().describe([ref("lost", "gone"), orders]);
    expect([...statuses.keys()]).toEqual(["orders"]);
  });

  test("one batch that fails leaves its services unknown, is told, and hides no other", async () => {
    wire.add(orders, 2);
    wire.add(ref("carts", "other"), 2);
    wire.inject("DescribeServices", jsonFault("AccessDeniedException"), 1);
    const told: string[] = [];
    const statuses = await fleet({ warn: (message) => told.push(message) }).describe([orders, ref("carts", "other")]);
    expect(statuses.size).toBe(1);
    expect(told).toEqual([expect.stringContaining("AccessDeniedException")]);
  });

  test("when every batch fails it is an error; missing permission may not be tried again", async () => {
    wire.add(orders, 2);
    wire.inject("DescribeServices", jsonFault("AccessDeniedException"), 1);
    await expect(fleet().describe([orders])).rejects.toMatchObject({ code: "fleet.unavailable", retryable: false });
  });

  test("throttling is retried by the SDK, and an error that may be tried again once tries are used up", async () => {
    await withoutWaits(await clients.ecs());
    wire.add(orders, 2);
    wire.inject("DescribeServices", jsonFault("ThrottlingException"), 2);
    expect((await fleet().describe([orders])).size).toBe(1);
    expect(wire.counts()).toEqual({ DescribeServices: 3 });
    wire.inject("DescribeServices", jsonFault("ThrottlingException"), 3);
    await expect(fleet().describe([orders])).rejects.toMatchObject({ code: "fleet.unavailable", retryable: true });
  });

  test("an UpdateService whose answer was lost is sent again and ends as one change", async () => {
    wire.add(orders, 2);
    wire.inject("UpdateService", { status: 0, drop: true, performed: true }, 1);
    const result = await fleet().setDesired(orders, { desired: 3, expected: 2, key: "k" });
    expect(result).toEqual({ status: "accepted", changed: true, desired: 3 });
    expect([wire.desired(orders), wire.counts()["UpdateService"]]).toEqual([3, 2]);
  });

  test("a deleted service is unknown; one that is being deleted is seen and refuses", async () => {
    wire.add(orders, 2);
    wire.setStatus(orders, "DRAINING");
    const status = (await fleet().describe([orders])).get("orders");
    expect(status).toMatchObject({ desired: 2, trouble: "the service is being deleted" });
    const request = { desired: 3, expected: 2, key: "k" };
    expect(await fleet().setDesired(orders, request)).toEqual({ status: "refused", why: "the service is draining" });
    wire.setStatus(orders, "INACTIVE");
    expect((await fleet().describe([orders])).size).toBe(0);
    expect(await fleet().setDesired(orders, request)).toMatchObject({ status: "refused" });
    expect(wire.counts()["UpdateService"]).toBeUndefined();
  });

  test("a daemon service has no desired count and refuses", async () => {
    wire.add(orders, 2, { schedulingStrategy: "DAEMON" });
    const result = await fleet().setDesired(orders, { desired: 3, expected: 2, key: "k" });
    expect(result).toMatchObject({ status: "refused", why: expect.stringContaining("daemon") });
  });

  test("what UpdateService itself refuses is refused, not an error that comes back for ever", async () => {
    wire.add(orders, 2);
    for (const type of ["ServiceNotActiveException", "InvalidParameterException", "ServiceNotFoundException"]) {
      wire.inject("UpdateService", jsonFault(type), 1);
      const result = await fleet().setDesired(orders, { desired: 3, expected: 2, key: "k" });
      expect(result).toMatchObject({ status: "refused", why: expect.stringContaining(`injected ${type}`) });
    }
  });

  test("a service without the tag that grants the change refuses with the tag's name, and is not asked for again and again", async () => {
    wire.add(orders, 2);
    wire.inject("UpdateService", jsonFault("AccessDeniedException"), 1);
    const result = await fleet().setDesired(orders, { desired: 3, expected: 2, key: "k" });
    expect(result).toMatchObject({ status: "refused", why: expect.stringContaining("headgate = managed") });
    expect(wire.counts()).toMatchObject({ UpdateService: 1 });
  });

  test("a service that may not even be looked at is an error and no refusal: the tag does not grant that", async () => {
    wire.add(orders, 2);
    wire.inject("DescribeServices", jsonFault("AccessDeniedException"), 1);
    const change = fleet().setDesired(orders, { desired: 3, expected: 2, key: "k" });
    await expect(change).rejects.toMatchObject({ code: "fleet.unavailable" });
  });

  test("a service without an ECS address is unknown and refuses, without a request", async () => {
    expect((await fleet().describe([{ name: "local" }])).size).toBe(0);
    const result = await fleet().setDesired({ name: "local" }, { desired: 1, expected: 0, key: "k" });
    expect(result).toMatchObject({ status: "refused" });
    expect(wire.counts()).toEqual({});
  });

  test("with tasks, an unhealthy task runs but is not ready", async () => {
    wire.add(orders, 3);
    wire.sicken(orders, 1);
    expect((await fleet().describe([orders])).get("orders")).toMatchObject({ running: 3, ready: 3, instances: [] });
    const status = (await fleet({ tasks: true }).describe([orders])).get("orders");
    expect(status).toMatchObject({ running: 3, ready: 2 });
    expect(status?.instances.filter((one) => !one.ready)).toMatchObject([{ detail: "its health check fails" }]);
  });

  test("with tasks, 230 of them come in pages of 100", async () => {
    wire.add(orders, 230);
    const status = (await fleet({ tasks: true }).describe([orders])).get("orders");
    expect([status?.ready, status?.instances.length]).toEqual([230, 230]);
    expect(wire.counts()).toEqual({ DescribeServices: 1, ListTasks: 3, DescribeTasks: 3 });
  });

  test("tasks of one service that cannot be read leave that service unknown and hide no other", async () => {
    wire.add(orders, 2);
    wire.add(ref("carts"), 2);
    wire.inject("ListTasks", jsonFault("AccessDeniedException"), 1);
    const told: string[] = [];
    const statuses = await fleet({ tasks: true, warn: (message) => told.push(message) }).describe([
      orders,
      ref("carts"),
    ]);
    expect([statuses.size, told.length]).toEqual([1, 1]);
  });

  test("why tasks are missing is ECS's own newest event", async () => {
    wire.add(orders, 2);
    wire.external(orders, 4);
    wire.event(orders, "(service orders-svc) has reached a steady state.");
    wire.event(
      orders,
      "(service orders-svc) was unable to place a task because no container instance met all of its requirements.",
    );
    const status = (await fleet().describe([orders])).get("orders");
    expect(status?.trouble).toContain("unable to place a task");
    clock.advance(60_000);
    expect((await fleet().describe([orders])).get("orders")?.trouble).toBeUndefined();
  });
});

describe("what ECS's answers mean", () => {
  const primary = { id: "1", status: "PRIMARY" };
  test.each([
    ["one completed deployment", { deployments: [{ ...primary, rolloutState: "COMPLETED" }] }, false],
    ["one deployment of a service older than rollout states", { deployments: [primary] }, false],
    ["one that has failed for good", { deployments: [{ ...primary, rolloutState: "FAILED" }] }, false],
    ["one that has not reached its steady state", { deployments: [{ ...primary, rolloutState: "IN_PROGRESS" }] }, true],
    ["two deployments, whatever they say", { deployments: [primary, { id: "0", status: "ACTIVE" }] }, true],
    ["one task set", { taskSets: [{ id: "a" }] }, false],
    ["two task sets", { taskSets: [{ id: "a" }, { id: "b" }] }, true],
    ["nothing at all", {}, false],
  ] as const)("deploying with %s: %#", (_, service, deploying) => {
    expect(isDeploying(service as Parameters<typeof isDeploying>[0])).toBe(deploying);
  });

  test.each([
    ["PROVISIONING", "RUNNING", "pending", false],
    ["PENDING", "RUNNING", "pending", false],
    ["ACTIVATING", "RUNNING", "pending", false],
    ["RUNNING", "RUNNING", "running", true],
    ["RUNNING", "STOPPED", "draining", false],
    ["DEACTIVATING", "STOPPED", "draining", false],
    ["STOPPING", "STOPPED", "draining", false],
    ["DEPROVISIONING", "STOPPED", "draining", false],
    ["STOPPED", "STOPPED", "failed", false],
  ] as const)("a task that is %s and should be %s is %s (ready: %s)", (lastStatus, desiredStatus, state, ready) => {
    expect(instanceOf({ taskArn: "a/b/1", lastStatus, desiredStatus })).toMatchObject({ id: "1", state, ready });
  });

  test.each([
    [
      "a failed rollout",
      { deployments: [{ rolloutState: "FAILED" as const, rolloutStateReason: "circuit breaker" }] },
      "circuit breaker",
    ],
    ["tasks that failed to start", { deployments: [{ failedTasks: 3 }] }, "3 tasks of the deployment failed to start"],
    ["one task that failed to start", { deployments: [{ failedTasks: 1 }] }, "1 task of"],
  ])("%s is told as trouble", (_, service, words) => {
    expect(statusOf(service, undefined, 0).trouble).toContain(words);
  });
});
