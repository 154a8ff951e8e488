import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../api/context.ts";

const METHODS = new Set(["GET", "POST", "HEAD"]);
const HEADERS = new Set(["accept", "content-type", "x-requested-with", "origin"]);

/** Answers a preflight as upstream does (any origin; GET, POST and HEAD; simple headers); undefined: it is none. */
export function preflight(c: Context): Response | undefined {
  const method = c.req.header("access-control-request-method");
  if (c.req.method !== "OPTIONS" || method === undefined) return undefined;
  c.header("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  const asked = c.req.header("access-control-request-headers") ?? "";
  const names = asked.split(",").map((name) => name.trim().toLowerCase());
  const allowed = METHODS.has(method) && (asked === "" || names.every((name) => HEADERS.has(name)));
  if (c.req.header("origin") !== undefined && allowed) {
    c.header("Access-Control-Allow-Origin", "*");
    c.header("Access-Control-Allow-Methods", method);
    if (asked !== "") c.header("Access-Control-Allow-Headers", asked);
  }
  return c.body(null, 204);
}

/** What every answer of API v2 carries. */
export const headersV2: MiddlewareHandler<AppEnv> = async (c, next) => {
  const early = preflight(c);
  if (early) return early;
  c.header("Cache-Control", "no-store");
  c.header("Vary", "Origin");
  if (c.req.header("origin") !== undefined) c.header("Access-Control-Allow-Origin", "*");
  return next();
};

/** Why a request's `Accept` or `Content-Type` is refused before anything else is looked at; undefined: both will do. */
export function refusedTypes(
  c: Context,
): { readonly status: number; readonly code: number; readonly message: string } | undefined {
  if (c.req.method === "POST") {
    const given = c.req.header("content-type") ?? "";
    const type = (given.split(";", 1)[0] as string).trim().toLowerCase();
    if (given !== "" && !/^[^\s/]+\/[^\s/]+$/.test(type)) {
      const why = /^[^\s/]+$/.test(type)
        ? `mediatype: malformed: ${JSON.stringify(type)} has no subtype`
        : "mime: no media type";
      return {
        status: 400,
        code: 400,
        message: `parsing Content-Type header from ${JSON.stringify(given)} failed, because ${why}`,
      };
    }
    const found = given === "" ? "application/octet-stream" : type;
    if (found !== "application/json")
      return {
        status: 415,
        code: 415,
        message: `unsupported media type ${JSON.stringify(found)}, only [application/json] are allowed`,
      };
  }
  const accept = c.req.header("accept");
  if (accept === undefined || accept.split(",").some(takesJson)) return undefined;
  return { status: 406, code: 406, message: "unsupported media type requested, only [application/json] are available" };
}

const takesJson = (range: string): boolean => {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  return /^(\*\/\*|application\/(\*|json)|\*|)$/.test(type) && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
};
