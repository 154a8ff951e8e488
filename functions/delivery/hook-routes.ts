import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "../api/context.ts";
import type { HookSecret } from "./hook-proof.ts";

const json = async (c: Context): Promise<unknown> => {
  const text = await c.req.text();
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const deferred = () => import("./hook-calls.ts");

/** /hooks/flagger: what Flagger's webhooks ask, and the gates of its load tester. A key or a token in the address is the proof. */
export function flaggerRoutes(runtime: Runtime, secret?: HookSecret) {
  return new Hono<AppEnv>()
    .post("/:door{gate|rollback}/:verb{check|open|close}", async (c) => {
      const { flaggerDoor } = await deferred();
      const { status, text } = await flaggerDoor(
        runtime,
        c,
        { door: c.req.param("door") as "gate", verb: c.req.param("verb") as "check", body: await json(c) },
        secret,
      );
      return c.text(text, status);
    })
    .post("/:type", async (c) => {
      const { flaggerCall } = await deferred();
      const { status, text } = await flaggerCall(runtime, c, c.req.param("type"), await json(c), secret);
      return c.text(text, status);
    });
}

/** /hooks/argo: Argo Rollouts' web metric, by GET, POST or PUT. */
export function argoRoutes(runtime: Runtime, secret?: HookSecret) {
  const answer = async (c: Context<AppEnv>) => {
    const { argoCall } = await deferred();
    const service = c.req.param("service") ?? "";
    const body = c.req.method === "GET" ? undefined : await json(c);
    return c.json({ data: await argoCall(runtime, c, service, body, secret) });
  };
  return new Hono<AppEnv>().on(["GET", "POST", "PUT"], "/:service", answer);
}

/** The calls of Kayenta that Argo Rollouts makes, and its remote judge. Below /kayenta with a key, below /hooks/kayenta/:token without. */
export function kayentaRoutes(runtime: Runtime, secret?: HookSecret) {
  const token = (c: Context) => c.req.param("token");
  return new Hono<AppEnv>()
    .get("/canaryConfig", async (c) => c.json(await (await deferred()).kayentaConfigs(runtime, c, token(c), secret)))
    .post("/canary/:config", async (c) => {
      const { kayentaBegin } = await deferred();
      return c.json(await kayentaBegin(runtime, c, c.req.param("config"), await json(c), token(c), secret));
    })
    .get("/canary/:id", async (c) => {
      const { kayentaLook } = await deferred();
      return c.json(await kayentaLook(runtime, c, c.req.param("id"), token(c), secret));
    })
    .post("/judge", async (c) =>
      c.json(await (await deferred()).kayentaJudge(runtime, c, await json(c), token(c), secret)),
    );
}

/** /judge: where Kayenta looks for a remote judge whose base address is this server's own. */
export function judgeRoutes(runtime: Runtime, secret?: HookSecret) {
  return new Hono<AppEnv>().post("/", async (c) =>
    c.json(await (await deferred()).kayentaJudge(runtime, c, await json(c), undefined, secret)),
  );
}
