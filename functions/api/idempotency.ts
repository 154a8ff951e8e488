import type { MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { sha256 } from "../access/keys.ts";
import type { AppEnv } from "./context.ts";

/** Real time an answer is kept; as long as payment APIs keep theirs. */
const KEPT_MS = 24 * HOUR_MS;
/** Real time after which a request that never finished (its process died) no longer blocks its key. */
const ABANDONED_MS = MINUTE_MS;

const Kept = v.object({
  fingerprint: v.string(),
  startedAt: v.number(),
  answer: v.optional(v.object({ status: v.number(), type: v.string(), body: v.string() })),
});

/**
 * Does an acting request with an `Idempotency-Key` once: the same key and body answer the same again for 24 hours, the
 * same key with another request is a conflict. Keys of different callers never meet. Answers of 5xx are not kept.
 */
export function idempotent(runtime: Runtime): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const given = c.req.header("idempotency-key");
    if (given === undefined) return next();
    if (!/^[\x21-\x7e]{1,255}$/.test(given)) {
      const allowed = "1..255 printable ASCII characters without blanks";
      throw new HeadgateError("input.invalid", "Idempotency-Key is not usable", {
        faults: [{ path: "Idempotency-Key", message: "not usable", allowed }],
      });
    }
    const { tenant, keyId = "local" } = c.get("principal");
    const key = { tenant, noun: "idempotency", subject: await sha256(`${keyId}\n${given}`) };
    const fingerprint = await sha256(`${c.req.method} ${c.req.path}\n${await c.req.text()}`);
    const startedAt = runtime.now();
    const expiresAt = startedAt + KEPT_MS * runtime.speed;

    const stored = await runtime.store.load(key);
    const kept = stored && v.parse(Kept, stored.state);
    if (kept && kept.fingerprint !== fingerprint) {
      throw new HeadgateError("idempotency.conflict", "this Idempotency-Key was used for another request");
    }
    if (kept?.answer) {
      c.header("Idempotent-Replayed", "true");
      c.header("Content-Type", kept.answer.type);
      return c.body(kept.answer.body, kept.answer.status as ContentfulStatusCode);
    }
    if (kept && startedAt - kept.startedAt < ABANDONED_MS * runtime.speed) throw inProgress();
    const claimed = await runtime.store.write(key, stored?.version ?? 0, {
      state: { fingerprint, startedAt },
      expiresAt,
    });
    if (!claimed.ok) throw inProgress();

    await next();

    if (c.res.status >= 500) {
      await runtime.store.remove(key, claimed.version);
      return;
    }
    const keep = c.get("keptAnswer");
    const body = keep === undefined ? await c.res.clone().text() : JSON.stringify(keep);
    const answer: Json = { status: c.res.status, type: c.res.headers.get("content-type") ?? "application/json", body };
    try {
      await runtime.store.write(key, claimed.version, { state: { fingerprint, startedAt, answer }, expiresAt });
    } catch (error) {
      // It was done: the caller gets the answer, only a repeat cannot. Too large an answer, or a store that just went away.
      const message = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("warn", "answer could not be kept for a repeat", { path: c.req.path, error: message });
    }
  };
}

const inProgress = () =>
  new HeadgateError("idempotency.conflict", "the request with this Idempotency-Key is still being done; ask again", {
    retryable: true,
  });
