import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CheckMessage, type CheckQueue, handleChecks } from "../../functions/traffic/check-queue.ts";
import { finishChecks, tidyChecks } from "../../functions/traffic/check-sweep.ts";
import { checkDue, lastLook } from "../../functions/traffic/checker.ts";
import { hostsOf } from "../../functions/traffic/hosts.ts";
import { deregister, drain, register } from "../../functions/traffic/registry.ts";
import { minute, moreLooks } from "../../functions/traffic/schedule.ts";
import { checkMachine } from "../../shared/core/traffic/checks/machine.ts";
import { type CheckHttp, type HttpChecked, httpCheck } from "../../shared/edge/http-check.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { many, registryWorld, TENANT } from "./registry-kit.ts";

const config = (health = "{ every: 30s, jitter: 0 }") => `version: 1
services: { orders: { ecs: { cluster: data, service: orders } } }
traffic:
  orders: { health: ${health}, lease: 30d }
`;
const API = { source: "api" } as const;
const TRIGGER = { type: "schedule", detail: "checks" } as const;
const GOOD: HttpChecked = { ok: true, status: 200, text: "" };
const DEAD: HttpChecked = { ok: false, why: "nothing listens there" };

/** A checker whose backends answer what a test says, by host. */
async function checkerWorld(given = config(), over?: (runtime: Runtime) => Partial<Runtime>) {
  const w = await registryWorld(given, over);
  const dead = new Set<string>();
  const asked: string[] = [];
  const check: CheckHttp = async ({ host }) => {
    asked.push(host);
    return dead.has(host) ? DEAD : GOOD;
  };
  return {
    ...w,
    dead,
    asked,
    check,
    look: (runtime: Runtime = w.runtime) => checkDue(runtime, TENANT, { check, trigger: TRIGGER }),
    /** Looks every so often for so long. */
    play: async (ms: number, stepMs = 5_000) => {
      for (let at = 0; at < ms; at += stepMs) {
        w.clock.advance(stepMs);
        await checkDue(w.runtime, TENANT, { check, trigger: TRIGGER });
      }
    },
    healthy: async () => (await hostsOf(w.runtime, TENANT, "orders")).map(({ healthy }) => healthy),
    records: async () => (await w.runtime.journal.list({ tenant: TENANT, noun: "traffic", limit: 500 })).items,
  };
}

