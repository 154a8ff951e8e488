import { afterEach, beforeEach, describe, expect } from "vitest";
import type { Fleet, FleetStatus, ServiceRef } from "../../shared/core/ports/fleet.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface FleetHarness {
  readonly fleet: Fleet;
  /** Runs with two instances, all ready, and no deployment under way. */
  readonly service: ServiceRef;
  /** A second one of the same kind, also with two. */
  readonly other: ServiceRef;
  /** Nobody knows it. */
  readonly unknown: ServiceRef;
  /** Lets time pass until every started instance runs and no deployment is under way. */
  readonly settle: () => Promise<void>;
  /** Another hand changes the desired count of `service`. */
  readonly external: (desired: number) => Promise<void>;
  /** A deployment begins to replace instances of `service`; it lasts until `settle`. */
  readonly startDeployment?: () => Promise<void>;
  /** The fleet does not answer any more. */
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Everything the Fleet port promises, over one adapter. Each guarantee has a fresh fleet. */
export function fleetContract(name: string, make: () => Promise<FleetHarness>, skips?: Skips): void {
  describe(`Fleet: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: FleetHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness?.close());

    const look = async (): Promise<FleetStatus> => {
      const status = (await harness.fleet.describe([harness.service])).get(harness.service.name);
      if (!status) throw new Error("the fleet does not know the service");
      return status;
    };
    const set = (desired: number, expected: number, key = `scale:${desired}`) =>
      harness.fleet.setDesired(harness.service, { desired, expected, key });

    guarantee("a settled service has desired = running = ready and nothing pending", async () => {
      expect(await look()).toMatchObject({ desired: 2, pending: 0, running: 2, ready: 2, deploying: false });
    });

    guarantee("several services are described at once, each under its name", async () => {
      const statuses = await harness.fleet.describe([harness.other, harness.service]);
      expect([...statuses.keys()].sort()).toEqual([harness.other.name, harness.service.name].sort());
      expect(statuses.get(harness.other.name)?.desired).toBe(2);
    });

    guarantee("an unknown service is absent, not zero, and hides no other", async () => {
      const statuses = await harness.fleet.describe([harness.unknown, harness.service]);
      expect([...statuses.keys()]).toEqual([harness.service.name]);
    });

    guarantee("describing nothing answers nothing", async () => {
      expect((await harness.fleet.describe([])).size).toBe(0);
    });

    guarantee("scaling out is seen in desired at once and in ready when instances have started", async () => {
      expect(await set(4, 2)).toEqual({ status: "accepted", changed: true, desired: 4 });
      const right = await look();
      expect(right.desired).toBe(4);
      expect(right.ready).toBeLessThanOrEqual(4);
      expect(right.pending + right.running).toBeLessThanOrEqual(4);
      await harness.settle();
      expect(await look()).toMatchObject({ desired: 4, pending: 0, running: 4, ready: 4 });
    });

    guarantee("an instance that has just been asked for is not ready", async () => {
      await set(3, 2);
      expect((await look()).ready).toBe(2);
      await harness.settle();
      expect((await look()).ready).toBe(3);
    });

    guarantee("scaling in ends with fewer", async () => {
      expect(await set(1, 2)).toEqual({ status: "accepted", changed: true, desired: 1 });
      await harness.settle();
      expect(await look()).toMatchObject({ desired: 1, running: 1, ready: 1 });
    });

    guarantee("scaling to zero is possible and back out of it too", async () => {
      expect(await set(0, 2)).toMatchObject({ status: "accepted" });
      await harness.settle();
      expect(await look()).toMatchObject({ desired: 0, pending: 0, running: 0, ready: 0 });
      expect(await set(1, 0)).toMatchObject({ status: "accepted", changed: true });
      await harness.settle();
      expect((await look()).ready).toBe(1);
    });

    guarantee("one service's count leaves the other's alone", async () => {
      await set(3, 2);
      await harness.settle();
      const statuses = await harness.fleet.describe([harness.other]);
      expect(statuses.get(harness.other.name)).toMatchObject({ desired: 2, ready: 2 });
    });

    guarantee("the same request again is accepted and changes nothing", async () => {
      await set(3, 2, "scale:once");
      expect(await set(3, 2, "scale:once")).toEqual({ status: "accepted", changed: false, desired: 3 });
      await harness.settle();
      expect(await set(3, 2, "scale:once")).toEqual({ status: "accepted", changed: false, desired: 3 });
      expect((await look()).desired).toBe(3);
    });

    guarantee("a count that another hand changed is left alone and told", async () => {
      await harness.external(5);
      expect(await set(3, 2)).toEqual({ status: "superseded", actual: 5 });
      expect((await look()).desired).toBe(5);
    });

    guarantee("a repeat after another hand changed the count does not undo that hand", async () => {
      await set(3, 2, "scale:once");
      await harness.external(6);
      expect(await set(3, 2, "scale:once")).toEqual({ status: "superseded", actual: 6 });
      expect((await look()).desired).toBe(6);
    });

    guarantee("another hand that already set the wanted count is as good as our own", async () => {
      await harness.external(4);
      expect(await set(4, 2)).toEqual({ status: "accepted", changed: false, desired: 4 });
    });

    guarantee("a count that is no whole number from 0 is refused and changes nothing", async () => {
      for (const bad of [-1, 2.5, Number.NaN, Number.POSITIVE_INFINITY])
        expect(await set(bad, 2)).toMatchObject({ status: "refused", why: expect.stringContaining(String(bad)) });
      expect((await look()).desired).toBe(2);
    });

    guarantee("an unknown service is refused with a sentence, not an error", async () => {
      const result = await harness.fleet.setDesired(harness.unknown, { desired: 3, expected: 2, key: "k" });
      expect(result).toMatchObject({ status: "refused", why: expect.stringMatching(/\w+ \w+/) });
    });

    guarantee("a deployment is seen, refuses scaling in and lets scaling out through", async () => {
      if (!harness.startDeployment)
        throw new Error("no way to start a deployment: skip this guarantee with the reason");
      await harness.startDeployment();
      expect((await look()).deploying).toBe(true);
      expect(await set(1, 2)).toMatchObject({ status: "refused", why: expect.stringContaining("deployment") });
      expect((await look()).desired).toBe(2);
      expect(await set(3, 2)).toMatchObject({ status: "accepted", changed: true });
      await harness.settle();
      expect(await look()).toMatchObject({ deploying: false, desired: 3 });
      expect(await set(2, 3)).toMatchObject({ status: "accepted", changed: true });
    });

    guarantee("counts add up: ready is never more than running, and listed instances match", async () => {
      await set(4, 2);
      await harness.settle();
      const status = await look();
      expect(status.ready).toBeLessThanOrEqual(status.running);
      if (status.instances.length > 0) {
        expect(status.instances.filter((one) => one.ready)).toHaveLength(status.ready);
        expect(new Set(status.instances.map((one) => one.id)).size).toBe(status.instances.length);
      }
      expect(Number.isFinite(status.at)).toBe(true);
    });

    guarantee("a fleet that does not answer is an error that may be tried again, never an empty answer", async () => {
      await harness.breakDown();
      const unavailable = { code: "fleet.unavailable", retryable: true };
      await expect(harness.fleet.describe([harness.service])).rejects.toMatchObject(unavailable);
      await expect(set(3, 2)).rejects.toMatchObject(unavailable);
    });
    done();
  });
}
