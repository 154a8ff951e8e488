import type { CooldownKey } from "../../shared/core/alerting/cooldowns.ts";
import type { FlushFacts } from "../../shared/core/alerting/suppress.ts";
import type { AlertRow } from "../../shared/core/alerting/types.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { COOLDOWN_NOUN } from "./nouns.ts";

const AT_ONCE = 50;

interface Cooldown {
  readonly v: 1;
  readonly until: Millis;
}

type KeysOf = (labels: Labels) => readonly CooldownKey[];

/** The cooldowns any of these alerts falls under; undefined where the configuration has none. */
export async function cooldownsFor(
  runtime: Runtime,
  tenant: string,
  keysOf: KeysOf | undefined,
  rows: Iterable<AlertRow>,
): Promise<FlushFacts["cooldowns"]> {
  if (!keysOf) return undefined;
  const keys = new Set<string>();
  for (const { labels } of rows) for (const { key } of keysOf(labels)) keys.add(key);
  const found = new Map<string, Millis>();
  await bounded([...keys], AT_ONCE, async (subject) => {
    const stored = await runtime.store.load({ tenant, noun: COOLDOWN_NOUN, subject });
    if (stored) found.set(subject, (stored.state as unknown as Cooldown).until);
  });
  return { keysOf, until: (key) => found.get(key) };
}

/**
 * Starts the cooldowns of alerts that were just told of. Losing against another writer is no harm: it has just started the same one.
 */
export async function startCooldowns(
  runtime: Runtime,
  tenant: string,
  keysOf: KeysOf | undefined,
  rows: Iterable<AlertRow>,
): Promise<void> {
  if (!keysOf) return;
  const now = Math.floor(runtime.now());
  const untils = new Map<string, Millis>();
  for (const { labels } of rows)
    for (const { key, forMs } of keysOf(labels)) untils.set(key, Math.max(untils.get(key) ?? 0, now + forMs));
  await bounded([...untils], AT_ONCE, async ([subject, until]) => {
    const key = { tenant, noun: COOLDOWN_NOUN, subject };
    const stored = await runtime.store.load(key);
    const state: Cooldown = { v: 1, until };
    await runtime.store.write(key, stored?.version ?? 0, { state: state as unknown as Json, expiresAt: until });
  });
}
