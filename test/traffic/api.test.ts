import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { shapes } from "../../functions/api/schemas.ts";
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

  it("takes 10,000 backends in one call and lists them all, compressed where that is asked for", async () => {
    const w = await world({ config: CONFIG });
    const answer = await w.post(`${BASE}/orders/backends`, { backends: many(10_000) });
    expect(await json(answer)).toMatchObject({ registered: 10_000 });
    const listed = await w.get(`${BASE}/orders?limit=10000`, { "accept-encoding": "gzip" });
    expect(listed.headers.get("content-encoding")).toBe("gzip");
    const bytes = Buffer.from(await listed.arrayBuffer());
    expect(bytes.length).toBeLessThan(1_000_000);
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
