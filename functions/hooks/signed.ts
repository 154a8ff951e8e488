import { createHmac } from "node:crypto";
import { postedEvents } from "../../shared/core/alerting/sources/posted.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { received, type Taken } from "../alerting/sources/take.ts";
import { sameSecret } from "../same-secret.ts";
import type { HookSettings } from "./settings.ts";

/** A signed post is taken so long before and after the time it was signed at. */
const WINDOW_MS = 5 * MINUTE_MS;
const SOURCE = /^[a-z][a-z0-9-]{0,39}$/;

const denied = (why: string) => new HeadgateError("access.forbidden", `the post is not taken: ${why}`);

/** `sha256=` and the HMAC-SHA-256 of `<timestamp>.<source>.<body>` in hex: a signature is good for one time, source and body. */
export const signatureOf = (secret: string, timestamp: string, source: string, body: string): string =>
  `sha256=${createHmac("sha256", secret).update(`${timestamp}.${source}.${body}`).digest("hex")}`;

export interface SignedPost {
  readonly source: string;
  readonly body: string;
  readonly signature: string | undefined;
  /** Epoch seconds. */
  readonly timestamp: string | undefined;
}

/** Takes posts that carry the shared secret's signature. The same post again is answered the same and does nothing. */
export function signedHook(runtime: Runtime, tenant: string, { secret, wallNow }: HookSettings) {
  return async ({ source, body, signature = "", timestamp = "" }: SignedPost): Promise<Taken> => {
    const key = await secret();
    if (!key) throw denied("no secret is configured for it");
    if (!SOURCE.test(source)) throw new HeadgateError("input.invalid", "a source is named with a-z, 0-9 and -");
    const age = wallNow() - Number(timestamp) * SECOND_MS;
    if (!/^\d{9,12}$/.test(timestamp) || Math.abs(age) > WINDOW_MS)
      throw denied("X-Headgate-Timestamp is not within five minutes of now");
    if (!sameSecret(signature, signatureOf(key, timestamp, source, body)))
      throw denied("X-Headgate-Signature is another one");
    const mark = { tenant, noun: "alerting-source", subject: `post/${signature.slice(7)}` };
    if (await runtime.store.load(mark)) return { accepted: 0, why: "it was taken before" };
    const taken = await take(source, body);
    const expiresAt = runtime.now() + 3 * WINDOW_MS * runtime.speed;
    await runtime.store.write(mark, 0, { state: { at: runtime.now() }, expiresAt });
    return taken;
  };

  async function take(source: string, body: string): Promise<Taken> {
    const sourced = postedEvents(source, parsed(body), runtime.now());
    if (sourced.kind === "refused") throw new HeadgateError("input.invalid", `the post is not taken: ${sourced.why}`);
    if (sourced.kind === "nothing") return { accepted: 0, why: sourced.why };
    const { accepted, invalid } = await received(runtime, tenant, sourced.alerts);
    if (accepted === 0 && invalid[0] !== undefined) throw new HeadgateError("input.invalid", invalid[0]);
    return { accepted };
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new HeadgateError("input.invalid", "the body is no JSON");
  }
}
