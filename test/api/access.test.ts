import { describe, expect, it } from "vitest";
import { createKey, principalOf } from "../../functions/access/keys.ts";
import type { Scope } from "../../functions/api/context.ts";
import type { Operation } from "../../functions/api/operation.ts";
import { operations } from "../../functions/api/operations.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type Answer, type World, world } from "./kit.ts";

/** What each scope is to open, besides what is asked of anybody. */
const OPENS: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ["read"],
  operate: ["read", "operate", "alerts:post", "silences:write", "flags:evaluate"],
  admin: ["read", "operate", "admin", "alerts:post", "silences:write", "flags:evaluate"],
  "alerts:post": ["alerts:post"],
  "silences:write": ["silences:write"],
  "flags:evaluate": ["flags:evaluate"],
};
const SCOPES = Object.keys(OPENS) as Scope[];
/** A key that may do one thing may ask who it is, and see and try what it is for. */
const ALSO: Readonly<Record<string, readonly Scope[]>> = {
  getMe: ["alerts:post", "silences:write", "flags:evaluate"],
  listSilences: ["silences:write"],
  previewSilence: ["silences:write"],
  getFlagsSnapshot: ["flags:evaluate"],
  evaluateFlag: ["flags:evaluate"],
  ofrepEvaluateFlag: ["flags:evaluate"],
  ofrepEvaluateFlags: ["flags:evaluate"],
  ofrepConfiguration: ["flags:evaluate"],
};
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const pathOf = (operation: Operation) => operation.path.replace(":service", "orders").replace(":id", "none");
const send = (w: World, operation: Operation, headers: Record<string, string> = {}) =>
  w.call(operation.method.toUpperCase(), pathOf(operation), operation.body?.example, headers);

/** Frees what an open event stream holds. */
async function statusOf(answer: Response | Promise<Response>): Promise<number> {
  const response = await answer;
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) await response.body?.cancel();
  return response.status;
}

describe("with keys", () => {
  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    "%s opens for the scopes that include its own only",
    async (_, operation) => {
      const w = await world({ access: "keys" });
      const open = operation.scope === undefined;
      const keyless = await statusOf(send(w, operation));
      // Doors without a key want another proof.
      const answered = operation.path.startsWith("/hooks/") ? 403 : 200;
      expect(keyless, "without a key").toBe(open ? answered : 401);
      if (answered === 403) return;
      for (const scope of SCOPES) {
        const status = await statusOf(send(w, operation, bearer(await w.key(scope))));
        const own = operation.scope !== undefined && OPENS[scope].includes(operation.scope);
        const enough = open || own || (ALSO[operation.id] ?? []).includes(scope);
        expect([401, 403].includes(status), `${scope}: ${status}`).toBe(!enough);
      }
    },
  );

  it.each([
    ["no scheme", (key: string) => key],
    ["another scheme", (key: string) => `Basic ${key}`],
    ["a changed secret", (key: string) => `Bearer ${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`],
    ["another tenant's name", (key: string) => `Bearer ${key.replace("hgk_default_", "hgk_other_")}`],
    ["a prefix", (key: string) => `Bearer ${key.slice(0, 30)}`],
    ["nothing", () => "Bearer "],
    ["something else", () => "Bearer eyJhbGciOiJub25lIn0.e30."],
  ])("refuses %s", async (_, header) => {
    const w = await world({ access: "keys" });
    const response = await w.get("/api/v1/services", { authorization: header(await w.key("admin")) });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    expect(((await response.json()) as Answer).code).toBe("access.denied");
  });

  it("tells a stranger nothing about which addresses exist", async () => {
    const w = await world({ access: "keys" });
    expect((await w.get("/api/v1/nothing")).status).toBe(401);
    expect((await w.get("/nothing")).status).toBe(401);
  });

  it("does not let a key see another tenant", async () => {
    const w = await world({ access: "keys" });
    w.measure("orders", { cpu: 90, memory: 50 });
    const [ours, theirs] = [bearer(await w.key("admin")), bearer(await w.key("admin", "other"))];
    const done = (await (await w.post("/api/v1/autoscaling/orders/evaluate", {}, ours)).json()) as Answer;
    expect(((await (await w.get("/api/v1/services", theirs)).json()) as Answer).items).toEqual([]);
    expect(((await (await w.get("/api/v1/decisions", theirs)).json()) as Answer).items).toEqual([]);
    expect((await w.get(`/api/v1/decisions/${done.decision.id}`, theirs)).status).toBe(404);
    expect((await w.get("/api/v1/services/orders", theirs)).status).toBe(404);
    expect(((await (await w.get("/api/v1/access/keys", theirs)).json()) as Answer).items).toHaveLength(1);
  });

  it("fails closed when keys cannot be looked up", async () => {
    const w = await world({ access: "keys" });
    const key = await w.key("admin");
    w.store.load = async () => {
      throw new HeadgateError("store.unavailable", "no store", { retryable: true });
    };
    expect((await w.get("/api/v1/services", bearer(key))).status).toBe(503);
  });

  it("are the default, so that forgetting to say opens nothing", async () => {
    const { createApp } = await import("../../functions/api/app.ts");
    const w = await world();
    const response = await createApp({ runtime: w.runtime }).request("http://127.0.0.1/api/v1/services", {
      headers: { host: "127.0.0.1" },
    });
    expect(response.status).toBe(401);
  });
});

