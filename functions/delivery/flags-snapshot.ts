import type { FlagFinder } from "../../shared/core/delivery/flags/evaluate.ts";
import { compileSnapshot } from "../../shared/core/delivery/flags/snapshot.ts";
import type { FlagsSnapshot } from "../../shared/core/delivery/flags/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type KnownFlag, recentFlags, snapshotOfFlags } from "./flags-known.ts";

/** Real ms for which a snapshot answers everybody: evaluations by HTTP come by the thousand. */
const RECENT_MS = 1_000;

export interface ReadyFlags {
  readonly snapshot: FlagsSnapshot;
  readonly find: FlagFinder;
  /** Whether a gated roll-out is under way, which goes by what libraries report. */
  readonly judging: boolean;
}

interface Kept {
  readonly at: number;
  readonly ready: Promise<ReadyFlags>;
}

/** By store and tenant. */
const kept = new WeakMap<object, Map<string, Kept>>();
/** Compiled snapshots by version: a version never changes. */
const compiled = new WeakMap<object, Map<string, Compiled>>();
const MOST = 16;

function ready(runtime: Runtime, tenant: string, flags: readonly KnownFlag[]): ReadyFlags {
  const judging = flags.some(({ state }) => state.rollout?.status === "running" || state.rollout?.status === "paused");
  return { ...compiledOf(runtime, tenant, snapshotOfFlags(flags)), judging };
}

type Compiled = Omit<ReadyFlags, "judging">;

function compiledOf(runtime: Runtime, tenant: string, snapshot: FlagsSnapshot): Compiled {
  let known = compiled.get(runtime.store);
  if (!known) compiled.set(runtime.store, (known = new Map()));
  const id = `${tenant}\n${snapshot.version}`;
  const there = known.get(id);
  if (there) return there;
  const made = { snapshot, find: compileSnapshot(snapshot) };
  if (known.size >= MOST) known.delete(known.keys().next().value as string);
  known.set(id, made);
  return made;
}

/** All flags of a tenant, compiled; up to a second old. @throws HeadgateError of the store */
export function readyFlags(runtime: Runtime, tenant: string): Promise<ReadyFlags> {
  let byTenant = kept.get(runtime.store);
  if (!byTenant) kept.set(runtime.store, (byTenant = new Map()));
  const now = runtime.now();
  const known = byTenant.get(tenant);
  if (known && Math.abs(now - known.at) < RECENT_MS * runtime.speed) return known.ready;
  const read = recentFlags(runtime, tenant).then((flags) => ready(runtime, tenant, flags));
  const entry = { at: now, ready: read };
  byTenant.set(tenant, entry);
  read.catch(() => {
    if (byTenant.get(tenant) === entry) byTenant.delete(tenant);
  });
  return read;
}

/** Forgets what was read: this process has just changed it. */
export function forgetFlags(runtime: Runtime, tenant: string): void {
  kept.get(runtime.store)?.delete(tenant);
}
