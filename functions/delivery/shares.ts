import type { VersionLook } from "../../shared/core/delivery/rollout/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { ServiceSettings } from "../traffic/service-traffic.ts";
import { askForVersions, type VersionsAsk } from "../traffic/versions.ts";
import { weighedVersions, weightsTargetOf } from "../traffic/weights.ts";
import type { DeliverySettings } from "./settings.ts";

/** Percent by version. */
export type Shares = Readonly<Record<string, number>>;

/** What is in force of the shares of a service's versions, as read back from who divides its traffic. */
export interface SharesNow {
  /** Whether shares can be set at all. */
  readonly divides: boolean;
  /** Absent: nobody divides, or it could not be read. */
  readonly shares?: Shares;
  /** Why it could not be read, a sentence. */
  readonly failure?: string;
}

type Placed = Pick<VersionLook, "version" | "slot">;

const percent = (parts: Shares): Shares | undefined => {
  const all = Object.values(parts).reduce((sum, part) => sum + part, 0);
  if (!(all > 0)) return undefined;
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, (100 * part) / all]));
};

/** Names that a load balancer's groups (or an alias's versions) are configured under: versions, or the slots they run in. */
const groupNames = ({ config }: ServiceSettings): ReadonlySet<string> | undefined =>
  config.weights ? new Set(weighedVersions(config)) : undefined;

/** The name under which a version's share is set: its own, or its slot's where the load balancer knows slots only. */
export function nameOf(settings: ServiceSettings, versions: readonly Placed[], version: string): string {
  const names = groupNames(settings);
  if (!names || names.has(version)) return version;
  const slot = versions.find((one) => one.version === version)?.slot;
  return slot !== undefined && names.has(slot) ? slot : version;
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Reads the shares that are in force: of the load balancer, or of the gateway of this process. Never throws: what cannot be read is told.
 *
 * @param versions those that are there, with their slots
 */
export async function readShares(
  runtime: Runtime,
  { service, traffic, target }: DeliverySettings,
  versions: readonly Placed[],
): Promise<SharesNow> {
  const placed = weightsTargetOf(traffic);
  if (placed) {
    if (!runtime.weights) return { divides: false, failure: "no load balancer can be asked here" };
    try {
      const { weights } = await runtime.weights.read(placed);
      const named = Object.entries(weights).map(([name, part]): [string, number] => [
        versions.find((one) => nameOf(traffic, versions, one.version) === name)?.version ?? name,
        part,
      ]);
      const shares = percent(Object.fromEntries(named));
      return { divides: true, ...(shares ? { shares } : {}) };
    } catch (error) {
      return { divides: true, failure: `shares could not be read: ${message(error)}` };
    }
  }
  const look = runtime.traffic?.(service);
  // Tasks of one ECS service are replaced by ECS itself: nobody can tell them apart.
  if (!look || (target.ecs && Object.keys(target.ecs.slots).length === 1)) return { divides: false };
  const weighed = look.versions && percent(mapValues(look.versions, ({ weight }) => weight));
  // Where nobody is held to shares, what happens to run is none: the next instance that is ready would have its part unasked.
  return { divides: true, ...(weighed ? { shares: weighed } : {}) };
}

const mapValues = <T>(record: Readonly<Record<string, T>>, of: (value: T) => number): Shares =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));

/** What became of an attempt to set shares, a sentence. */
export interface SharesSet {
  readonly done: boolean;
  readonly detail: string;
}

const sharesText = (shares: Shares): string =>
  Object.entries(shares)
    .map(([name, share]) => `${name} ${Math.round(share * 100) / 100} %`)
    .join(", ");

const IN_FORCE: ReadonlySet<string | undefined> = new Set([
  "held_in_force",
  "weights_in_force",
  "weights_set",
  "weights_verified",
  "versions_set",
  "versions_released",
  "held_nothing_wanted",
]);

/**
 * Sets shares absolutely, above the configuration's and above another hand's: while a rollout is under way they are its own.
 *
 * @throws HeadgateError `weights.unavailable`; those of store and journal
 */
export async function setShares(
  runtime: Runtime,
  tenant: string,
  { traffic }: DeliverySettings,
  versions: readonly Placed[],
  shares: Shares,
  said: { readonly by: string; readonly why: string },
): Promise<SharesSet> {
  const named = Object.fromEntries(
    Object.entries(shares).map(([version, share]) => [nameOf(traffic, versions, version), share]),
  );
  return ask(runtime, tenant, traffic, { shares: named, takeOver: true, ...said }, sharesText(shares));
}

/**
 * Gives the shares back to the configuration, where it would send everything to the one version that is left; else what was set stays.
 *
 * @returns undefined where nothing was done
 * @throws as {@link setShares}
 */
export async function releaseShares(
  runtime: Runtime,
  tenant: string,
  { traffic }: DeliverySettings,
  versions: readonly Placed[],
  version: string,
  said: { readonly by: string; readonly why: string },
): Promise<SharesSet | undefined> {
  const configured = traffic.config.versions;
  if (configured) {
    const name = nameOf(traffic, versions, version);
    const others = Object.entries(configured).some(([one, share]) => one !== name && share > 0);
    if (others || !((configured[name] ?? 0) > 0)) return undefined;
  }
  return ask(runtime, tenant, traffic, { release: true, ...said }, "the configuration's");
}

async function ask(
  runtime: Runtime,
  tenant: string,
  traffic: ServiceSettings,
  asked: VersionsAsk,
  text: string,
): Promise<SharesSet> {
  const { status, reason, results, record } = await askForVersions(runtime, tenant, traffic, asked);
  const [result] = results;
  if (result && result.status !== "done") return { done: false, detail: result.detail };
  if (status === "busy" || status === "conflict")
    return { done: false, detail: `shares are being changed by somebody else (${status})` };
  if (!IN_FORCE.has(reason)) return { done: false, detail: record?.trace.at(-1)?.text ?? String(reason) };
  return { done: true, detail: `shares are ${text}` };
}
