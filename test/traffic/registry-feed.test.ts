import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { drain, register } from "../../functions/traffic/registry.ts";
import { settingsOf } from "../../functions/traffic/service-traffic.ts";
import { askForVersions, verifyVersions } from "../../functions/traffic/versions.ts";
import { trafficChecker } from "../../local/traffic/checker.ts";
import { registryFeed } from "../../local/traffic/registry-feed.ts";
import type { GatewayLook, TrafficLooks } from "../../shared/shell/gateway-look.ts";
import { CONFIG, registryWorld, TENANT } from "./registry-kit.ts";

const API = { source: "api" } as const;
const backend = (id: string) => ({ id, host: "10.0.0.1", port: 80 });

async function feedWorld(config = CONFIG) {
  const changes: string[] = [];
  const errors: unknown[] = [];
  let looks: TrafficLooks | undefined;
  const w = await registryWorld(config);
  const runtime = {
    ...w.runtime,
    traffic: Object.assign((service: string) => looks?.(service), { changed: () => feed.changed("") }),
  };
  const feed = registryFeed({
    runtime,
    services: () => ["orders", "fixed", "nobody"],
    onChange: (service) => void changes.push(service),
    onError: (error) => void errors.push(error),
    everyMs: 60_000,
  });
  await feed.refresh();
  return { ...w, runtime, feed, changes, errors, see: (next: TrafficLooks) => (looks = next) };
}

describe("what a gateway knows of the registry", () => {
  it("is the very same list until a backend changes, and a renewal is no change", async () => {
    const w = await feedWorld();
    expect(w.changes.sort()).toEqual(["fixed", "orders"]);
    expect(w.feed.backends("nobody")).toEqual([]);
    const fixed = w.feed.backends("fixed");
    expect(fixed.map(({ id }) => id)).toEqual(["10.0.0.1:8080", "second"]);
    w.changes.length = 0;
    await register(w.runtime, TENANT, "orders", [backend("a")], API);
    await w.feed.refresh();
    expect(w.changes).toEqual(["orders"]);
    const list = w.feed.backends("orders");
    w.clock.advance(30_000);
    await register(w.runtime, TENANT, "orders", [backend("a")], API);
    await w.feed.refresh();
    expect(w.changes).toEqual(["orders"]);
    expect(w.feed.backends("orders")).toBe(list);
    expect(w.feed.backends("fixed")).toBe(fixed);
    w.clock.advance(90_000);
    await w.feed.refresh();
    expect(w.feed.backends("orders")).toEqual([]);
    await w.feed.stop();
    expect(w.errors).toEqual([]);
  });

  it("is read again at once where something was written in this process", async () => {
    const w = await feedWorld();
    await register(w.runtime, TENANT, "orders", [backend("a")], API);
    await w.feed.refresh();
    await drain(w.runtime, TENANT, "orders", ["a"]);
    await expect.poll(() => w.feed.backends("orders")[0]?.drainingSince).toBe(w.clock.now());
    await askForVersions(w.runtime, TENANT, await settingsOf(w.runtime, TENANT, "fixed"), {
      shares: { v1: 95, v2: 5 },
      by: "ada",
      why: "canary",
    });
    await expect.poll(() => w.feed.traffic("fixed")?.versions).toEqual({ v1: 95, v2: 5 });
    await w.feed.stop();
  });
});

describe("shares that were asked for", () => {
  it("are verified by what a gateway here has served", async () => {
    const w = await feedWorld();
    const settings = await settingsOf(w.runtime, TENANT, "fixed");
    await askForVersions(w.runtime, TENANT, settings, { shares: { v1: 95, v2: 5 }, by: "ada", why: "canary" });
    const versions = { v1: { weight: 95, recent: 951 }, v2: { weight: 5, recent: 49 } };
    const look = { windowMs: 60_000, versions } as Partial<GatewayLook> as GatewayLook;
    w.see(() => look);
    expect((await verifyVersions(w.runtime, TENANT, settings))?.reason).toBe("held_no_requests");
    w.clock.advance(60_000);
    expect((await verifyVersions(w.runtime, TENANT, settings))?.reason).toBe("versions_verified");
    expect((await verifyVersions(w.runtime, TENANT, settings))?.status).toBe("unchanged");
    await w.feed.stop();
  });
});

describe("the checker on a laptop", () => {
  it("looks at backends on the policies' clock and tells of a verdict", async () => {
    const server = createServer((_, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const w = await registryWorld(
      `version: 1\ntraffic: { shop: { health: { every: 2s, jitter: 0 }, backends: [{ id: a, host: 127.0.0.1, port: ${port} }] } }\n`,
    );
    const told = Promise.withResolvers<string>();
    // Time passes as fast as looks are made.
    const at = (instant: number, fn: () => void) => {
      const timer = setImmediate(() => {
        w.clock.set(Math.max(instant, w.clock.now()));
        fn();
      });
      return () => clearImmediate(timer);
    };
    const began = w.clock.now();
    const checker = trafficChecker({
      runtime: w.runtime,
      clock: { now: w.clock.now, at, speed: 1 },
      onVerdict: told.resolve,
      onError: told.reject,
    });
    expect(await told.promise).toBe("shop");
    await checker.stop();
    expect(w.clock.now() - began).toBeLessThanOrEqual(11_000);
    server.closeAllConnections();
    server.close();
  });
});