describe("who is asking", () => {
  it("is told their name, scope, tenant and key, and nothing of the key's secret", async () => {
    const w = await world({ access: "keys" });
    const key = await w.key("read", "team-b");
    const response = await w.get("/api/v1/access/me", bearer(key));
    const me = (await response.json()) as Answer;
    expect(me).toMatchObject({ name: "read-key", scope: "read", tenant: "team-b", key: key.split("_")[2] });
    expect(JSON.stringify(me)).not.toContain(key.split("_").at(-1));
  });

  it("is somebody on this machine where no key is needed", async () => {
    const w = await world();
    const me = (await (await w.get("/api/v1/access/me")).json()) as Answer;
    expect(me).toEqual({ clock: expect.anything(), name: "local", scope: "admin", tenant: "default" });
  });
});

describe("a key", () => {
  it("is told once, kept as a hash, listed without it, and worthless after it was revoked", async () => {
    const w = await world();
    const made = (await (await w.post("/api/v1/access/keys", { name: "ci", scope: "read" })).json()) as Answer;
    expect(made.key).toMatch(/^hgk_default_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    const secret = made.key.slice(-43);
    const stored = JSON.stringify(await w.store.list("default", "access"));
    expect(stored).not.toContain(secret);
    const listed = await (await w.get("/api/v1/access/keys")).text();
    expect(listed).toContain(made.id);
    expect(listed).not.toContain(secret);
    expect(w.lines.join()).not.toContain(secret);
    expect(await principalOf(w.runtime, made.key)).toMatchObject({ name: "ci", scope: "read", tenant: "default" });
    expect((await w.call("DELETE", `/api/v1/access/keys/${made.id}`)).status).toBe(204);
    expect(await principalOf(w.runtime, made.key)).toBeUndefined();
    expect((await w.call("DELETE", `/api/v1/access/keys/${made.id}`)).status).toBe(404);
  });

  it("expires", async () => {
    const w = await world();
    const made = (await (
      await w.post("/api/v1/access/keys", { name: "ci", scope: "read", expires: "2h" })
    ).json()) as Answer;
    expect(await principalOf(w.runtime, made.key)).toBeDefined();
    w.clock.advance(2 * 3_600_000);
    expect(await principalOf(w.runtime, made.key)).toBeUndefined();
    expect((await w.store.list("default", "access")).items).toEqual([]);
  });

  it("that is given where none is needed must still be good", async () => {
    const w = await world();
    expect((await w.get("/api/v1/services", bearer("hgk_default_000000000000_nothing"))).status).toBe(401);
    expect((await w.post("/api/v1/config/apply", { text: "version: 1" }, bearer(await w.key("read")))).status).toBe(
      403,
    );
  });

  it("is not made for a tenant whose name could not stand in it", async () => {
    const w = await world();
    const request = { tenant: "Team A", name: "ci", scope: "read", by: "test" } as const;
    await expect(createKey(w.runtime, request)).rejects.toMatchObject({ code: "input.invalid" });
  });

  it("speaks as its name: nobody can act under another one", async () => {
    const w = await world({ access: "keys" });
    const body = { why: "x", by: "the boss" };
    await w.post("/api/v1/autoscaling/orders/pause", body, bearer(await w.key("operate")));
    const { items } = await w.journal.list({ tenant: "default" });
    expect(items[0]?.input).toMatchObject({ by: "the boss (key operate-key)" });
  });
});

describe("on this machine without a key", () => {
  it.each(["127.0.0.1:4180", "localhost:4180", "LOCALHOST", "[::1]:4180", "127.0.0.1"])(
    "host %s is served",
    async (host) => {
      const w = await world();
      expect((await w.get("/api/v1/services", { host })).status).toBe(200);
    },
  );

  it.each([
    "evil.example",
    "evil.example:4180",
    "127.0.0.1.evil.example",
    "localhost.evil.example:4180",
    "10.0.0.5:4180",
    "",
    "127.0.0.1@evil.example",
  ])("host %j is refused, whoever resolves it to us (DNS rebinding)", async (host) => {
    const w = await world();
    const response = await w.get("/api/v1/services", { host });
    expect(response.status).toBe(403);
    expect(((await response.json()) as Answer).code).toBe("access.forbidden");
  });

  it.each([
    ["its own", { origin: "http://127.0.0.1:4180" }, 200],
    ["no", {}, 200],
    ["another site's", { origin: "https://evil.example" }, 403],
    ["another port's", { origin: "http://127.0.0.1:3000" }, 403],
    ["a sandboxed page's", { origin: "null" }, 403],
    ["a cross-site fetch without", { "sec-fetch-site": "cross-site" }, 403],
    ["a same-origin fetch with its own", { origin: "http://127.0.0.1:4180", "sec-fetch-site": "same-origin" }, 200],
  ] as readonly [string, Record<string, string>, number][])(
    "a command with %s origin answers %j → %i",
    async (_, headers, status) => {
      const w = await world();
      expect((await w.post("/api/v1/autoscaling/orders/evaluate", {}, headers)).status).toBe(status);
    },
  );

  it("a form of another site cannot send a command: only JSON is taken", async () => {
    const w = await world();
    const response = await w.call("POST", "/api/v1/autoscaling/orders/pause", '{"why":"x"}', {
      "content-type": "text/plain",
    });
    expect(response.status).toBe(400);
    expect((await w.journal.list({ tenant: "default" })).items).toEqual([]);
  });

  it("no other origin may read answers", async () => {
    const w = await world();
    const response = await w.get("/api/v1/services", { origin: "http://127.0.0.1:4180" });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});