describe("the one checker", () => {
  it("ejects after three failed checks and returns after two good ones, each a decision that replays", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(2), API);
    await w.play(60_000);
    expect(await w.healthy()).toEqual([true, true]);
    w.dead.add("10.1.0.0");
    const died = w.clock.now();
    await w.play(60_000);
    expect(await w.healthy()).toEqual([true, true]);
    await w.play(35_000);
    expect(await w.healthy()).toEqual([false, true]);
    expect(w.clock.now() - died).toBeLessThanOrEqual(95_000);
    w.dead.clear();
    await w.play(65_000);
    expect(await w.healthy()).toEqual([true, true]);

    const records = await w.records();
    expect(records.map(({ reason, subject, actions }) => [reason, subject, actions[0]?.type])).toEqual([
      ["returned", "check:orders/10.1.0.0:80", "return"],
      ["ejected", "check:orders/10.1.0.0:80", "eject"],
    ]);
    expect(records[1]?.trace[0]?.text).toBe("it failed 3 times in a row: nothing listens there");
    expect(records[1]?.outcomes[0]?.results?.[0]).toMatchObject({ status: "done", detail: "written as unhealthy" });
    for (const record of records)
      expect(await replayWith({ traffic: async () => checkMachine }, record)).toEqual({ same: true });
  });

  it("trap A4.7: a dead backend is passed over within 3 × 30 s + 5 s of its death, whenever in the period that is", async () => {
    for (const offset of [0, 7_000, 14_000, 29_000]) {
      const w = await checkerWorld();
      await register(w.runtime, TENANT, "orders", many(1), API);
      await w.play(60_000 + offset, 1_000);
      w.dead.add("10.1.0.0");
      const died = w.clock.now();
      while ((await w.healthy())[0]) await w.play(1_000, 1_000);
      expect(w.clock.now() - died).toBeLessThanOrEqual(95_000);
    }
  });

  it("checks each backend once a period, however often and by however many it is looked", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(20), API);
    await w.look();
    w.asked.length = 0;
    for (let at = 0; at < 60_000; at += 1_000) {
      w.clock.advance(1_000);
      const others = [1, 2, 3].map(() => ({ ...w.runtime, store: { ...w.runtime.store } }));
      await Promise.all(others.map((other) => w.look(other)));
    }
    expect(w.asked.length).toBe(40);
    expect(new Set(w.asked).size).toBe(20);
  });

  it("writes nothing about a service that is well and quiet, and one row where one begins to fail", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(30), API);
    await w.play(90_000);
    w.writes.length = 0;
    await w.play(120_000);
    expect(w.writes.filter((write) => !write.startsWith("traffic-checker"))).toEqual([]);
    w.dead.add("10.1.0.3");
    await w.play(30_000);
    expect(w.writes.filter((write) => write.startsWith("traffic-checks")).length).toBe(1);
  });

  it("spares backends that are on their way out, and forgets those that are gone", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(3), API);
    await w.play(60_000);
    await drain(w.runtime, TENANT, "orders", ["10.1.0.0:80"]);
    await deregister(w.runtime, TENANT, "orders", ["10.1.0.1:80"]);
    w.asked.length = 0;
    await w.play(30_000);
    expect(w.asked).toEqual(["10.1.0.2"]);
  });

  it("begins anew with a backend that takes the id of one that was let go", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(1), API);
    w.dead.add("10.1.0.0");
    await w.play(120_000);
    expect(await w.healthy()).toEqual([false]);
    await deregister(w.runtime, TENANT, "orders", ["10.1.0.0:80"]);
    w.clock.advance(1_000);
    await register(w.runtime, TENANT, "orders", many(1), API);
    expect(await w.healthy()).toEqual([true]);
    await w.play(120_000);
    expect(await w.healthy()).toEqual([false]);
    expect((await w.records()).map(({ reason }) => reason)).toEqual(["ejected", "ejected"]);
  });

  it("decides a verdict again at the next check where it could not be recorded", async () => {
    let down = false;
    const w = await checkerWorld(undefined, ({ journal }) => ({
      journal: {
        ...journal,
        append: async (record) => {
          if (down) throw new Error("the journal is away");
          await journal.append(record);
        },
      },
    }));
    await register(w.runtime, TENANT, "orders", many(1), API);
    await w.play(60_000);
    w.dead.add("10.1.0.0");
    down = true;
    await w.play(90_000);
    expect(await w.healthy()).toEqual([true]);
    down = false;
    await w.play(60_000);
    expect(await w.healthy()).toEqual([false]);
    expect((await w.records()).map(({ reason }) => reason)).toEqual(["ejected"]);
  });

  it("finishes the verdict of a checker that died before it was written", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(1), API);
    await w.play(60_000);
    w.dead.add("10.1.0.0");
    const mortal = {
      ...w.runtime.store,
      write: (...given: Parameters<typeof w.runtime.store.write>) =>
        given[0].noun === "traffic-checks" && JSON.stringify(given[2].state).includes('"failures":3')
          ? Promise.reject(new Error("killed"))
          : w.runtime.store.write(...given),
    };
    for (let at = 0; at < 90_000; at += 5_000) {
      w.clock.advance(5_000);
      await w.look({ ...w.runtime, store: mortal });
    }
    expect(await w.healthy()).toEqual([true]);
    w.clock.advance(60_000);
    expect(await finishChecks(w.runtime, TENANT)).toBe(1);
    expect(await w.healthy()).toEqual([false]);
    expect(await finishChecks(w.runtime, TENANT)).toBe(0);
  });
});

describe("what is kept of verdicts", () => {
  it("goes a day after the backend has gone, and stays while it is there", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(2), API);
    for (const { host } of many(2)) w.dead.add(host);
    await w.play(150_000);
    await deregister(w.runtime, TENANT, "orders", ["10.1.0.0:80"]);
    expect(await tidyChecks(w.runtime, TENANT)).toBe(0);
    w.clock.advance(86_400_000);
    expect(await tidyChecks(w.runtime, TENANT)).toBe(1);
    const left = (await w.runtime.store.list(TENANT, "traffic")).items;
    expect(left.map(({ key }) => key.subject)).toEqual(["check:orders/10.1.0.1:80"]);
  });
});

