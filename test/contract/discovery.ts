import { afterEach, beforeEach, describe, expect } from "vitest";
import type { Discovery, DiscoverySource } from "../../shared/core/ports/discovery.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface DiscoveryHarness {
  readonly discovery: Discovery;
  /** Lists three that are well. */
  readonly source: DiscoverySource;
  readonly unknown: DiscoverySource;
  /** So many are listed from now on, the first ones staying. */
  readonly resize: (count: number) => Promise<void>;
  /** So many of them are ill, the first ones. */
  readonly sicken: (count: number) => Promise<void>;
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Everything the Discovery port promises, over one adapter. */
export function discoveryContract(name: string, make: () => Promise<DiscoveryHarness>, skips?: Skips): void {
  describe(`Discovery: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: DiscoveryHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness?.close());
    const look = async () => harness.discovery.discover(harness.source);
    const ids = async () => (await look()).backends.map(({ id }) => id).sort();

    guarantee("every instance is listed once, with an address and a port of its own", async () => {
      const { backends, panic, left } = await look();
      expect(new Set(backends.map(({ id, host }) => `${id}@${host}`)).size).toBe(3);
      for (const { host, port } of backends) {
        expect(host).not.toBe("");
        expect(port).toBe(8080);
      }
      expect({ panic, left }).toEqual({ panic: false, left: [] });
    });

    guarantee("the same instance has the same id at every look, and what comes and goes does so", async () => {
      const before = await ids();
      expect(await ids()).toEqual(before);
      await harness.resize(5);
      expect(await ids()).toEqual(expect.arrayContaining(before));
      await harness.resize(1);
      expect(before).toEqual(expect.arrayContaining(await ids()));
      expect(await ids()).toHaveLength(1);
    });

    guarantee("an ill one is left out while others are well", async () => {
      const before = await ids();
      await harness.sicken(1);
      const { backends, panic } = await look();
      expect(backends).toHaveLength(2);
      expect(before).toEqual(expect.arrayContaining(backends.map(({ id }) => id)));
      expect(panic).toBe(false);
    });

    guarantee("when all are ill all are listed, and that it is so is said", async () => {
      await harness.sicken(3);
      const { backends, panic } = await look();
      expect([backends.length, panic]).toEqual([3, true]);
    });

    guarantee("a service that has none answers an empty list", async () => {
      await harness.resize(0);
      expect(await look()).toEqual({ backends: [], panic: false, left: [] });
    });

    guarantee("a service that nobody knows is an error, not an empty list", async () => {
      await expect(harness.discovery.discover(harness.unknown)).rejects.toMatchObject({
        code: "discovery.unavailable",
        retryable: false,
      });
    });

    guarantee("a source that does not answer is an error that may pass", async () => {
      await harness.breakDown();
      await expect(look()).rejects.toMatchObject({ code: "discovery.unavailable", retryable: true });
    });

    guarantee("a source that names nothing is an error", async () => {
      await expect(harness.discovery.discover({ service: "orders" })).rejects.toMatchObject({
        code: "discovery.unavailable",
        retryable: false,
      });
    });
    done();
  });
}
