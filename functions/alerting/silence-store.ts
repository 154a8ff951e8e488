import type { PostedSilence } from "../../shared/core/alerting/silence-read.ts";
import {
  type CompiledSilences,
  compileSilences,
  expireSilence as expired,
  SILENCE_RETENTION_MS,
  setSilence,
  silenceDue,
  silenceState,
} from "../../shared/core/alerting/silences.ts";
import type { Silence } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored, Write } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { allItems } from "./all-items.ts";
import { alertingOf } from "./context.ts";
import { keepEvent } from "./events.ts";
import { SILENCE_NOUN } from "./nouns.ts";

/** A silence as it is kept, and what was done about it. */
export interface KeptSilence {
  readonly v: 1;
  readonly silence: Silence;
  /** When somebody was told that it ends soon. */
  readonly remindedAt?: Millis;
  /** Until resolved: whether it has held something back. */
  readonly matched?: boolean;
}

export type PutSilence =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly status: 400 | 404; readonly message: string };

const keyOf = (tenant: string, id: string) => ({ tenant, noun: SILENCE_NOUN, subject: id });
export const keptOf = (stored: Stored): KeptSilence => stored.state as unknown as KeptSilence;

/** How long other processes' changes may stay unseen here; those of this process are seen at once. Real ms. */
const FRESH_MS = 1_000;

interface Cached {
  /** Counts writes of this process: what was read across one of them is not kept. */
  epoch: number;
  at: number;
  read?: Promise<CompiledSilences>;
}
const caches = new WeakMap<object, Map<string, Cached>>();

function cacheOf(runtime: Runtime, tenant: string): Cached {
  let byTenant = caches.get(runtime.store);
  if (!byTenant) caches.set(runtime.store, (byTenant = new Map()));
  let cached = byTenant.get(tenant);
  if (!cached) byTenant.set(tenant, (cached = { epoch: 0, at: Number.NEGATIVE_INFINITY }));
  return cached;
}

/** Silences that are not over, ready to be asked: read at most once a second however many groups are flushed. */
export async function silencesInForce(runtime: Runtime, tenant: string): Promise<CompiledSilences> {
  const cached = cacheOf(runtime, tenant);
  const now = runtime.now();
  if (cached.read && Math.abs(now - cached.at) < FRESH_MS * runtime.speed) return cached.read;
  cached.at = now;
  const read = listSilences(runtime, tenant).then((all) =>
    compileSilences(all.filter((silence) => silenceState(silence, now) !== "expired")),
  );
  cached.read = read;
  // A failure is not kept: the next one asks again.
  read.catch(() => {
    if (cached.read === read) delete cached.read;
  });
  return read;
}

export function forgetSilences(runtime: Runtime, tenant: string): void {
  const cached = cacheOf(runtime, tenant);
  cached.epoch += 1;
  delete cached.read;
}

/** Every silence that is kept, expired ones of the last 120 hours as well. */
export async function listSilences(runtime: Runtime, tenant: string): Promise<readonly Silence[]> {
  return (await allItems(runtime, tenant, SILENCE_NOUN)).map((stored) => keptOf(stored).silence);
}

export async function findSilence(runtime: Runtime, tenant: string, id: string): Promise<Silence | undefined> {
  if (id === "" || id.length > 200) return undefined;
  const stored = await runtime.store.load(keyOf(tenant, id));
  return stored && keptOf(stored).silence;
}

/** The item of a silence: due when something has to be done about it, gone 120 hours after its end. */
export function silenceItem(kept: KeptSilence, now: Millis): Write {
  const due = silenceDue(kept.silence, now, kept.remindedAt === undefined ? {} : { remindedAt: kept.remindedAt });
  const wants = kept.silence.remind !== undefined || kept.silence.untilResolved === true;
  return {
    state: kept as unknown as Json,
    expiresAt: Math.max(kept.silence.endsAt, now) + SILENCE_RETENTION_MS,
    ...(wants && due.nextAt !== undefined ? { dueAt: due.nextAt } : {}),
  };
}

/** A version 4 UUID, as upstream's ids are. */
function uuid(random: () => number): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${(8 + Math.floor(random() * 4)).toString(16)}${hex(3)}-${hex(12)}`;
}

/**
 * Makes or changes a silence as upstream does: an answer, not an error, where it is refused.
 *
 * @throws HeadgateError of the store; `store.throttled` when somebody else changed the same one at that moment
 */
export async function putSilence(runtime: Runtime, tenant: string, posted: PostedSilence): Promise<PutSilence> {
  const now = Math.floor(runtime.now());
  const given = posted.id ?? "";
  const stored = given === "" ? undefined : await runtime.store.load(keyOf(tenant, given));
  const existing = stored && keptOf(stored);
  const set = setSilence(existing?.silence, posted, now, uuid(runtime.random));
  if (!set.ok) return set;
  // The new one first: between the two both hold, never neither.
  for (const silence of [...set.write].reverse()) {
    const known = silence.id === given;
    const kept: KeptSilence = { v: 1, silence, ...(known && existing?.matched ? { matched: true } : {}) };
    await write(runtime, tenant, kept, known ? (stored?.version ?? 0) : 0, now);
  }
  // An edit that cannot be made in place ends the old one and makes another.
  if (set.write.length > 1) await told(runtime, tenant, { at: now, expire: given });
  await told(runtime, tenant, { at: now, silence: set.write.at(-1) as unknown as Json });
  return { ok: true, id: set.id };
}

/**
 * Ends a silence now; an expired one stays as it is.
 *
 * @returns undefined where there is none of that id
 * @throws HeadgateError of the store
 */
export async function expireSilence(runtime: Runtime, tenant: string, id: string): Promise<Silence | undefined> {
  if (id === "" || id.length > 200) return undefined;
  const stored = await runtime.store.load(keyOf(tenant, id));
  if (!stored) return undefined;
  const now = Math.floor(runtime.now());
  const kept = keptOf(stored);
  const silence = expired(kept.silence, now);
  if (silence !== kept.silence) {
    await write(runtime, tenant, { ...kept, silence }, stored.version, now);
    await told(runtime, tenant, { at: now, expire: id });
  }
  return silence;
}

async function write(runtime: Runtime, tenant: string, kept: KeptSilence, version: number, now: Millis): Promise<void> {
  const key = keyOf(tenant, kept.silence.id);
  const item = silenceItem(kept, now);
  const written = await runtime.store.write(key, version, item);
  forgetSilences(runtime, tenant);
  if (!written.ok)
    throw new HeadgateError("store.throttled", "somebody else changed this silence at the same moment", {
      retryable: true,
    });
  if (item.dueAt === undefined) return;
  // Failing is no harm: what is due is also found by the tick.
  await runtime.timers.wake({ key, at: item.dueAt }).catch(() => undefined);
}

async function told(runtime: Runtime, tenant: string, event: Parameters<typeof keepEvent>[3]): Promise<void> {
  const alerting = await alertingOf(runtime, tenant);
  if (alerting) await keepEvent(runtime, tenant, alerting, event);
}
