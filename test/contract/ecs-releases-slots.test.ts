import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { type EcsReleasesOptions, ecsReleases } from "../../shared/edge/ecs-releases.ts";
import { manualClock } from "../fakes/clock.ts";
import { type EcsReleasesWire, ecsReleasesWire } from "../fakes/ecs-releases-wire.ts";
import { releaseOf } from "../fakes/release.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";

const network = { subnets: ["subnet-1"], securityGroups: ["sg-1"], publicIp: false };
const slots = { blue: "orders-blue", green: "orders-green" };
const two = { service: "orders", ecs: { cluster: "data", slots, network } };
const one = { service: "orders", ecs: { cluster: "data", slots: { only: "orders" } } };
const good = (version: string, more: Partial<Release> = {}) =>
  releaseOf(version, {
    image: `shop/orders:${version}`,
    ports: [{ container: 8080, host: 0, protocol: "tcp" }],
    ...more,
  });

describe("versions on ECS, beyond the contract", () => {
  const clock = manualClock();
  let wire: EcsReleasesWire;
  let clients: AwsClients;
  const releases = (more: Partial<EcsReleasesOptions> = {}) =>
    ecsReleases({ client: clients.ecs, now: clock.now, ...more });
  const ensure = (target: typeof two | typeof one, release: Release, count: number, key = `k:${release.version}`) =>
    releases().ensure(target, { release, count, key });
  const counts = async (target: typeof two | typeof one) =>
    Object.fromEntries(
      ((await releases().describe(target))?.versions ?? []).map(({ version, desired, ready }) => [
        version,
        [desired, ready],
      ]),
    );
  const stable = async (target: typeof two | typeof one) => (await releases().describe(target))?.stable;
  const minutes = async (many: number, target: typeof two | typeof one) => {
    for (let tick = 0; tick < many * 4; tick++) {
      clock.advance(15_000);
      await releases().describe(target);
    }
  };
  beforeEach(async () => {
    wire = await ecsReleasesWire({ now: clock.now });
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  describe("two slots", () => {
    beforeEach(() => wire.add("orders-blue", "shop/orders:1", 2));

    test("a service that was made by another tool is known by its definition, and its sizes and ports to go on from", async () => {
      const status = await releases().describe(two);
      expect(status?.stable).toBe("orders-blue.1");
      expect(status?.versions[0]).toMatchObject({
        slot: "blue",
        release: { image: "shop/orders:1", environment: {}, ports: [{ container: 8080 }] },
      });
    });

    test("the free slot's service is made on Fargate, tagged, with a circuit breaker that rolls nothing back", async () => {
      const result = await ensure(two, good("v2", { resources: { memoryMb: 600, cpus: 0.5 } }), 1);
      expect(result).toMatchObject({
        status: "accepted",
        detail: expect.stringMatching(/service orders-green made.*Fargate/),
      });
      const [created] = wire.created();
      expect(created).toMatchObject({
        serviceName: "orders-green",
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"], assignPublicIp: "DISABLED" } },
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
      });
      expect(wire.serviceTags("orders-green")).toMatchObject({ headgate: "managed", "headgate:service": "orders" });
      expect(wire.serviceTags("orders-blue")["headgate:stable"]).toMatch(/^orders-blue\.1@\d+$/);
    });

    test("behind target groups it says which container and port, and gives it time to start", async () => {
      const targetGroups = { green: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/green/1" };
      const behind = { ...two, ecs: { ...two.ecs, targetGroups } };
      const health = { intervalMs: 30_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 45_500 };
      await ensure(behind, good("v2", { health }), 1);
      expect(wire.created()[0]).toMatchObject({
        loadBalancers: [{ targetGroupArn: targetGroups.green, containerName: "main", containerPort: 8080 }],
        healthCheckGracePeriodSeconds: 46,
      });
    });

    test("an answer that was lost makes nothing twice: neither definitions nor services", async () => {
      for (const operation of ["RegisterTaskDefinition", "CreateService"]) {
        wire.inject(operation, { status: 0, drop: true, performed: true });
        await expect(ensure(two, good("v2"), 1)).rejects.toMatchObject({
          code: "releases.unavailable",
          retryable: true,
        });
      }
      expect(await ensure(two, good("v2"), 1)).toMatchObject({ status: "accepted", changed: false });
      expect([wire.definitions().length, wire.created().length]).toEqual([2, 1]);
    });

    test("after its end a slot is used again, by whichever version comes next; its definitions are kept", async () => {
      await ensure(two, good("v2"), 1);
      await minutes(1, two);
      await releases().remove(two, { version: "v2", key: "r" });
      expect(await counts(two)).toEqual({ "orders-blue.1": [2, 2] });
      await ensure(two, good("v3"), 1);
      await minutes(1, two);
      expect(await counts(two)).toEqual({ "orders-blue.1": [2, 2], v3: [1, 1] });
      expect(wire.created()).toHaveLength(1);
    });

    test("a version that failed and comes again begins anew: what went wrong before is not counted against it", async () => {
      const bad = good("v2", { image: "shop/crash:2" });
      await ensure(two, bad, 1);
      await minutes(2, two);
      await releases().remove(two, { version: "v2", key: "r" });
      await ensure(two, bad, 1);
      const again = (await releases().describe(two))?.versions.find(({ version }) => version === "v2");
      expect([again?.failures, wire.definitions().length]).toEqual([0, 2]);
    });

    test("with both slots taken a third version is refused, and told by whom", async () => {
      await ensure(two, good("v2"), 1);
      expect(await ensure(two, good("v3"), 1)).toEqual({
        status: "refused",
        why: "no slot is free: blue has orders-blue.1, green has v2",
      });
    });

    test("the service itself may be scaled to none, and its slot stays its own", async () => {
      await ensure(two, good("v2"), 1);
      await releases().resize(two, { version: "orders-blue.1", count: 0, key: "z" });
      await minutes(1, two);
      expect([await stable(two), await counts(two)]).toEqual(["orders-blue.1", { v2: [1, 1] }]);
      expect(await ensure(two, good("v3"), 1)).toMatchObject({ status: "refused" });
    });

    test("a version that was removed does not come back by being sized", async () => {
      await ensure(two, good("v2"), 1);
      await releases().remove(two, { version: "v2", key: "r" });
      await minutes(1, two);
      expect(await releases().resize(two, { version: "v2", count: 1, key: "z" })).toMatchObject({ status: "refused" });
    });

    test("an adoption that was killed half way counts, and is finished by the next call", async () => {
      await ensure(two, good("v2"), 2);
      await minutes(1, two);
      const before = wire.serviceTags("orders-blue")["headgate:stable"] ?? "";
      clock.advance(1_000);
      await releases().adopt(two, { version: "v2", key: "a" });
      // As it is where only the slot it runs in was told.
      wire.tag("orders-blue", "headgate:stable", before);
      expect(await stable(two)).toBe("v2");
      expect(await releases().adopt(two, { version: "v2", key: "a" })).toMatchObject({ changed: true });
      expect(wire.serviceTags("orders-blue")["headgate:stable"]).toMatch(/^v2@/);
      expect(await releases().adopt(two, { version: "v2", key: "a" })).toMatchObject({ changed: false });
    });

    test("what another hand deploys over the service is the service", async () => {
      await ensure(two, good("v2"), 1);
      wire.add("other", "shop/orders:hotfix", 0);
      wire.deploy("orders-blue", "other:1");
      await minutes(1, two);
      expect(await stable(two)).toBe("other.1");
    });

    test("two slots that say the same of themselves are told apart", async () => {
      const environment = [{ name: "SERVICE_VERSION", value: "7" }];
      const containers = [{ name: "main", image: "x", environment }];
      wire.add("carts-a", "", 1, { containers });
      wire.add("carts-b", "", 1, { containers });
      const carts = { service: "carts", ecs: { cluster: "data", slots: { a: "carts-a", b: "carts-b" } } };
      expect((await releases().describe(carts))?.versions.map(({ version }) => version)).toEqual(["7", "7-b"]);
    });

    test.each([
      ["made by CodeDeploy", { deploymentController: { type: "CODE_DEPLOY" } }, "CodeDeploy"],
      ["a daemon", { schedulingStrategy: "DAEMON" }, "daemon"],
    ])("a slot that is %s refuses, and nothing is registered", async (_, more, why) => {
      wire.add("orders-green", "shop/orders:1", 0, more);
      expect(await ensure(two, good("v2"), 1)).toMatchObject({ status: "refused", why: expect.stringContaining(why) });
      expect(wire.counts()["RegisterTaskDefinition"]).toBeUndefined();
    });

    test("without subnets no service can be made; without a tag none may be changed: refused, with what to do", async () => {
      const { network: _, ...bare } = two.ecs;
      const made = await releases().ensure({ ...two, ecs: bare }, { release: good("v2"), count: 1, key: "k" });
      expect(made).toMatchObject({ status: "refused", why: expect.stringContaining("ecs.subnets") });
      wire.inject("UpdateService", jsonFault("AccessDeniedException"));
      expect(await releases().resize(two, { version: "orders-blue.1", count: 5, key: "z" })).toMatchObject({
        status: "refused",
        why: expect.stringContaining("headgate = managed"),
      });
    });

    test("a look is one question for the services, and four for each that runs; its definition is asked for once", async () => {
      const looking = releases();
      await looking.describe(two);
      wire.resetCounts();
      await looking.describe(two);
      expect(wire.counts()).toEqual({ DescribeServices: 1, ListTasks: 2, DescribeTasks: 1 });
    });

    test("the last lines are read of what is not well, from the task that failed last; unreadable ones are told", async () => {
      const asked: unknown[] = [];
      const told: string[] = [];
      const logged = {
        ...two,
        ecs: { ...two.ecs, logGroup: "/shop/orders", region: "eu-central-1", executionRole: "role" },
      };
      await ensure(logged, good("v2", { image: "shop/crash:2" }), 1);
      await minutes(1, logged);
      const reading = releases({
        logs: async (place) => {
          asked.push(place);
          return [
            ...Array.from({ length: 29 }, (_, line) => `line ${line}\n`),
            "TOKEN=planted-secret",
            "x".repeat(5_000),
          ];
        },
      });
      const bad = (await reading.describe(logged))?.versions.find(({ version }) => version === "v2");
      expect(bad?.logs).toHaveLength(20);
      expect(bad?.logs.at(-1)).toHaveLength(500);
      expect(bad?.logs[0]).toBe("line 11");
      expect(bad?.logs.at(-2)).toBe("TOKEN=[redacted]");
      expect(asked).toEqual([
        {
          group: "/shop/orders",
          stream: expect.stringMatching(/^orders\/main\/\d{32}$/),
          region: "eu-central-1",
          lines: 20,
        },
      ]);
      const failing = releases({ logs: async () => Promise.reject(new Error("no")), warn: (text) => told.push(text) });
      expect((await failing.describe(logged))?.versions.find(({ version }) => version === "v2")?.logs).toEqual([]);
      expect(told).toEqual([expect.stringContaining("orders v2")]);
    });
  });

  describe("one slot, whose tasks ECS replaces itself", () => {
    beforeEach(() => wire.add("orders", "shop/orders:1", 3));

    test("the new version replaces the old one, whose count it keeps, and the old one is the service until another is adopted", async () => {
      expect(await ensure(one, good("v2"), 1)).toMatchObject({
        detail: expect.stringContaining("ECS replaces the tasks itself"),
      });
      expect(await counts(one)).toMatchObject({ "orders.1": [3, 3], v2: [3, 0] });
      expect(await stable(one)).toBe("orders.1");
      await minutes(1, one);
      expect(await counts(one)).toEqual({ v2: [3, 3] });
      expect(await stable(one)).toBe("orders.1");
      expect(await releases().adopt(one, { version: "v2", key: "a" })).toMatchObject({ changed: true });
      expect(await releases().remove(one, { version: "orders.1", key: "r" })).toMatchObject({
        status: "accepted",
        changed: false,
      });
      expect(await stable(one)).toBe("v2");
    });

    test("its count does not fall while ECS replaces tasks, and does when it has", async () => {
      await ensure(one, good("v2"), 3);
      const smaller = { version: "v2", count: 1, key: "z" };
      expect(await releases().resize(one, smaller)).toMatchObject({ status: "accepted", changed: false });
      expect(wire.desired("orders")).toBe(3);
      await minutes(1, one);
      expect(await releases().resize(one, smaller)).toMatchObject({ changed: true });
      expect(wire.desired("orders")).toBe(1);
    });

    test("removed before it is adopted it goes back to the definition before it, whether ECS is done or not", async () => {
      for (const wait of [0, 1]) {
        await ensure(one, good(`v${wait}`), 3);
        await minutes(wait, one);
        expect(await releases().remove(one, { version: `v${wait}`, key: "r" })).toMatchObject({ changed: true });
        await minutes(1, one);
        expect([await counts(one), await stable(one)]).toEqual([{ "orders.1": [3, 3] }, "orders.1"]);
        expect(await releases().remove(one, { version: `v${wait}`, key: "r" })).toMatchObject({ changed: false });
      }
    });

    test("a version that ECS rolled back itself is listed without hope until it is removed", async () => {
      await ensure(one, good("v2"), 3);
      wire.event("orders", "(service orders) rolling back to deployment ecs-svc/1.");
      wire.deploy("orders", "orders:1");
      await minutes(1, one);
      const lost = (await releases().describe(one))?.versions.find(({ version }) => version === "v2");
      expect(lost).toMatchObject({ desired: 0, hopeless: true, trouble: expect.stringContaining("rolling back") });
      expect(await releases().remove(one, { version: "v2", key: "r" })).toMatchObject({
        status: "accepted",
        changed: true,
      });
      expect(await counts(one)).toEqual({ "orders.1": [3, 3] });
    });
  });
});
