import type { FlagSpec, FlagsConfig } from "../../shared/core/delivery/flags/section.ts";
import { snapshotOf } from "../../shared/core/delivery/flags/snapshot.ts";
import {
  FLAG_SUBJECT,
  type FlagConfig,
  type FlagState,
  flagSubject,
  liveOf,
} from "../../shared/core/delivery/flags/state.ts";
import type { FlagSnapshot, FlagsSnapshot } from "../../shared/core/delivery/flags/types.ts";
import { defaultVariant, offVariant, rolledVariant, variantNames } from "../../shared/core/delivery/flags/variants.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { currentConfig, recentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { allItems } from "../alerting/all-items.ts";
import { own } from "../own.ts";

/** Noun of the decisions about flags. */
export const FLAG_NOUN = "delivery";
/** How long counts are gathered where the flag's roll-out does not say. */
const EVERY_MS = 30_000;
/** Of ties that are no more in the configuration: then they are over at once. */
const NO_HOLD_MS = 0;

/** A flag with what is in force above its configuration. */
export interface KnownFlag {
  readonly name: string;
  readonly spec: FlagSpec;
  readonly config: FlagConfig;
  /** Of the whole configuration. */
  readonly version: string;
  readonly state: FlagState;
  readonly stored?: Stored;
}

/** What the machine sees of a flag's configuration. */
export function flagConfigOf(name: string, spec: FlagSpec): FlagConfig {
  const rest = defaultVariant(spec) ?? "";
  const to = rolledVariant(spec);
  const { rollout } = spec;
  return {
    kind: "flag",
    flag: name,
    variants: variantNames(spec),
    rest,
    off: offVariant(spec) ?? rest,
    ...(to === undefined || to === rest ? {} : { to }),
    holdMs: spec.killWhen?.hold ?? NO_HOLD_MS,
    ...(rollout?.steps
      ? {
          rollout: {
            steps: rollout.steps,
            everyMs: rollout.every,
            holdMs: rollout.hold,
            gate: rollout.gate,
          },
        }
      : {}),
  };
}

/** Length of the intervals in which a flag's outcomes are counted. */
export const everyOf = ({ rollout }: Pick<FlagSpec, "rollout">): number => (rollout?.steps ? rollout.every : EVERY_MS);

function knownOf(name: string, spec: FlagSpec, version: string, stored: Stored | undefined): KnownFlag {
  const state = (stored?.state as unknown as FlagState | undefined) ?? { v: 1 };
  return { name, spec, config: flagConfigOf(name, spec), version, state, ...(stored ? { stored } : {}) };
}

function all(flags: FlagsConfig, version: string, items: readonly Stored[]): readonly KnownFlag[] {
  const bySubject = new Map(items.map((item) => [item.key.subject, item]));
  return Object.keys(flags)
    .sort()
    .map((name) => knownOf(name, flags[name] as FlagSpec, version, bySubject.get(flagSubject(name))));
}

/** Every flag, and what is kept of flags that the configuration has no more. @throws HeadgateError of the store */
export async function flagsAndLeft(
  runtime: Runtime,
  tenant: string,
): Promise<{ readonly flags: readonly KnownFlag[]; readonly left: readonly Stored[] }> {
  const applied = await currentConfig(runtime, tenant);
  const flags = applied?.config.flags ?? {};
  const items = await allItems(runtime, tenant, FLAG_NOUN, FLAG_SUBJECT);
  return {
    flags: all(flags, applied?.version ?? "none", items),
    left: items.filter(({ key }) => !Object.hasOwn(flags, key.subject.slice(FLAG_SUBJECT.length))),
  };
}

/** Every flag of the configuration in force, by name. @throws HeadgateError of the store */
export async function knownFlags(runtime: Runtime, tenant: string, of = currentConfig): Promise<readonly KnownFlag[]> {
  const applied = await of(runtime, tenant);
  const flags = applied?.config.flags;
  if (!applied || !flags) return [];
  return all(flags, applied.version, await allItems(runtime, tenant, FLAG_NOUN, FLAG_SUBJECT));
}

/** @throws HeadgateError `flag.unknown` where the configuration in force has no such flag; those of the store */
export async function knownFlag(runtime: Runtime, tenant: string, name: string): Promise<KnownFlag> {
  const applied = await currentConfig(runtime, tenant);
  const spec = own(applied?.config.flags ?? {}, name);
  if (!applied || !spec)
    throw new HeadgateError("flag.unknown", `no flag ${JSON.stringify(name.slice(0, 200))} is configured`);
  const stored = await runtime.store.load({ tenant, noun: FLAG_NOUN, subject: flagSubject(name) });
  return knownOf(name, spec, applied.version, stored);
}

/** What is needed to evaluate a flag. */
export function snapshotOfFlag({ spec, config, state }: KnownFlag): FlagSnapshot {
  const live = liveOf(config, state);
  return Object.keys(live).length === 0 ? { spec } : { spec, live };
}

export const snapshotOfFlags = (flags: readonly KnownFlag[]): FlagsSnapshot =>
  snapshotOf(Object.fromEntries(flags.map((flag) => [flag.name, snapshotOfFlag(flag)])));

/** All flags, read from what may be a second old as well. */
export const recentFlags = (runtime: Runtime, tenant: string) => knownFlags(runtime, tenant, recentConfig);
