import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { ERRORS } from "../../shared/shell/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "../api/context.ts";
import { retryAfterSeconds } from "./alert-limit.ts";
import type { Refusal } from "./am-post.ts";
import { BadQuery } from "./am-query.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** A payload of upstream's: JSON and a line feed, as Go's encoder ends it. */
export function payload(c: Context, value: unknown, status = 200): Response {
  c.header("Content-Type", "application/json");
  return c.body(`${JSON.stringify(value)}\n`, status as ContentfulStatusCode);
}

/** Alerts and silences: Go writes what HTML could take for markup in escapes. */
export function models(c: Context, value: unknown): Response {
  c.header("Content-Type", "application/json");
  const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPES[character] as string);
  return c.body(`${text}\n`, 200);
}

/** An empty answer with nothing but its status. */
export const nothing = (c: Context, status = 200): Response => {
  c.header("Content-Length", "0");
  return c.body(null, status as 200);
};

/** An answer of go-openapi's: `{"code":…,"message":…}`. */
export function refusal(c: Context, { status, code, message }: Refusal): Response {
  c.header("Content-Type", "application/json");
  return c.body(JSON.stringify({ code, message }), status as ContentfulStatusCode);
}

/** The error handler of API v2: upstream's shapes, our statuses; what is not ours is logged whole and answered without its text. */
export function onErrorV2(runtime: Runtime) {
  return (error: Error, c: Context<AppEnv>): Response => {
    if (error instanceof BadQuery) return payload(c, error.message, 400);
    if (error instanceof HeadgateError) {
      const [status] = ERRORS[error.code];
      if (status >= 500) runtime.telemetry.log("error", error.message, { code: error.code, path: c.req.path });
      if (status === 429) c.header("Retry-After", `${retryAfterSeconds(runtime)}`);
      if (status === 503) c.header("Retry-After", "1");
      return refusal(c, { status, code: status, message: error.message });
    }
    const traceId = c.get("trace")?.traceId ?? "unknown";
    runtime.telemetry.log("error", "request failed", {
      path: c.req.path,
      traceId,
      error: error.stack ?? error.message,
    });
    return payload(c, `the request failed inside Headgate; its log has it under trace id ${traceId}`, 500);
  };
}
