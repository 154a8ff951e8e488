import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { shapes } from "../../functions/api/schemas.ts";
import { memoryCircuits } from "../../shared/edge/memory-circuits.ts";
import type { BackendLook, GatewayLook } from "../../shared/shell/gateway-look.ts";
import { type Answer, world } from "../api/kit.ts";
import { CONFIG, many } from "./registry-kit.ts";

const BASE = "/api/v1/traffic";

const shaped = (name: keyof typeof shapes, value: unknown): void => {
  const parsed = v.safeParse(shapes[name], value);
  expect(parsed.issues?.map((issue) => `${name} ${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
};
const json = async (response: Response | Promise<Response>): Promise<Answer> => (await response).json();

describe("the list of services", () => {
  it("has each service with its policy and its backends by state, also one that the file says nothing about", async () => {
    const w = await world({ config: CONFIG });
    await w.post(`${BASE}/orders/backends`, { backends: many(3) });
    await w.post(`${BASE}/orders/drain`, { ids: ["10.1.0.1:80"] });
    const view = await json(w.get(BASE));
    shaped("TrafficServices", view);
    expect(view.items).toMatchObject([
      { service: "fixed", configured: true, policy: "maglev", backends: { total: 2, ok: 2 }, panic: false },
      { service: "orders", policy: "least_response_time", backends: { total: 3, ok: 2, draining: 1 } },
    ]);
  });

  it("is read with a few long reads, however many services there are", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`);
    const services = names.map((name) => `  ${name}: { ecs: { cluster: data, service: ${name} } }`).join("\n");
    const w = await world({ config: `version: 1\nservices:\n${services}\n` });
    await w.post(`${BASE}/s1/versions`, { shares: { v2: 1 } });
    for (const name of names.slice(0, 3)) await w.post(`${BASE}/${name}/backends`, { backends: many(4) });
    let reads = 0;
    const [list, load] = [w.store.list, w.store.load];
    Object.assign(w.store, {
      list: (...given: Parameters<typeof list>) => {
        reads += 1;
        return list(...given);
      },
      load: (...given: Parameters<typeof load>) => {
        reads += 1;
        return load(...given);
      },
    });
    const { items } = await json(w.get(BASE));
    expect(reads).toBeLessThan(10);
    const counts = items.map(({ backends }: { backends: { total: number } }) => backends.total);
    expect(counts.filter((count: number) => count === 4).length).toBe(3);
    expect(items.find(({ service }: { service: string }) => service === "s1")).toMatchObject({ versions: { v2: 1 } });
  });

  it("answers nothing where nothing is configured", async () => {
    const w = await world({ config: "" });
    expect((await json(w.get(BASE))).items).toEqual([]);
  });
});

describe("one service", () => {
  it("tells all that is known of each backend, and pages through them in order of their ids", async () => {
    const w = await world({ config: CONFIG });
    await w.post(`${BASE}/orders/backends`, { backends: many(5), source: "deploy", lease: "10m" });
    const first = await json(w.get(`${BASE}/orders?limit=3`));
    shaped("TrafficService", first);
    expect(first.backends[0]).toMatchObject({
      id: "10.1.0.0:80",
      source: "deploy",
      state: "ok",
      leaseUntil: w.clock.now() + 600_000,
    });
    const second = await json(w.get(`${BASE}/orders?limit=3&cursor=${encodeURIComponent(first.cursor)}`));
    const ids = [...first.backends, ...second.backends].map(({ id }: { id: string }) => id);
    expect(ids).toEqual(many(5).map(({ host, port }) => `${host}:${port}`));
    expect(second.cursor).toBeUndefined();
    expect(first.version).toBe(second.version);
  });

  it("is a problem by name where it is not configured", async () => {
    const w = await world({ config: CONFIG });
    for (const answer of [await w.get(`${BASE}/nobody`), await w.get(`${BASE}/nobody/history`)]) {
      expect(answer.status).toBe(404);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(await json(answer)).toMatchObject({
        code: "service.unknown",
        detail: 'no service "nobody" is configured',
      });
    }
  });
});

