import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type ErrorCode, type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { ERRORS } from "../../shared/shell/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "./context.ts";
import { shownPath } from "./shown-path.ts";
import type { Problem } from "./views.ts";

/** An RFC 9457 answer. The status follows from the code alone. */
export function problem(c: Context, code: ErrorCode, detail: string, faults: readonly Fault[] = []): Response {
  const [status, title] = ERRORS[code];
  if (status === 503) c.header("Retry-After", "1");
  if (status === 429) c.header("Retry-After", "60");
  if (status === 401) c.header("WWW-Authenticate", 'Bearer realm="headgate"');
  if (c.req.path.startsWith("/api/v2/")) {
    // Clients of Alertmanager know its errors only.
    c.header("Content-Type", "application/json");
    return c.body(JSON.stringify({ code: status, message: detail }), status as ContentfulStatusCode);
  }
  const body: Problem = {
    type: `urn:headgate:error:${code}`,
    title,
    status,
    detail,
    instance: shownPath(new URL(c.req.url).pathname),
    code,
    ...(faults.length === 0 ? {} : { faults }),
  };
  c.header("Content-Type", "application/problem+json");
  return c.body(JSON.stringify(body), status as ContentfulStatusCode);
}

/** The one error handler. What is not ours is logged whole and answered without its text, which may hold anything. */
export function onError(runtime: Runtime) {
  return (error: Error, c: Context<AppEnv>): Response => {
    if (error instanceof HeadgateError) {
      if (ERRORS[error.code][0] >= 500) {
        runtime.telemetry.log("error", error.message, { code: error.code, path: shownPath(c.req.path) });
        // Before it is known who asks, not even the name of a table or a role is told.
        if (!c.get("principal")) return problem(c, error.code, "It cannot be found out who is asking; try again.");
      }
      return problem(c, error.code, error.message, error.faults);
    }
    if (error instanceof HTTPException && error.status < 500) {
      return problem(c, error.status === 413 ? "input.too_large" : "input.invalid", error.message);
    }
    const traceId = c.get("trace")?.traceId;
    runtime.telemetry.log("error", "request failed", {
      path: shownPath(c.req.path),
      traceId,
      error: error.stack ?? error.message,
    });
    return problem(
      c,
      "internal",
      `The request failed inside Headgate; its log has it under trace id ${traceId ?? "unknown"}.`,
    );
  };
}
