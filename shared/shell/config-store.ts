import { HeadgateError } from "../core/kernel/errors.ts";
import { canonical, type Json } from "../core/kernel/json.ts";
import type { AggregateKey } from "../core/kernel/key.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { HeadgateConfig } from "./config-schema.ts";
import type { Runtime } from "./runtime.ts";

/** A configuration that is (or was) in force. */
export interface AppliedConfig {
  readonly version: string;
  readonly config: HeadgateConfig;
  /** The file as it was given, comments included. */
  readonly text: string;
  /** The files it names (prometheus.yml, rule files), as they were given, by path. */
  readonly files?: ConfigTexts;
  readonly appliedAt: Millis;
  readonly by: string;
}

type ConfigTexts = Readonly<Record<string, string>>;

export interface ConfigChange {
  readonly path: string;
  readonly from?: Json;
  readonly to?: Json;
}

/** The small part that is read at each invocation; the body lives in the object store under its version. */
interface Pointer {
  readonly v: 1;
  readonly version: string;
  readonly appliedAt: Millis;
  readonly by: string;
}

const keyOf = (tenant: string): AggregateKey => ({ tenant, noun: "config", subject: "current" });
const objectKey = (tenant: string, version: string) => `config/${encodeURIComponent(tenant)}/${version}.json`;

interface Body {
  readonly config: HeadgateConfig;
  readonly text: string;
  readonly files?: ConfigTexts;
}

/** Bodies by tenant and version: content-addressed, so they never go stale; a handful is enough for one process. */
const bodies = new WeakMap<object, Map<string, Body>>();
const MAX_BODIES = 16;

async function bodyOf(runtime: Runtime, tenant: string, version: string) {
  let cache = bodies.get(runtime.objects);
  if (!cache) bodies.set(runtime.objects, (cache = new Map()));
  const id = `${tenant}\n${version}`;
  const cached = cache.get(id);
  if (cached) return cached;
  const bytes = await runtime.objects.get(objectKey(tenant, version));
  if (!bytes) {
    throw new HeadgateError(
      "config.not_found",
      `configuration ${version} of tenant ${tenant} is recorded as current but its body is missing`,
    );
  }
  const body = JSON.parse(new TextDecoder().decode(bytes)) as Body;
  if (cache.size >= MAX_BODIES) cache.delete(cache.keys().next().value as string);
  cache.set(id, body);
  return body;
}

/** A configuration that was in force once, by its version; undefined: its body is there no more. @throws HeadgateError `objects.unavailable` */
export async function formerConfig(
  runtime: Runtime,
  tenant: string,
  version: string,
): Promise<HeadgateConfig | undefined> {
  try {
    return (await bodyOf(runtime, tenant, version)).config;
  } catch (error) {
    if (error instanceof HeadgateError && error.code === "config.not_found") return undefined;
    throw error;
  }
}

/** The configuration in force, or undefined before the first `apply`. */
export async function currentConfig(runtime: Runtime, tenant: string): Promise<AppliedConfig | undefined> {
  const stored = await runtime.store.load(keyOf(tenant));
  if (!stored) return undefined;
  const pointer = stored.state as unknown as Pointer;
  const body = await bodyOf(runtime, tenant, pointer.version);
  return {
    version: pointer.version,
    config: body.config,
    text: body.text,
    ...(body.files ? { files: body.files } : {}),
    appliedAt: pointer.appliedAt,
    by: pointer.by,
  };
}

/** How long what another process puts in force may stay unseen by {@link recentConfig}; of this process it is seen at once. Real ms. */
const RECENT_MS = 1_000;
const recent = new WeakMap<
  object,
  Map<string, { readonly at: Millis; readonly read: Promise<AppliedConfig | undefined> }>
>();

/** The configuration that is in force or was a second ago: read once for everything that happens in that time. */
export function recentConfig(runtime: Runtime, tenant: string): Promise<AppliedConfig | undefined> {
  let byTenant = recent.get(runtime.objects);
  if (!byTenant) recent.set(runtime.objects, (byTenant = new Map()));
  const now = runtime.now();
  const known = byTenant.get(tenant);
  if (known && Math.abs(now - known.at) < RECENT_MS * runtime.speed) return known.read;
  const entry = { at: now, read: currentConfig(runtime, tenant) };
  byTenant.set(tenant, entry);
  // A failure is not kept, and neither is that there is none yet.
  const forget = () => {
    if (byTenant.get(tenant) === entry) byTenant.delete(tenant);
  };
  entry.read.then((found) => found ?? forget(), forget);
  return entry.read;
}

