import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Principal, Scope } from "../api/context.ts";
import type { KeyView } from "../api/views.ts";

/** hgk_<tenant>_<id>_<secret>: the tenant says where to look, the secret (256 bits, base64url) proves it. */
const KEY = /^hgk_([a-z0-9-]{1,40})_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const TENANT = /^[a-z0-9-]{1,40}$/;

const KeyState = v.object({
  v: v.literal(1),
  name: v.string(),
  scope: v.picklist(["read", "operate", "admin", "alerts:post", "silences:write", "flags:evaluate"]),
  /** SHA-256 of the secret, hex. A random 256-bit secret needs no salt and no slow hash. */
  hash: v.string(),
  createdAt: v.number(),
  by: v.string(),
});

const keyOf = (tenant: string, id: string): AggregateKey => ({ tenant, noun: "access", subject: id });

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** SHA-256 as hex digits. */
export async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

/** Compares in a time that depends on the length only. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++)
    difference |= a.charCodeAt(index) ^ b.charCodeAt(index % (b.length || 1));
  return difference === 0;
}

/**
 * A new key; its text is in the answer and nowhere else.
 *
 * @throws HeadgateError `input.invalid` for a tenant whose name could not stand in a key.
 */
export async function createKey(
  runtime: Runtime,
  request: {
    readonly tenant: string;
    readonly name: string;
    readonly scope: Scope;
    readonly expiresInMs?: DurationMs;
    readonly by: string;
  },
): Promise<KeyView & { readonly key: string }> {
  const { tenant, name, scope, expiresInMs, by } = request;
  if (!TENANT.test(tenant)) {
    throw new HeadgateError(
      "input.invalid",
      `tenant ${JSON.stringify(tenant)} can have no keys: a-z, 0-9 and -, at most 40`,
    );
  }
  // Not runtime.random: a secret comes from the operating system.
  const id = hex(crypto.getRandomValues(new Uint8Array(6)));
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  const createdAt = runtime.now();
  const state: Json = { v: 1, name, scope, hash: await sha256(secret), createdAt, by };
  const expiresAt = expiresInMs === undefined ? undefined : createdAt + expiresInMs;
  const written = await runtime.store.write(keyOf(tenant, id), 0, {
    state,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  // 48 random bits met an existing id: try another one.
  if (!written.ok) return createKey(runtime, request);
  return {
    id,
    name,
    scope,
    createdAt,
    by,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    key: `hgk_${tenant}_${id}_${secret}`,
  };
}

/** The keys of a tenant, without anything that could be used as one. */
export async function listKeys(
  runtime: Runtime,
  tenant: string,
  cursor?: string,
): Promise<{ readonly items: readonly KeyView[]; readonly cursor?: string }> {
  const page = await runtime.store.list(tenant, "access", { limit: 200, ...(cursor ? { cursor } : {}) });
  return { items: page.items.map(viewOf), ...(page.cursor ? { cursor: page.cursor } : {}) };
}

/** False where there is no such key. From then on it opens nothing: it is looked up at every request. */
export async function revokeKey(runtime: Runtime, tenant: string, id: string): Promise<boolean> {
  const stored = await runtime.store.load(keyOf(tenant, id));
  return stored ? runtime.store.remove(stored.key, stored.version) : false;
}

/** Whose key this is; undefined for anything that is not a valid key, whatever is wrong with it. */
export async function principalOf(runtime: Runtime, text: string): Promise<Principal | undefined> {
  const [, tenant, id, secret] = KEY.exec(text) ?? [];
  if (!tenant || !id || !secret) return undefined;
  const stored = await runtime.store.load(keyOf(tenant, id));
  const state = v.safeParse(KeyState, stored?.state);
  // Hashing also where there is no such key keeps the two answers alike in time.
  const given = await sha256(secret);
  if (!state.success || !sameText(given, state.output.hash)) return undefined;
  return { name: state.output.name, scope: state.output.scope, tenant, keyId: id };
}

function viewOf(stored: Stored): KeyView {
  const { name, scope, createdAt, by } = v.parse(KeyState, stored.state);
  const { expiresAt } = stored;
  return { id: stored.key.subject, name, scope, createdAt, by, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
