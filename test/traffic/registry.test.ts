import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostsOf } from "../../functions/traffic/hosts.ts";
import {
  deregister,
  drain,
  knownBackends,
  listBackends,
  register,
  sweepLeases,
} from "../../functions/traffic/registry.ts";
import { settingsOf } from "../../functions/traffic/service-traffic.ts";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Dynalite, startDynalite } from "../contract/dynalite.ts";
import { failure, many, registryWorld, TENANT } from "./registry-kit.ts";

const API = { source: "api" } as const;
const ids = async (runtime: Runtime, service: string) =>
  (await listBackends(runtime, TENANT, service)).map(({ id }) => id);
const version = async (runtime: Runtime, service: string) =>
  (await knownBackends(runtime, TENANT, await settingsOf(runtime, TENANT, service))).version;

describe("registering", () => {
  it("refuses names and hosts that no store and no resolver can take, and nothing of the call is written", async () => {
    const { runtime } = await registryWorld();
    const sound = { host: "10.0.0.7", port: 8080 };
    for (const wrong of [
      { ...sound, id: "\ud800" },
      { ...sound, id: "a\u0000b" },
      { host: "a\u0000b", port: 8080 },
      { host: "a\ud800b", port: 8080, id: "fine" },
    ]) {
      const error = await failure(register(runtime, TENANT, "orders", [sound, wrong], API));
      expect(error.code).toBe("input.invalid");
    }
    const error = await failure(register(runtime, TENANT, "orders", [sound, { ...sound, id: "\ud800" }], API));
    expect(error.faults).toEqual([
      {
        path: "backends.1.id",
        message: "1..200 characters without blanks and control characters",
        value: expect.stringContaining("ud800"),
      },
    ]);
    expect(await ids(runtime, "orders")).toEqual([]);
  });

  it("fills in what was left out, and names the backend by its address", async () => {
    const { runtime, clock } = await registryWorld();
    const done = await register(runtime, TENANT, "orders", [{ host: "10.0.0.7", port: 8080 }], API);
    expect(done).toEqual({
      registered: 1,
      renewed: 0,
      backends: [
        {
          id: "10.0.0.7:8080",
          host: "10.0.0.7",
          port: 8080,
          weight: 1,
          maxConnections: 100,
          capacity: 1000,
          tags: [],
          priority: 0,
          metadata: {},
          source: "api",
          registeredAt: clock.now(),
          leaseUntil: clock.now() + 90_000,
        },
      ],
    });
    expect(await listBackends(runtime, TENANT, "orders")).toEqual(done.backends);
    const six = await register(runtime, TENANT, "orders", [{ host: "fd00::1", port: 80 }], API);
    expect(six.backends[0]?.id).toBe("[fd00::1]:80");
  });

  it.each([
    ["a weight of 0", { weight: 0 }, "backends.0.weight"],
    ["a negative weight", { weight: -1 }, "backends.0.weight"],
    ["a weight that is no number", { weight: Number.NaN }, "backends.0.weight"],
    ["an endless weight", { weight: Number.POSITIVE_INFINITY }, "backends.0.weight"],
    ["a capacity that is no number", { capacity: Number.NaN }, "backends.0.capacity"],
    ["a port out of range", { port: 70_000 }, "backends.0.port"],
    ["a host with a path", { host: "a/b" }, "backends.0.host"],
    ["an unknown member", { wieght: 2 }, "backends.0.wieght"],
  ])("refuses %s, says where, and writes nothing", async (_, wrong, path) => {
    const { runtime, writes } = await registryWorld();
    const failed = await failure(
      register(
        runtime,
        TENANT,
        "orders",
        [
          { host: "a", port: 80, ...wrong },
          { host: "b", port: 80 },
        ],
        API,
      ),
    );
    expect(failed).toMatchObject({
      code: "input.invalid",
      faults: expect.arrayContaining([expect.objectContaining({ path })]),
    });
    expect(writes).toEqual([]);
  });

  it("refuses an id that is there with another address or by another source, before anything is written", async () => {
    const { runtime, writes } = await registryWorld();
    await register(runtime, TENANT, "orders", [{ id: "a", host: "h1", port: 80 }], API);
    writes.length = 0;
    const moved = [...many(5), { id: "a", host: "h2", port: 80 }];
    expect(await failure(register(runtime, TENANT, "orders", moved, API))).toMatchObject({
      code: "backend.conflict",
      message: "backend a: it is registered with the address h1:80",
    });
    const other = register(runtime, TENANT, "orders", [{ id: "a", host: "h1", port: 80 }], { source: "deploy" });
    expect(await failure(other)).toMatchObject({
      code: "backend.conflict",
      message: "backend a: it is registered by api",
    });
    const twice = [
      { id: "b", host: "h1", port: 80 },
      { id: "b", host: "h1", port: 81 },
    ];
    expect(await failure(register(runtime, TENANT, "orders", twice, API))).toMatchObject({
      code: "backend.conflict",
      faults: [{ path: "backends.1" }],
    });
    expect(writes).toEqual([]);
    expect(await failure(register(runtime, TENANT, "nobody", many(1), API))).toMatchObject({ code: "service.unknown" });
  });

  it("renews by registering again: it keeps since when it is there, and takes what has changed", async () => {
    const { runtime, clock } = await registryWorld();
    const first = clock.now();
    await register(runtime, TENANT, "orders", [{ id: "a", host: "h", port: 80 }], API);
    clock.advance(60_000);
    const again = await register(runtime, TENANT, "orders", [{ id: "a", host: "h", port: 80, weight: 3 }], API);
    expect(again).toMatchObject({
      registered: 0,
      renewed: 1,
      backends: [{ registeredAt: first, weight: 3, leaseUntil: first + 150_000 }],
    });
  });

  it("leaves no trace of a lease that has ended, and lets another take the id", async () => {
    const { runtime, clock } = await registryWorld();
    await register(runtime, TENANT, "orders", [{ id: "a", host: "h1", port: 80 }], API);
    await register(runtime, TENANT, "orders", [{ id: "stays", host: "h9", port: 80 }], { ...API, leaseMs: null });
    clock.advance(89_999);
    expect(await ids(runtime, "orders")).toEqual(["a", "stays"]);
    clock.advance(1);
    expect(await ids(runtime, "orders")).toEqual(["stays"]);
    const other = await register(runtime, TENANT, "orders", [{ id: "a", host: "h2", port: 80 }], { source: "deploy" });
    expect(other).toMatchObject({
      registered: 1,
      backends: [{ host: "h2", source: "deploy", registeredAt: clock.now() }],
    });
  });

  it("sweeps leases that have ended, and nothing where none has", async () => {
    const { runtime, clock, writes } = await registryWorld();
    const [short, long] = ["a", "b"].map((id) => ({ id, host: id, port: 80 }));
    await register(runtime, TENANT, "orders", [short], { ...API, leaseMs: 1_000 });
    await register(runtime, TENANT, "orders", [long], { ...API, leaseMs: null });
    writes.length = 0;
    expect(await sweepLeases(runtime, TENANT, "orders")).toEqual([]);
    expect(writes).toEqual([]);
    clock.advance(1_000);
    await sweepLeases(runtime, TENANT, "orders");
    const left = (await runtime.store.list(TENANT, "traffic-backends")).items;
    expect(left.map(({ key }) => key.subject)).toEqual([`orders/${shardOf("b", 64)}`]);
  });

  it("takes 10,000 backends in one write per item, and lists them in order of their ids' bytes", async () => {
    const { runtime, writes } = await registryWorld();
    const done = await register(runtime, TENANT, "orders", many(10_000), API);
    expect(done.registered).toBe(10_000);
    expect(writes.length).toBe(64);
    const listed = await ids(runtime, "orders");
    expect(listed.length).toBe(10_000);
    expect(listed).toEqual([...listed].sort());
    const items = (await runtime.store.list(TENANT, "traffic-backends", { limit: 100 })).items;
    expect(Math.max(...items.map(({ state }) => JSON.stringify(state).length))).toBeLessThan(100_000);
  });
});