/** A value, and the same as it may be shown. */
interface Side {
  readonly real: Json | undefined;
  readonly shown: Json | undefined;
}

function diff(path: string, before: Side, after: Side, out: ConfigChange[]): void {
  const [from, to] = [before.real, after.real];
  if (from === undefined && to === undefined) return;
  if (from !== undefined && to !== undefined && canonical(from) === canonical(to)) return;
  const isObject = (value: Json | undefined): value is { readonly [key: string]: Json | undefined } =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject(from) && isObject(to)) {
    for (const key of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()) {
      const below = ({ real, shown }: Side): Side => ({
        real: isObject(real) ? real[key] : undefined,
        shown: isObject(shown) ? shown[key] : undefined,
      });
      diff(path === "" ? key : `${path}.${key}`, below(before), below(after), out);
    }
    return;
  }
  out.push({
    path,
    ...(before.shown === undefined ? {} : { from: before.shown }),
    ...(after.shown === undefined ? {} : { to: after.shown }),
  });
}

/** Without what only says the rest once more: alertmanager.yml as it is printed. */
function compared(config: HeadgateConfig): object {
  if (!config.alerting) return config;
  const { shown: _, ...settings } = config.alerting.settings;
  return { ...config, alerting: { ...config.alerting, settings } };
}

/**
 * What applying `next` would change, path by path. Equal configurations change nothing. Values are those of `shown`, which leaves out
 * what nobody may see; that it changed is told all the same.
 */
export async function planConfig(
  runtime: Runtime,
  tenant: string,
  next: HeadgateConfig,
  shown: (config: HeadgateConfig) => HeadgateConfig = (config) => config,
): Promise<readonly ConfigChange[]> {
  const current = await currentConfig(runtime, tenant);
  const changes: ConfigChange[] = [];
  const side = (config: HeadgateConfig | undefined): Side => ({
    real: (config ? compared(config) : {}) as unknown as Json,
    shown: (config ? compared(shown(config)) : {}) as unknown as Json,
  });
  diff("", side(current?.config), side(next), changes);
  return changes;
}

/**
 * Stores a checked configuration as the one in force. The body is written first and the pointer moves last, in one
 * conditional write, so a reader sees the old one or the new one, whole.
 *
 * @throws HeadgateError `config.conflict` when somebody else applied another one in the meantime, or when
 *   `expected` (the version the caller planned against; null = none) is not the current one.
 */
export async function applyConfig(
  runtime: Runtime,
  tenant: string,
  next: {
    readonly config: HeadgateConfig;
    readonly version: string;
    readonly text: string;
    readonly files?: ConfigTexts;
  },
  options: { readonly by: string; readonly expected?: string | null },
): Promise<{ readonly version: string; readonly previous?: string; readonly unchanged: boolean }> {
  const key = keyOf(tenant);
  const stored = await runtime.store.load(key);
  const before = stored ? (stored.state as unknown as Pointer).version : undefined;
  if (options.expected !== undefined && options.expected !== (before ?? null)) {
    throw new HeadgateError(
      "config.conflict",
      `the plan was made against ${options.expected ?? "no configuration"}, but ${before ?? "none"} is in force`,
    );
  }
  if (before === next.version) return { version: next.version, previous: before, unchanged: true };
  try {
    await runtime.objects.put(
      objectKey(tenant, next.version),
      JSON.stringify({ v: 1, config: next.config, text: next.text, ...(next.files ? { files: next.files } : {}) }),
      {
        ifAbsent: true,
        contentType: "application/json",
      },
    );
  } catch (error) {
    // The same content under the same address: an earlier apply (or a lost race) wrote it already.
    if (!(error instanceof HeadgateError && error.code === "objects.exists")) throw error;
  }
  const pointer: Pointer = { v: 1, version: next.version, appliedAt: runtime.now(), by: options.by };
  const written = await runtime.store.write(key, stored?.version ?? 0, { state: pointer as unknown as Json });
  recent.get(runtime.objects)?.delete(tenant);
  if (!written.ok)
    throw new HeadgateError("config.conflict", "another configuration was applied at the same moment; plan again", {
      retryable: true,
    });
  return { version: next.version, ...(before === undefined ? {} : { previous: before }), unchanged: false };
}
