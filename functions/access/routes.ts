import { Hono } from "hono/tiny";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, HOUR_MS, parseDuration } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { durationText, jsonBody, query } from "../api/validate.ts";
import type { KeyCreatedView, KeysView, MeView } from "../api/views.ts";
import { createKey, listKeys, revokeKey } from "./keys.ts";

export const CreateBody = v.strictObject({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100)),
  scope: v.picklist(["read", "operate", "admin", "alerts:post", "silences:write", "flags:evaluate"]),
  /** Without it the key is good until it is revoked. */
  expires: v.optional(durationText(HOUR_MS, 3650 * DAY_MS)),
});
export const KeysQuery = v.strictObject({ cursor: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(2_000))) });

/** /api/v1/access: who is asking; and the API keys of the caller's tenant, for administrators only. */
export function accessRoutes(runtime: Runtime) {
  return new Hono<AppEnv>()
    .get("/me", need("read", "alerts:post", "silences:write", "flags:evaluate"), (c) => {
      const { name, scope, tenant, keyId } = c.get("principal");
      const view: MeView = { clock: clockOf(runtime), name, scope, tenant, ...(keyId ? { key: keyId } : {}) };
      return c.json(view);
    })
    .get("/keys", need("admin"), query(KeysQuery), async (c) => {
      const page = await listKeys(runtime, c.get("principal").tenant, c.req.valid("query").cursor);
      const view: KeysView = { clock: clockOf(runtime), ...page };
      return c.json(view);
    })
    .post("/keys", need("admin"), idempotent(runtime), jsonBody(CreateBody), async (c) => {
      const { name, scope, expires } = c.req.valid("json");
      const { tenant, name: by } = c.get("principal");
      const expiresInMs = expires === undefined ? undefined : parseDuration(expires);
      const created = await createKey(runtime, {
        tenant,
        name,
        scope,
        by,
        ...(expiresInMs === undefined ? {} : { expiresInMs }),
      });
      runtime.telemetry.log("info", "key created", { tenant, id: created.id, scope, by });
      const { key, ...shown } = created;
      // The secret is kept nowhere, so a repeat cannot tell it again.
      c.set("keptAnswer", { clock: clockOf(runtime), ...shown });
      const view: KeyCreatedView = { clock: clockOf(runtime), ...shown, key };
      return c.json(view, 201);
    })
    .delete("/keys/:id", need("admin"), async (c) => {
      const id = c.req.param("id");
      const { tenant, name: by } = c.get("principal");
      if (!(await revokeKey(runtime, tenant, id)))
        throw new HeadgateError("access.unknown", `no key with id ${id.slice(0, 40)}`);
      runtime.telemetry.log("info", "key revoked", { tenant, id, by });
      return c.body(null, 204);
    });
}
