import { describe, expect, test } from "vitest";
import { discoverService } from "../../functions/traffic/discover.ts";
import { readMemory } from "../../functions/traffic/discovery-memory.ts";
import { drain, register } from "../../functions/traffic/registry.ts";
import { isDue, syncTraffic } from "../../functions/traffic/sync.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Discovered, DiscoverySource } from "../../shared/core/ports/discovery.ts";
import { readBackends } from "../../shared/shell/traffic-registry.ts";
import { registryWorld, TENANT } from "./registry-kit.ts";

const CONFIG = `version: 1
services: { orders: { ecs: { cluster: data, service: orders } }, quiet: { ecs: { cluster: data, service: quiet } } }
traffic:
  orders: { discover: { cloudMap: { namespace: shop, service: orders } } }
  carts: { discover: { cloudMap: { namespace: shop, service: carts }, every: 5m } }
  quiet: { balance: maglev }
`;
const SOURCE = { service: "orders", cloudMap: { namespace: "shop", service: "orders" }, as: "cloudmap" } as const;
const found = (id: string, more: Partial<Discovered> = {}): Discovered => ({
  id,
  host: `10.0.0.${id.slice(1)}`,
  port: 8080,
  ...more,
});

async function world() {
  const answers = { backends: [found("i1"), found("i2")] as Discovered[], panic: false, left: [] as string[] };
  const state = { asked: [] as DiscoverySource[], down: false };
  const kit = await registryWorld(CONFIG, () => ({
    discovery: {
      discover: async (source) => {
        state.asked.push(source);
        if (state.down) throw new HeadgateError("discovery.unavailable", "Cloud Map is away", { retryable: true });
        return { ...answers };
      },
    },
  }));
  const look = async () => {
    kit.clock.advance(MINUTE_MS);
    return discoverService(kit.runtime, TENANT, SOURCE);
  };
  const known = async () => readBackends(kit.runtime.store, TENANT, "orders", kit.runtime.now());
  const ids = async () => (await known()).map(({ id }) => id);
  return { ...kit, answers, state, look, known, ids };
}

