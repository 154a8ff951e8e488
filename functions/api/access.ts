import type { MiddlewareHandler } from "hono";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { principalOf } from "../access/keys.ts";
import type { AppEnv, AppOptions, Scope } from "./context.ts";

const RANK: Readonly<Record<Scope, number>> = { read: 1, operate: 2, admin: 3 };
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

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
    const header = c.req.header("authorization");
    if (header !== undefined) {
      const principal = await principalOf(runtime, /^Bearer +(\S+)$/i.exec(header)?.[1] ?? "");
      if (!principal) throw new HeadgateError("access.denied", "the key is not known, revoked or expired");
      c.set("principal", principal);
    } else if (options.access === "loopback") {
      c.set("principal", { name: "local", scope: "admin", tenant });
    } else if (c.req.path !== "/live") {
      throw new HeadgateError("access.denied", "send an API key as Authorization: Bearer hgk_…");
    }
    await next();
  };
}

/** The least a key must allow. Every route below /api states it; a test finds those that do not. */
export function need(scope: Scope): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const principal = c.get("principal");
    if (!principal) throw new HeadgateError("access.denied", "send an API key as Authorization: Bearer hgk_…");
    if (RANK[principal.scope] < RANK[scope]) {
      throw new HeadgateError(
        "access.forbidden",
        `this needs a key with scope ${scope}; ${principal.name} has ${principal.scope}`,
      );
    }
    await next();
  };
}
