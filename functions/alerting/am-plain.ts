import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { need } from "../api/access.ts";
import type { AppEnv, AppOptions } from "../api/context.ts";

const GONE =
  "The Alertmanager v1 API was deprecated in version 0.16.0 and is removed as of version 0.27.0 - please use the equivalent route in the v2 API";

const text = (c: Context, body: string, status: 200 | 405 | 500): Response => {
  c.header("Content-Type", "text/plain; charset=utf-8");
  return c.body(body, status);
};

const notAllowed = (c: Context, ...methods: readonly string[]): Response => {
  c.header("Allow", [...methods, "OPTIONS"].sort().join(", "));
  return text(c, "Method Not Allowed\n", 405);
};

/** Faults of a file told in one answer; `headgate alerts check` tells all. */
const MOST_FAULTS = 5;

const placeOf = ({ file, line, column = 1, path }: Fault): string =>
  [...(file === undefined ? [] : [line === undefined ? file : `${file}:${line}:${column}`]), path].join(" ");

/** Why a reload failed, on one line: faults of a file with their places and without the values there. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const faults = error instanceof HeadgateError ? error.faults : [];
  const told = faults.slice(0, MOST_FAULTS).map((fault) => `${placeOf(fault)}: ${fault.message}`);
  return told.length === 0 ? error.message : `${error.message}: ${told.join("; ")}`;
}

/** `/-/healthy`, `/-/ready` and `/-/reload`, which programs that look after an Alertmanager ask for. */
export function aliveRoutes({ runtime, reload }: Pick<AppOptions, "runtime" | "reload">) {
  return new Hono<AppEnv>()
    .get("/healthy", (c) => text(c, "OK", 200))
    .get("/ready", (c) => text(c, "OK", 200))
    .post("/reload", need("admin"), async (c) => {
      try {
        if (!reload) throw new Error("there are no files here; apply a configuration with: headgate config apply FILE");
        await reload();
        return c.body(null, 200);
      } catch (error) {
        const why = reasonOf(error);
        runtime.telemetry.log("error", "configuration not reloaded", { error: why });
        return text(c, `failed to reload config: ${why}\n`, 500);
      }
    })
    .all("/healthy", (c) => notAllowed(c, "GET", "HEAD"))
    .all("/ready", (c) => notAllowed(c, "GET", "HEAD"))
    .all("/reload", (c) => notAllowed(c, "POST"));
}

/** An address of Alertmanager's API v1, which is no more: 410, as upstream. */
export function gone(c: Context): Response {
  const { method } = c.req.raw;
  const methods = /^\/api\/v1\/(alerts|silences)$/.test(c.req.path)
    ? ["GET", "POST"]
    : c.req.path.startsWith("/api/v1/silence/")
      ? ["GET", "DELETE"]
      : ["GET"];
  if (!methods.includes(method)) return notAllowed(c, ...methods);
  c.header("Content-Type", "application/json");
  return c.body(`${JSON.stringify({ status: "deprecated", error: GONE })}\n`, 410);
}
