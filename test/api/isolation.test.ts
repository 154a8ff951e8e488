import { describe, expect, it } from "vitest";
import type { Operation } from "../../functions/api/operation.ts";
import { operations } from "../../functions/api/operations.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { CONFIG, type World, world } from "./kit.ts";

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Everything that tenants have: what one of them does may not change a letter of another one's. */
async function belongings(w: World, tenant: string): Promise<string> {
  const nouns = ["autoscaling", "config", "access", "idempotency"];
  const states = await Promise.all(nouns.map((noun) => w.store.list(tenant, noun)));
  return JSON.stringify([states, await w.journal.list({ tenant, limit: 500 })]);
}

/** A decision, a key and a configuration of the tenant `default`, whose service is called `orders`. */
async function inhabited() {
  const w = await world({ access: "keys" });
  w.measure("orders", { cpu: 90, memory: 50 });
  const ours = bearer(await w.key("admin"));
  await w.post("/api/v1/autoscaling/orders/pause", { why: "ours alone" }, ours);
  await w.post("/api/v1/autoscaling/orders/resume", { why: "ours alone" }, ours);
  const [record] = (await w.journal.list({ tenant: "default" })).items;
  const [kept] = (await w.store.list("default", "access")).items;
  if (!record || !kept) throw new Error("nothing to look for");
  return { w, ours, decision: record.id, key: kept.key.subject };
}

async function textOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response.text();
  await response.body?.cancel();
  return "";
}

describe("the administrator of another tenant", () => {
  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    "%s neither shows nor changes anything of ours",
    async (_, operation: Operation) => {
      const { w, decision, key } = await inhabited();
      const theirs = bearer(await w.key("admin", "other"));
      const before = await belongings(w, "default");
      const changes = w.fleet.changes.length;
      const id = operation.path.includes("/access/") ? key : decision;
      const path = operation.path.replace(":service", "orders").replace(":id", id);
      const headers = { ...theirs, "idempotency-key": "same", "last-event-id": decision };
      const response = await w.call(operation.method.toUpperCase(), path, operation.body?.example, headers);
      const text = await textOf(response);
      expect(response.status, text).toBeLessThan(500 + (operation.path === "/api/v1/events" ? 100 : 0));
      expect(text).not.toContain("ours alone");
      if (!path.includes(key)) expect(text).not.toContain(key);
      // The document's examples have ids of their own.
      if (!path.includes(decision) && path !== "/openapi.json") expect(text).not.toContain(decision);
      expect(await belongings(w, "default")).toBe(before);
      expect(w.fleet.changes).toHaveLength(changes);
    },
  );

  it("cannot go on with a cursor of ours", async () => {
    const { w, ours } = await inhabited();
    const theirs = bearer(await w.key("admin", "other"));
    const page = (await (await w.get("/api/v1/decisions?limit=1", ours)).json()) as { readonly cursor?: string };
    expect(page.cursor).toBeDefined();
    const cursor = encodeURIComponent(page.cursor ?? "");
    const response = await w.get(`/api/v1/decisions?limit=10&cursor=${cursor}`, theirs);
    expect(((await response.json()) as { readonly items: unknown[] }).items).toEqual([]);
  });

  it("does not meet our Idempotency-Key", async () => {
    const { w, ours } = await inhabited();
    const parsed = parseConfig(CONFIG);
    if (!parsed.ok) throw new Error("the test's configuration is not valid");
    await applyConfig(w.runtime, "other", { ...parsed, text: CONFIG }, { by: "test" });
    const theirs = bearer(await w.key("admin", "other"));
    const send = (headers: Record<string, string>) =>
      w.post("/api/v1/autoscaling/orders/pause", { why: "x" }, { ...headers, "idempotency-key": "same" });
    expect((await send(ours)).headers.get("idempotent-replayed")).toBeNull();
    const other = await send(theirs);
    expect([other.status, other.headers.get("idempotent-replayed")]).toEqual([200, null]);
    expect((await w.journal.list({ tenant: "other" })).items).toHaveLength(1);
  });

  it("is not told of our unfinished actions", async () => {
    const w = await world({ access: "keys" });
    const theirs = bearer(await w.key("admin", "other"));
    w.fleet.fleet.setDesired = () => Promise.reject(new HeadgateError("fleet.unavailable", "gone"));
    w.measure("orders", { cpu: 90, memory: 50 });
    await w.post("/api/v1/autoscaling/orders/evaluate", {}, bearer(await w.key("operate")));
    w.clock.advance(20 * 60_000);
    const ours = (await (await w.get("/health", bearer(await w.key("read")))).json()) as Answer;
    expect(ours.checks["actions:overdue"]).toMatchObject([{ status: "warn", observedValue: 1 }]);
    const seen = (await (await w.get("/health", theirs)).json()) as Answer;
    expect(seen.checks["actions:overdue"]).toMatchObject([{ status: "pass", observedValue: 0 }]);
  });
});

interface Answer {
  readonly checks: Readonly<Record<string, unknown>>;
}

describe("a stranger", () => {
  it("learns nothing of what is behind, also when that is broken", async () => {
    const w = await world({ access: "keys" });
    const key = await w.key("admin");
    const said = "table headgate-prod: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/api";
    w.store.load = async () => {
      throw new HeadgateError("store.unavailable", said, { retryable: true });
    };
    const response = await w.get("/api/v1/services", bearer(key));
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(text).not.toContain("headgate-prod");
    expect(text).not.toContain("123456789012");
    expect(JSON.parse(text)).toMatchObject({ code: "store.unavailable" });
    expect(w.lines.join("\n"), "the log has it").toContain("123456789012");
  });
});

describe("members that every object has", () => {
  it.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])(
    "%s in a body is an unknown member or a name without meaning, and changes nothing for others",
    async (name) => {
      const w = await world();
      const pause = await w.post("/api/v1/autoscaling/orders/pause", `{"why":"x","${name}":{"admin":true}}`);
      expect(pause.status).toBe(400);
      const policy = `{"trace":"timestamp,value\\n0,1\\n60,2\\n","policy":{"type":"instances","${name}":{"min":1}}}`;
      expect([200, 400]).toContain((await w.post("/api/v1/autoscaling/backtest", policy)).status);
      expect((await w.get(`/api/v1/services/${name}`)).status).toBe(404);
      expect((await w.post(`/api/v1/autoscaling/${name}/evaluate`)).status).toBe(404);
      const text = JSON.stringify({ text: `version: 1\nservices: { orders: { ${name}: { a: 1 } } }\n` });
      const check = (await (await w.post("/api/v1/config/check", text)).json()) as { readonly ok: boolean };
      expect(check.ok).toBe(false);
      expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
    },
  );
});
