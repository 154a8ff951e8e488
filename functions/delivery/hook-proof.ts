import { createHmac } from "node:crypto";
import type { Context } from "hono";
import type { GateSystem } from "../../shared/core/delivery/hooks/gate-run-types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import type { AppEnv } from "../api/context.ts";
import { hookSettings } from "../hooks/settings.ts";
import { sameSecret } from "../same-secret.ts";
import { ssmParameter } from "../ssm-parameter.ts";

/** The secret that tokens in addresses of hooks are made from; undefined: there is none, and only keys open. */
export type HookSecret = () => Promise<string | undefined>;

/** As `HEADGATE_HOOK_SECRET` says, a reference. */
export const hookSecret: HookSecret = () => hookSettings(process.env, ssmParameter).secret();

/**
 * What stands in the address of a hook of somebody who can send no header: good for one system and one service of one tenant, and for
 * nothing else. It does not run out; another secret ends it.
 */
export const hookToken = (secret: string, tenant: string, system: GateSystem, service: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["delivery", tenant, system, service]))
    .digest("base64url");

/**
 * Whose call this is: the tenant of a key with scope operate, or the one a token in the address is good for.
 *
 * @throws HeadgateError `access.denied`, `access.forbidden`
 */
export async function proven(
  c: Context<AppEnv>,
  system: GateSystem,
  service: string,
  secret: HookSecret,
  given: string | undefined = c.req.query("token"),
): Promise<string> {
  const principal = c.get("principal") as AppEnv["Variables"]["principal"] | undefined;
  if (principal && given === undefined) {
    if (principal.scope === "operate" || principal.scope === "admin") return principal.tenant;
    throw new HeadgateError(
      "access.forbidden",
      `this needs a key with scope operate; ${principal.name} has ${principal.scope}`,
    );
  }
  if (given === undefined)
    throw new HeadgateError(
      "access.denied",
      "send an API key, or the token of this hook (headgate rollout hooks SERVICE)",
    );
  const key = await secret();
  const tenant = c.req.query("tenant") ?? DEFAULT_TENANT;
  if (!key || !sameSecret(given, hookToken(key, tenant, system, service)))
    throw new HeadgateError("access.forbidden", "the token is not the one of this hook");
  return tenant;
}