describe("registering, draining and taking out", () => {
  it("answers what was done, and the same to a repeat with the same key", async () => {
    const w = await world({ config: CONFIG });
    const once = { "idempotency-key": "a" };
    const body = { backends: [{ host: "10.0.0.9", port: 80, id: "nine" }], lease: "none" };
    const first = await json(w.post(`${BASE}/orders/backends`, body, once));
    shaped("BackendsRegistered", first);
    expect(first).toMatchObject({ registered: 1, renewed: 0, items: [{ id: "nine", source: "api" }] });
    expect(first.items[0]).not.toHaveProperty("leaseUntil");
    expect(await json(w.post(`${BASE}/orders/backends`, body, once))).toEqual(first);
    const drained = await json(w.post(`${BASE}/orders/drain`, { ids: ["nine", "ten"] }));
    shaped("BackendsChanged", drained);
    expect(drained).toMatchObject({ changed: ["nine"], unknown: ["ten"] });
    const removed = await json(w.post(`${BASE}/orders/remove`, { ids: ["nine"] }));
    expect(removed).toMatchObject({ changed: ["nine"] });
    expect(await json(w.post(`${BASE}/orders/remove`, { ids: ["nine"] }))).toMatchObject({ code: "backend.unknown" });
  });

  it.each([
    ["a backend without a port", { backends: [{ host: "a" }] }, 400, "input.invalid", "backends.0.port"],
    ["a weight of 0", { backends: [{ host: "a", port: 1, weight: 0 }] }, 400, "input.invalid", "backends.0.weight"],
    ["no backends at all", { backends: [] }, 400, "input.invalid", "backends"],
    ["a lease without a unit", { backends: many(1), lease: "90" }, 400, "input.invalid", "lease"],
    [
      "one that stands in the file",
      { backends: [{ id: "second", host: "x", port: 1 }] },
      409,
      "backend.conflict",
      "backends.0",
    ],
  ])("refuses %s and says where", async (_, body, status, code, path) => {
    const w = await world({ config: CONFIG });
    const answer = await w.post(`${BASE}/fixed/backends`, body);
    expect(answer.status).toBe(status);
    const problem = await json(answer);
    expect(problem.code).toBe(code);
    expect(problem.faults.map((fault: { path: string }) => fault.path)).toContain(path);
  });

  it("takes thousands of backends in one call and lists them all, compressed where that is asked for", async () => {
    const w = await world({ config: CONFIG });
    const answer = await w.post(`${BASE}/orders/backends`, { backends: many(3_000) });
    expect(await json(answer)).toMatchObject({ registered: 3_000 });
    const listed = await w.get(`${BASE}/orders?limit=10000`, { "accept-encoding": "gzip" });
    expect(listed.headers.get("content-encoding")).toBe("gzip");
    const bytes = Buffer.from(await listed.arrayBuffer());
    expect(bytes.length).toBeLessThan(300_000);
  });

  it("needs a key that may operate, and shows nothing of another tenant", async () => {
    const w = await world({ config: CONFIG, access: "keys" });
    const bearer = async (...given: Parameters<typeof w.key>) => ({ authorization: `Bearer ${await w.key(...given)}` });
    const read = await bearer("read");
    expect((await w.get(BASE, read)).status).toBe(200);
    expect((await w.post(`${BASE}/orders/backends`, { backends: many(1) }, read)).status).toBe(403);
    expect((await w.post(`${BASE}/orders/backends`, { backends: many(1) }, await bearer("operate"))).status).toBe(200);
    const other = await bearer("operate", "other");
    expect((await json(w.get(BASE, other))).items).toEqual([]);
    expect((await w.get(`${BASE}/orders`, other)).status).toBe(404);
  });
});

describe("picking", () => {
  it("tells whom a request would be sent to and why, the same for the same key, and sends nothing", async () => {
    const w = await world({ config: CONFIG });
    const picks = await Promise.all([1, 2, 3].map(() => json(w.post(`${BASE}/fixed/pick`, { key: "customer-42" }))));
    for (const one of picks) shaped("TrafficPick", one);
    expect(picks[0]).toMatchObject({ service: "fixed", loads: "registry", policy: "maglev", reason: "picked" });
    expect(new Set(picks.map(({ host }) => host)).size).toBe(1);
    expect(picks[0].steps.length).toBeGreaterThan(0);
    const other = await json(w.post(`${BASE}/fixed/pick`, { key: "customer-42", tried: [picks[0].host] }));
    expect(other.host).not.toBe(picks[0].host);
    const tried = other.candidates.find(({ id }: { id: string }) => id === picks[0].host);
    expect(tried).toMatchObject({ picked: false, excluded: "tried" });
  });

  it("says that there is nobody where there is nobody", async () => {
    const w = await world({ config: CONFIG });
    const none = await json(w.post(`${BASE}/orders/pick`, {}));
    shaped("TrafficPick", none);
    expect(none).toMatchObject({ reason: "no_backend", candidates: [] });
    expect(none).not.toHaveProperty("host");
  });

  it("names at most 500 candidates, the one that is picked among them", async () => {
    const w = await world({ config: CONFIG });
    await w.post(`${BASE}/orders/backends`, { backends: many(700) });
    const view = await json(w.post(`${BASE}/orders/pick`, {}));
    expect(view.candidates.length).toBe(500);
    expect(view.omitted).toBe(200);
    expect(view.candidates[0]).toMatchObject({ id: view.host, picked: true });
  });
});