describe("backends of the configuration", () => {
  it("are listed without being written, and cannot be registered or taken out elsewhere", async () => {
    const { runtime, writes } = await registryWorld();
    expect(await listBackends(runtime, TENANT, "fixed")).toMatchObject([
      { id: "10.0.0.1:8080", source: "config", version: "v1" },
      { id: "second", source: "config", zone: "a" },
    ]);
    const again = register(runtime, TENANT, "fixed", [{ id: "second", host: "10.0.0.2", port: 8080 }], API);
    expect(await failure(again)).toMatchObject({ code: "backend.conflict" });
    expect(await failure(deregister(runtime, TENANT, "fixed", ["second"]))).toMatchObject({ code: "backend.conflict" });
    expect(writes).toEqual([]);
  });

  it("can be drained, and are as in the file again when that is taken back", async () => {
    const { runtime, clock } = await registryWorld();
    await drain(runtime, TENANT, "fixed", ["second"]);
    expect((await hostsOf(runtime, TENANT, "fixed")).map(({ draining }) => draining)).toEqual([false, true]);
    clock.advance(1);
    await drain(runtime, TENANT, "fixed", ["second"], true);
    expect((await hostsOf(runtime, TENANT, "fixed")).map(({ draining }) => draining)).toEqual([false, false]);
    expect((await runtime.store.list(TENANT, "traffic-backends")).items).toEqual([]);
  });
});

