import { Hono } from "hono/tiny";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../functions/api/context.ts";
import { lazyRoutes } from "../../functions/api/lazy-routes.ts";
import { world } from "./kit.ts";

describe("routes that are loaded later", () => {
  it("tell a wrong method from a wrong address, as mounted ones do", async () => {
    const w = await world();
    const wrong = await w.call("DELETE", "/api/v1/config/plan");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await w.get("/api/v1/config/nothing")).status).toBe(404);
  });

  it("are counted under their pattern, never under a path that callers choose", async () => {
    const w = await world();
    await w.get("/api/v1/autoscaling/nobody");
    const text = w.runtime.telemetry.expose("prometheus");
    expect(text).toContain('route="/api/v1/autoscaling/:service"');
    expect(text).not.toContain("nobody");
  });

  it("know who asks", async () => {
    const w = await world();
    expect((await w.get("/api/v1/access/me")).status).toBe(200);
  });

  it("are loaded once, and again when that failed", async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      if (loads === 1) throw new Error("cut off");
      return new Hono<AppEnv>().get("/", (c) => c.text("here"));
    };
    const told = (_error: Error) => new Response("told", { status: 500 });
    const app = new Hono<AppEnv>().route("/part", lazyRoutes("/part", told, load));
    app.onError(told);
    const ask = async () => (await app.request("/part")).status;
    expect([await ask(), await ask(), await ask(), loads]).toEqual([500, 200, 200, 2]);
  });
});