describe("replaying", () => {
  const requests = Array.from({ length: 300 }, (_, index) => ({
    at: 1_767_571_200_000 + index * 20,
    ms: 10 + (index % 7),
    key: `k${index % 40}`,
    backend: index % 2 ? "second" : "10.0.0.1:8080",
    status: 200,
  }));

  it("compares the policy in force with others over the same requests", async () => {
    const w = await world({ config: CONFIG });
    const view = await json(w.post(`${BASE}/fixed/replay`, { requests, policies: ["round_robin"] }));
    shaped("TrafficReplay", view);
    expect(view).toMatchObject({ source: "given", current: "maglev", requests: 300, keys: 40 });
    expect(view.policies.map(({ policy }: { policy: string }) => policy)).toEqual(["maglev", "round_robin"]);
    expect(view.policies[0].hostsPerKey).toBe(1);
  });

  it("says what is missing: requests, or backends", async () => {
    const w = await world({ config: CONFIG });
    expect(await json(w.post(`${BASE}/fixed/replay`, {}))).toMatchObject({ code: "input.invalid" });
    expect(await json(w.post(`${BASE}/orders/replay`, { requests }))).toMatchObject({
      code: "backend.none",
      detail: "orders has no backends",
    });
  });
});

describe("shares of versions", () => {
  it("are set absolutely, with who and why, held where they are so, and given back", async () => {
    const w = await world({ config: CONFIG });
    const shares = { v1: 95, v2: 5 };
    const set = await json(w.post(`${BASE}/fixed/versions`, { shares, why: "canary", by: "ada" }));
    shaped("VersionsSet", set);
    expect(set).toMatchObject({
      status: "decided",
      reason: "versions_set",
      versions: { shares, asked: { by: "ada (local)", why: "canary" } },
      decision: { subject: "versions:fixed", acted: true },
    });
    const again = await json(w.post(`${BASE}/fixed/versions`, { shares: { v1: 19, v2: 1 } }));
    expect(again).toMatchObject({ status: "unchanged", reason: "held_in_force" });
    const shown = await json(w.get(`${BASE}/fixed`));
    shaped("TrafficService", shown);
    expect(shown).toMatchObject({ summary: { versions: shares }, versions: { shares } });
    expect(shown.decisions.map(({ reason }: { reason: string }) => reason)).toEqual(["versions_set"]);
    w.clock.advance(1_000);
    const back = await json(w.post(`${BASE}/fixed/versions`, { release: true, why: "over" }));
    expect(back).toMatchObject({ status: "decided", reason: "versions_released" });
    expect(back).not.toHaveProperty("versions");
    const history = await json(w.get(`${BASE}/fixed/history`));
    shaped("Decisions", history);
    expect(history.items.map(({ reason }: { reason: string }) => reason)).toEqual([
      "versions_released",
      "versions_set",
    ]);
    expect((await json(w.get(`${BASE}/orders/history`))).items).toEqual([]);
  });

  it("refuses shares that would leave everybody without an answer", async () => {
    const w = await world({ config: CONFIG });
    expect(await json(w.post(`${BASE}/fixed/versions`, { shares: { v1: 0 } }))).toMatchObject({
      code: "input.invalid",
    });
    expect((await w.post(`${BASE}/fixed/versions`, { shares: { v1: -1 } })).status).toBe(400);
    expect(await json(w.post(`${BASE}/fixed/versions`, { shares: { v8: 95, v9: 5 } }))).toMatchObject({
      code: "input.invalid",
      detail: "nobody would answer: the backends of fixed run v1",
      faults: [{ path: "shares", allowed: "a share for one of v1" }],
    });
  });
});

