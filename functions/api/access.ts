import type { MiddlewareHandler } from "hono";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { principalOf } from "../access/keys.ts";
import type { AppEnv, AppOptions, Scope } from "./context.ts";

/** What each scope opens. */
const GRANTS: Readonly<Record<Scope, readonly Scope[]>> = {
  "alerts:post": ["alerts:post"],
  "silences:write": ["silences:write"],
  "flags:evaluate": ["flags:evaluate"],
  read: ["read"],
  operate: ["read", "operate", "alerts:post", "silences:write", "flags:evaluate"],
  admin: ["read", "operate", "admin", "alerts:post", "silences:write", "flags:evaluate"],
};
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** Where no key is asked for: the process's signs of life, and doors that check a proof of their own. */
const KEYLESS = /^\/(live$|-\/healthy$|-\/ready$|hooks\/)/;

/**
 * Refuses what a page of another site can make a browser send here: a Host that is not this machine (DNS rebinding) and an
 * Origin that is not this server (cross-site requests). Only for `loopback`, where no key stands in the way.
 */
export function hostCheck(options: AppOptions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (options.access === "loopback") {
      const host = c.req.header("host") ?? new URL(c.req.url).host;
      if (!LOOPBACK.test(host)) throw new HeadgateError("access.forbidden", `host ${host} is not this machine`);
      const origin = c.req.header("origin");
      const own = [`http://${host}`, `https://${host}`, ...(options.allowedOrigins ?? [])];
      if (origin !== undefined && !own.includes(origin)) {
        throw new HeadgateError("access.forbidden", `origin ${origin} is not this server`);
      }
      const reads = c.req.method === "GET" || c.req.method === "HEAD";
      if (!reads && origin === undefined && c.req.header("sec-fetch-site") === "cross-site") {
        throw new HeadgateError("access.forbidden", "the request comes from another site");
      }
    }
    await next();
  };
}

/** Finds out who is asking. A key that is given must be good, also where none is needed. */
export function authenticate(options: AppOptions): MiddlewareHandler<AppEnv> {
  const { runtime, tenant = DEFAULT_TENANT } = options;
  return async (c, next) => {
    const header = c.req.header("authorization") ?? apiKey(c.req.path, c.req.header("x-api-key"));
    if (header !== undefined) {
      const principal = await principalOf(runtime, keyIn(header));
      if (!principal) throw new HeadgateError("access.denied", "the key is not known, revoked or expired");
      c.set("principal", principal);
    } else if (options.access === "loopback") {
      c.set("principal", { name: "local", scope: "admin", tenant });
    } else if (!KEYLESS.test(c.req.path)) {
      throw new HeadgateError("access.denied", "send an API key as Authorization: Bearer hgk_…");
    }
    await next();
  };
}

/** OFREP's clients may send the key as X-API-Key instead. */
const apiKey = (path: string, given: string | undefined): string | undefined =>
  given !== undefined && path.startsWith("/ofrep/") ? `Bearer ${given}` : undefined;

/** The key of an Authorization header: a bearer token, or the password of clients that only know basic authentication. */
function keyIn(header: string): string {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(header) ?? [];
  const [, basic] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header) ?? [];
  if (basic === undefined) return bearer ?? "";
  const text = Buffer.from(basic, "base64").toString();
  return text.slice(text.indexOf(":") + 1);
}

/** What a key must allow, one of these. Every route below /api states it; a test finds those that do not. */
export function need(...scopes: readonly [Scope, ...Scope[]]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const principal = c.get("principal");
    if (!principal) throw new HeadgateError("access.denied", "send an API key as Authorization: Bearer hgk_…");
    if (!scopes.some((scope) => GRANTS[principal.scope].includes(scope))) {
      throw new HeadgateError(
        "access.forbidden",
        `this needs a key with scope ${scopes.join(" or ")}; ${principal.name} has ${principal.scope}`,
      );
    }
    await next();
  };
}