describe("draining and taking out", () => {
  it("keeps draining through renewals, from the first time on", async () => {
    const { runtime, clock } = await registryWorld();
    const [a] = [{ id: "a", host: "h", port: 80 }];
    await register(runtime, TENANT, "orders", [a], API);
    const since = clock.advance(10);
    await drain(runtime, TENANT, "orders", ["a"]);
    clock.advance(10);
    await register(runtime, TENANT, "orders", [a], API);
    expect(await drain(runtime, TENANT, "orders", ["a", "b"])).toEqual({ changed: ["a"], unknown: ["b"] });
    expect(await listBackends(runtime, TENANT, "orders")).toMatchObject([{ drainingSince: since }]);
    await deregister(runtime, TENANT, "orders", ["a"]);
    expect(await ids(runtime, "orders")).toEqual([]);
    expect(await failure(deregister(runtime, TENANT, "orders", ["a"]))).toMatchObject({ code: "backend.unknown" });
    expect((await runtime.store.list(TENANT, "traffic-backends")).items).toEqual([]);
  });
});

describe("the version of what is known", () => {
  it("changes with a backend, with draining and with a lease that ends, and not with a renewal", async () => {
    const { runtime, clock } = await registryWorld();
    const seen = [await version(runtime, "orders")];
    const see = async () => void seen.push(await version(runtime, "orders"));
    await register(runtime, TENANT, "orders", [{ id: "a", host: "h", port: 80 }], API);
    await see();
    await register(runtime, TENANT, "orders", [{ id: "a", host: "h", port: 80, weight: 2 }], API);
    await see();
    await drain(runtime, TENANT, "orders", ["a"]);
    await see();
    clock.advance(1_000);
    await register(runtime, TENANT, "orders", [{ id: "a", host: "h", port: 80, weight: 2 }], API);
    expect(await version(runtime, "orders")).toBe(seen.at(-1));
    clock.advance(90_000);
    await see();
    expect(new Set(seen).size).toBe(4);
    expect(seen[4]).toBe(seen[0]);
  });
});

describe.each(["memory", "dynalite"] as const)("fifty registrations at once on %s", (kind) => {
  let dynalite: Dynalite | undefined;
  beforeAll(async () => {
    if (kind === "dynalite") dynalite = await startDynalite();
  });
  afterAll(() => dynalite?.close());

  const worldOn = async () => {
    const table = await dynalite?.table();
    return registryWorld(undefined, ({ now }) =>
      dynalite && table ? { store: dynamodbStore({ client: dynalite.client, table, now }) } : {},
    );
  };
  /** Ids that lie in one item. */
  const together = many(5_000)
    .filter(({ host, port }) => shardOf(`${host}:${port}`, 64) === 3)
    .slice(0, 50);

  it("of one process: none is lost, and they are few writes", async () => {
    const { runtime, writes } = await worldOn();
    expect(together.length).toBe(50);
    await Promise.all(together.map((one) => register(runtime, TENANT, "orders", [one], API)));
    expect((await ids(runtime, "orders")).length).toBe(50);
    expect(writes.length).toBeLessThan(10);
  });

  it("of as many processes: none is lost", async () => {
    const { runtime } = await worldOn();
    // In one item they wait for each other longer than a test may; on DynamoDB's wire ten do, the others lie where they fall.
    const asked = kind === "memory" ? together : [...together.slice(0, 10), ...many(40, 6_000)];
    // What a process keeps beside its store it keeps by the store: another object is another process.
    await Promise.all(
      asked.map((one) => register({ ...runtime, store: { ...runtime.store } }, TENANT, "orders", [one], API)),
    );
    expect((await ids(runtime, "orders")).length).toBe(50);
  });
});