describe("backends that are discovered", () => {
  test("are registered with what the source tells and the platform's defaults, without a lease", async () => {
    const { look, known, answers } = await world();
    answers.backends = [found("i1", { weight: 3, zone: "a", tags: ["eu"], version: "v2" })];
    expect(await look()).toMatchObject({ reason: "changed", came: ["i1"], went: [] });
    expect(await known()).toMatchObject([
      {
        id: "i1",
        host: "10.0.0.1",
        weight: 3,
        maxConnections: 100,
        capacity: 1000,
        zone: "a",
        version: "v2",
        source: "cloudmap",
      },
    ]);
    expect((await known())[0]).not.toHaveProperty("leaseUntil");
  });

  test("cost one question and no write while nothing changes", async () => {
    const { look, writes, state } = await world();
    await look();
    writes.length = 0;
    state.asked.length = 0;
    for (let minute = 0; minute < 5; minute++) expect((await look()).reason).toBe("in_step");
    expect([state.asked.length, writes]).toEqual([5, []]);
  });

  test("come, change and go with the list", async () => {
    const { look, known, answers } = await world();
    await look();
    answers.backends = [found("i2", { weight: 5 }), found("i3")];
    expect(await look()).toMatchObject({ reason: "changed", came: ["i2", "i3"], went: ["i1"] });
    expect((await known()).map(({ id, weight }) => [id, weight])).toEqual([
      ["i2", 5],
      ["i3", 1],
    ]);
  });

  test("static stability: a source that is down takes nothing away, however long, and that is said once", async () => {
    const { look, ids, runtime, state, writes, clock } = await world();
    await look();
    state.down = true;
    const held = await look();
    expect(held).toMatchObject({
      reason: "held_unavailable",
      notes: ["Cloud Map is away; the 2 backends that are known stay"],
    });
    const since = runtime.now();
    clock.advance(24 * 60 * MINUTE_MS);
    writes.length = 0;
    await look();
    expect([await ids(), writes]).toEqual([["i1", "i2"], []]);
    expect((await readMemory(runtime, TENANT, "orders")).state).toEqual({
      failing: { since, why: "Cloud Map is away" },
    });
    state.down = false;
    await look();
    expect((await readMemory(runtime, TENANT, "orders")).state).toEqual({});
  });

  test("a list that is empty all at once counts the second time", async () => {
    const { look, ids, answers } = await world();
    await look();
    answers.backends = [];
    expect((await look()).reason).toBe("held_empty");
    expect(await ids()).toEqual(["i1", "i2"]);
    expect(await look()).toMatchObject({ reason: "changed", went: ["i1", "i2"] });
    expect(await ids()).toEqual([]);
    answers.backends = [found("i1")];
    expect((await look()).reason).toBe("changed");
    answers.backends = [];
    expect((await look()).reason).toBe("held_empty");
  });

  test("an instance with another address is another backend under the same id", async () => {
    const { look, known, answers } = await world();
    await look();
    answers.backends = [found("i1", { host: "10.0.9.9" }), found("i2")];
    expect((await look()).reason).toBe("changed");
    expect((await known()).map(({ host }) => host)).toEqual(["10.0.9.9", "10.0.0.2"]);
  });

  test("one that somebody else registered stays theirs, one that is no backend is named; neither hides another", async () => {
    const { look, known, runtime, answers } = await world();
    await register(runtime, TENANT, "orders", [{ id: "i1", host: "10.7.7.7", port: 80 }], {
      source: "api",
      leaseMs: null,
    });
    answers.backends = [found("i1"), found("i2", { weight: -1 }), found("i3")];
    const result = await look();
    expect(result).toMatchObject({ reason: "changed", came: ["i3"] });
    expect(result.notes).toEqual([
      expect.stringContaining("i1: it is registered by api"),
      expect.stringContaining("i2: "),
    ]);
    expect((await known()).map(({ id, source }) => [id, source])).toEqual([
      ["i1", "api"],
      ["i3", "cloudmap"],
    ]);
  });

  test("one that is on its way out stays so while it is listed", async () => {
    const { look, known, runtime, answers } = await world();
    await look();
    await drain(runtime, TENANT, "orders", ["i1"]);
    expect((await look()).reason).toBe("in_step");
    answers.backends = [found("i1", { weight: 2 }), found("i2")];
    await look();
    expect((await known())[0]).toMatchObject({ id: "i1", weight: 2, drainingSince: expect.any(Number) });
  });

  test("two workers at once end with the list", async () => {
    const { runtime, ids, answers } = await world();
    answers.backends = Array.from({ length: 50 }, (_, index) => found(`i${index + 10}`));
    await Promise.all([discoverService(runtime, TENANT, SOURCE), discoverService(runtime, TENANT, SOURCE)]);
    expect(await ids()).toHaveLength(50);
  });
});

describe("the schedule", () => {
  test("asks for services with a source only, each at its own rate", async () => {
    const { runtime, clock, state } = await world();
    for (let minute = 0; minute < 10; minute++) {
      clock.advance(MINUTE_MS);
      await syncTraffic(runtime, TENANT);
    }
    const asked = (service: string) => state.asked.filter((one) => one.service === service).length;
    expect([asked("orders"), asked("carts"), asked("quiet")]).toEqual([10, 2, 0]);
  });

  test("sources that are asked each five minutes are spread over them", () => {
    const slots = Array.from({ length: 100 }, (_, index) =>
      [0, 1, 2, 3, 4].findIndex((minute) => isDue(5 * MINUTE_MS, `service-${index}`, minute * MINUTE_MS)),
    );
    expect(new Set(slots)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(isDue(1000, "x", 123)).toBe(true);
  });

  test("one service that fails stops no other", async () => {
    const { runtime, clock } = await world();
    clock.advance(MINUTE_MS);
    const broken = {
      ...runtime,
      store: {
        ...runtime.store,
        list: async (...given: Parameters<typeof runtime.store.list>) => {
          if (given[2]?.prefix === "carts/") throw new HeadgateError("store.unavailable", "away", { retryable: true });
          return runtime.store.list(...given);
        },
      },
    };
    const results = [];
    for (let minute = 0; minute < 5; minute++) {
      clock.advance(MINUTE_MS);
      results.push(await syncTraffic(broken, TENANT));
    }
    expect(results.flatMap(({ errors }) => errors.map(({ service }) => service))).toEqual(["carts"]);
    expect(results.flatMap(({ discovered }) => discovered.map(({ service }) => service))).toEqual(
      Array(5).fill("orders"),
    );
  });
});