describe("/health", () => {
  const health = async (w: Awaited<ReturnType<typeof world>>) =>
    (await json(w.get("/health"))).checks["traffic:balanced"][0];

  it("passes while backends are well, and warns by name where none is, or where too few are", async () => {
    const w = await world({ config: CONFIG });
    expect(await health(w)).toMatchObject({ status: "pass", observedValue: 0 });
    await w.post(`${BASE}/fixed/drain`, { ids: ["second", "10.0.0.1:8080"] });
    expect(await health(w)).toMatchObject({ status: "warn", output: "fixed: none of 2 backends is well" });
  });

  it("warns where nobody has made the checks for minutes", async () => {
    const w = await world({ config: CONFIG.replace("{ lease: 90s }", "{ health: { every: 30s } }") });
    expect(await health(w)).toMatchObject({ status: "pass" });
    const state = { v: 1, at: w.clock.now() };
    await w.store.write({ tenant: "default", noun: "traffic-checker", subject: "clock" }, 0, { state });
    w.clock.advance(240_000);
    expect(await health(w)).toMatchObject({ status: "pass" });
    w.clock.advance(1);
    expect(await health(w)).toMatchObject({ status: "warn", observedValue: 1, observedUnit: "services not checked" });
  });
});

describe("what else is known", () => {
  it("merges circuits that are shared with what a gateway here sees, processes of its fleet among them", async () => {
    const w = await world({ config: CONFIG });
    const at = w.clock.now();
    const circuits = memoryCircuits(w.clock.now);
    const shut = {
      v: 1,
      epoch: 1,
      rev: 1,
      since: at,
      opens: 1,
      probes: [],
      successes: 0,
      openUntil: at + 60_000,
    } as const;
    const key = { tenant: "default", circuit: "fixed/second" };
    await circuits.change(key, { rev: 0, epoch: 0 }, { ...shut, status: "open" }, { at });
    const process: BackendLook = {
      ...{ id: "fixed-1", host: "127.0.0.1", port: 4000, weight: 1, maxConnections: 100, capacity: 1000 },
      ...{ tags: [], priority: 0, metadata: {}, source: "fleet", registeredAt: at, usable: false },
      ...{ active: 2, requests: 10, failures: 5, recent: 10, share: 0.5 },
      ejection: { times: 1, ejectedAt: at, until: at + 30_000, why: "consecutive_5xx" },
    };
    const look: GatewayLook = {
      ...{ service: "fixed", at, policy: "maglev", panic: false, windowMs: 60_000, backends: [process], levels: [] },
      ...{ arrived: 10, completed: 5, failed: 5, refused: 0, abandoned: 0, retried: 0, inFlight: 2, queued: 0 },
    };
    Object.assign(w.runtime, { circuits, traffic: (service: string) => (service === "fixed" ? look : undefined) });
    const view = await json(w.get(`${BASE}/fixed`));
    shaped("TrafficService", view);
    const states = view.backends.map(({ id, state }: { id: string; state: string }) => [id, state]);
    expect(states).toEqual([
      ["10.0.0.1:8080", "ok"],
      ["fixed-1", "ejected"],
      ["second", "circuit_open"],
    ]);
    expect(view.backends[1].gateway).toMatchObject({ active: 2, share: 0.5 });
    expect(view.backends[2].circuit).toMatchObject({ status: "open", openUntil: at + 60_000 });
    const [summary] = (await json(w.get(BASE))).items;
    expect(summary).toEqual(view.summary);
    expect(summary).toMatchObject({
      backends: { total: 3, ok: 1, ejected: 1, circuitOpen: 1 },
      shares: [{ share: 0.5 }],
    });
    const pick = await json(w.post(`${BASE}/fixed/pick`, {}));
    // One of three is well: in a panic the ejected one is used as well, the one with an open circuit never.
    expect(pick).toMatchObject({ loads: "registry", panic: true, reason: "picked_panic" });
    const second = pick.candidates.find(({ id }: { id: string }) => id === "second");
    expect(second).toMatchObject({ picked: false, excluded: "circuit_open" });
    w.clock.advance(60_000);
    const later = await json(w.get(`${BASE}/fixed`));
    expect(later.summary.backends.ok).toBe(3);
  });
});