describe("many backends", () => {
  /** A queue that keeps what it is sent. */
  const queue = () => {
    const sent: { message: CheckMessage; after: number | undefined }[] = [];
    const port: CheckQueue = {
      send: async (messages, after) => void sent.push(...messages.map((message) => ({ message, after }))),
    };
    return { sent, port };
  };

  it("of more than 500 go to others in parts, and each is checked once", async () => {
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(1_100), API);
    w.clock.advance(60_000);
    const { sent, port } = queue();
    await minute(w.runtime, TENANT, { check: w.check, queue: port });
    expect(w.asked).toEqual([]);
    const parts = sent.filter(({ message }) => message.kind === "part");
    expect(parts.length).toBe(3);
    const records = parts.map(({ message }, index) => ({ messageId: `m${index}`, body: JSON.stringify(message) }));
    expect(await handleChecks(w.runtime, records, { check: w.check, queue: port })).toEqual({ batchItemFailures: [] });
    expect(w.asked.length).toBe(1_100);
    expect(new Set(w.asked).size).toBe(1_100);
  });

  it("are looked at within the minute where they want it, and a message that is none is told", async () => {
    expect([60_000, 30_000, 25_000, 1_000].map((every) => moreLooks([every]))).toEqual([
      [],
      [30],
      [25, 50],
      [10, 20, 30, 40, 50],
    ]);
    const w = await checkerWorld();
    await register(w.runtime, TENANT, "orders", many(2), API);
    const { sent, port } = queue();
    await minute(w.runtime, TENANT, { check: w.check, queue: port });
    expect(sent).toEqual([{ message: { kind: "look", tenant: TENANT }, after: 30 }]);
    w.asked.length = 0;
    w.clock.advance(30_000);
    const body = JSON.stringify(sent[0]?.message);
    const answered = await handleChecks(
      w.runtime,
      [
        { messageId: "good", body },
        { messageId: "bad", body: "{}" },
      ],
      { check: w.check, queue: port },
    );
    expect(answered).toEqual({ batchItemFailures: [{ itemIdentifier: "bad" }] });
    expect(w.asked.length).toBe(2);
    expect(await lastLook(w.runtime, TENANT)).toBe(w.clock.now());
  });
});

describe("a look over HTTP", () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.host);
    const answer: Record<string, () => void> = {
      "/health?deep": () => response.end('{"status":"pass"}'),
      "/moved": () => response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
      "/large": () => response.end("x".repeat(70_000)),
      "/silent": () => {},
    };
    (answer[request.url ?? ""] ?? (() => response.writeHead(503).end()))();
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const at = (path: string, more = {}) =>
    httpCheck({ loopback: true })({ host: "127.0.0.1", port, path, timeoutMs: 10_000, body: true, ...more });

  it("tells status and body, with the host header that is asked for", async () => {
    expect(await at("/health?deep")).toMatchObject({ ok: true, status: 200, text: '{"status":"pass"}' });
    expect(await at("/other", { hostHeader: "shop.example" })).toMatchObject({ ok: true, status: 503 });
    expect(seen.at(-1)).toBe("shop.example");
  });

  it("gives up on silence, on a body that is too large, and where nobody listens", async () => {
    expect(await at("/silent", { timeoutMs: 120 })).toEqual({ ok: false, why: "no answer within 120 ms" });
    expect(await at("/large")).toEqual({ ok: false, why: "its answer is larger than 65536 bytes" });
    expect(await at("/large", { body: false })).toMatchObject({ ok: true, status: 200 });
    expect(await at("/x", { port: 1 })).toEqual({ ok: false, why: "nothing listens there" });
  });

  it("goes nowhere but to the backend: not on a redirect, not by a path, never to metadata, and to this machine only where allowed", async () => {
    expect(await at("/moved", { body: false })).toMatchObject({ ok: true, status: 302 });
    expect(await at("/moved")).toMatchObject({ ok: false });
    expect(await at("//169.254.169.254/latest")).toMatchObject({ ok: true, status: 503 });
    expect(await at("/", { host: "169.254.169.254" })).toEqual({
      ok: false,
      why: "169.254.169.254 is a link-local address, which is never asked",
    });
    const deployed = httpCheck({ loopback: false });
    expect(await deployed({ host: "127.0.0.1", port, path: "/", timeoutMs: 300, body: false })).toMatchObject({
      ok: false,
    });
  });
});
