import { isHashing, type Leaf, type LeafContext, leafOf, setMembers } from "./balancer-leaf.ts";
import type { BalancerConfig, BalancerOptions } from "./balancer-types.ts";
import { localityWeights, type ZoneAware, type ZoneCount, zoneAware } from "./tiers/locality.ts";
import { type PriorityLoads, priorityLoads } from "./tiers/priority.ts";
import { carrySpread, type Spread, spreadOf } from "./tiers/spread.ts";
import { type VersionShares, versionShares } from "./tiers/versions.ts";
import type { Excluded, Host } from "./types.ts";

/** Requests are dealt to the children by share. */
export interface Fork {
  readonly leaf: false;
  readonly what: "level" | "version" | "zone";
  readonly key: string;
  readonly keys: readonly string[];
  readonly children: readonly Node[];
  readonly spread: Spread;
}

export type Node = Leaf | Fork;

export interface Level {
  readonly priority: number;
  /** Hosts that are not on their way out and whose version has a share. */
  readonly total: number;
  readonly usable: number;
  readonly panic: boolean;
  readonly share: number;
  readonly health: number;
  readonly versions?: VersionShares & { readonly names: readonly string[]; readonly hosts: readonly number[] };
}

/** How zones are used below a level and a version. */
export interface ZoneSplit {
  readonly level: number;
  readonly version: string | undefined;
  readonly zones: readonly ZoneCount[];
  /** Share of the requests for each zone, together 1. */
  readonly shares: readonly number[];
  readonly aware: ZoneAware | undefined;
}

/** Where the requests for one set of hosts (all, or a subset) go. */
export interface Tree {
  readonly root: Node | undefined;
  readonly levels: readonly Level[];
  readonly loads: PriorityLoads;
  readonly zones: readonly ZoneSplit[];
  /** In the order of levels, versions and zones. */
  readonly leaves: readonly { readonly leaf: Leaf; readonly level: number; readonly version: string | undefined }[];
  readonly forks: ReadonlyMap<string, Fork>;
  readonly members: readonly number[];
}

export interface TreeContext extends LeafContext {
  readonly config: BalancerConfig;
  readonly options: BalancerOptions;
  /** What is in the way of each host, whoever asks. */
  readonly standing: readonly (Excluded | undefined)[];
}

/** What is in the way of a host in a panic too; an open circuit refuses whoever is sent there. */
export function barredBy(context: Pick<TreeContext, "standing" | "hosts">, index: number): Excluded | undefined {
  const standing = context.standing[index];
  if (standing === "draining" || standing === "no_share") return standing;
  return context.hosts[index]?.open ? "circuit_open" : undefined;
}

const isCounted = (standing: Excluded | undefined): boolean => standing !== "draining" && standing !== "no_share";

/** What is in the way of a host, the first that is. */
export function standingOf(host: Host, config: BalancerConfig): Excluded | undefined {
  if (host.draining) return "draining";
  const { versions } = config;
  if (versions !== undefined) {
    const { version } = host.backend;
    const share = version !== undefined && Object.hasOwn(versions, version) ? (versions[version] ?? 0) : 0;
    if (share <= 0) return "no_share";
  }
  if (!host.healthy) return "unhealthy";
  if (host.ejected) return "ejected";
  return host.open ? "circuit_open" : undefined;
}

function grouped<K>(members: readonly number[], keyOf: (index: number) => K): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const index of members) {
    const key = keyOf(index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  return groups;
}

const ANYWHERE = "*";

/** Builds the tree; leaves and turns of the one before are taken over, so that only what changed is computed again. */
export function treeOf(context: TreeContext, members: readonly number[], before: Tree | undefined): Tree {
  const { config, hosts, standing, options } = context;
  const forks = new Map<string, Fork>();
  const leaves: { leaf: Leaf; level: number; version: string | undefined }[] = [];
  const zones: ZoneSplit[] = [];
  const known = new Map(before?.leaves.map(({ leaf }) => [leaf.key, leaf]));
  const weighs = context.policy.policy !== "round_robin";

  const leafFor = (
    key: string,
    level: number,
    version: string | undefined,
    list: readonly number[],
    scale?: readonly number[],
  ) => {
    const leaf = known.get(key) ?? leafOf(key, hosts.length);
    const base = Float64Array.from(
      list,
      (index, place) => (weighs ? (hosts[index]?.backend.weight ?? 1) : 1) * (scale?.[place] ?? 1),
    );
    setMembers(leaf, Int32Array.from(list), base);
    leaves.push({ leaf, level, version });
    return leaf;
  };
  const forkOf = (
    what: Fork["what"],
    key: string,
    keys: readonly string[],
    children: readonly Node[],
    weights: readonly number[],
  ): Node => {
    const [only] = children;
    if (children.length === 1 && only !== undefined) return only;
    const fork: Fork = { leaf: false, what, key, keys, children, spread: spreadOf(weights) };
    const old = before?.forks.get(key);
    if (old !== undefined) carrySpread(old.spread, old.keys, fork.spread, keys);
    forks.set(key, fork);
    return fork;
  };

  /** The zones of one version of one level; `all` counts, `list` may be picked. */
  const zoned = (
    key: string,
    level: number,
    version: string | undefined,
    all: readonly number[],
    list: readonly number[],
    panic: boolean,
  ): Node => {
    const mode = config.locality ?? "off";
    const whole = () => leafFor(key, level, version, list);
    if (mode === "off" || panic || list.length === 0) return whole();
    if (mode === "zone_aware" && (level > 0 || isHashing(context.policy))) return whole();
    const zoneOf = (index: number) => hosts[index]?.backend.zone ?? "";
    const there = grouped(list, zoneOf);
    const counted = grouped(all, zoneOf);
    const names = [...counted.keys()].sort(
      (a, b) => Number(b === config.zone) - Number(a === config.zone) || (a < b ? -1 : 1),
    );
    const counts = names.map((zone) => ({
      zone,
      healthy: there.get(zone)?.length ?? 0,
      total: counted.get(zone)?.length ?? 0,
    }));
    const split = (shares: readonly number[], aware: ZoneAware | undefined) => {
      const sum = shares.reduce((total, share) => total + share, 0);
      zones.push({ level, version, zones: counts, shares: shares.map((share) => (sum > 0 ? share / sum : 0)), aware });
      return sum;
    };
    const parts = (shares: readonly number[]) =>
      names.flatMap((zone, place) => {
        const group = there.get(zone) ?? [];
        return group.length === 0
          ? []
          : [{ zone, share: shares[place] ?? 0, leaf: leafFor(`${key}/z:${zone}`, level, version, group) }];
      });

    if (mode === "weighted") {
      const weights = localityWeights(counts, config.localityWeights, config.overprovisioning ?? 140);
      if (split(weights, undefined) <= 0) return whole();
      if (isHashing(context.policy)) {
        // One table over all zones, each host with its part of its zone's share: keys stay where they are.
        const sums = new Map(
          names.map((zone, place) => {
            const weight = (there.get(zone) ?? []).reduce((sum, index) => sum + (hosts[index]?.backend.weight ?? 1), 0);
            return [zone, (weights[place] ?? 0) / weight];
          }),
        );
        const kept = list.filter((index) => (sums.get(zoneOf(index)) ?? 0) > 0);
        return leafFor(
          key,
          level,
          version,
          kept,
          kept.map((index) => sums.get(zoneOf(index)) ?? 0),
        );
      }
      const groups = parts(weights);
      return forkOf(
        "zone",
        `${key}/zones`,
        groups.map(({ zone }) => zone),
        groups.map(({ leaf }) => leaf),
        groups.map(({ share }) => share),
      );
    }
    const aware = zoneAware(counts, {
      zone: config.zone,
      localHosts: options.localHosts,
      minClusterSize: options.minClusterSize ?? 6,
    });
    split(aware.shares, aware);
    const enabled = Math.min(1, Math.max(0, (options.routingEnabled ?? 100) / 100));
    if (aware.mode === "off" || enabled === 0) return whole();
    const groups = parts(aware.shares.map((share) => share * enabled));
    const rest = enabled < 1 ? [{ zone: ANYWHERE, share: 1 - enabled, leaf: whole() }] : [];
    const children = [...groups, ...rest];
    return forkOf(
      "zone",
      `${key}/zones`,
      children.map(({ zone }) => zone),
      children.map(({ leaf }) => leaf),
      children.map(({ share }) => share),
    );
  };

  const counted = members.filter((index) => isCounted(standing[index]));
  const byLevel = [...grouped(counted, (index) => hosts[index]?.backend.priority ?? 0)].sort(([a], [b]) => a - b);
  const usable = byLevel.map(([, list]) => list.filter((index) => standing[index] === undefined));
  const loads = priorityLoads(
    byLevel.map(([, list], place) => ({
      healthy: usable[place]?.length ?? 0,
      total: list.length,
      pickable: list.filter((index) => barredBy(context, index) === undefined).length,
    })),
    { overprovisioning: config.overprovisioning ?? 140, panic: config.panic ?? 50 },
  );

  const nodes: { priority: number; node: Node; share: number }[] = [];
  const levels: Level[] = [];
  for (const [place, [priority, list]] of byLevel.entries()) {
    const panic = loads.panic[place] ?? false;
    const share = loads.shares[place] ?? 0;
    const picks = panic ? list.filter((index) => barredBy(context, index) === undefined) : (usable[place] ?? []);
    const key = `l:${priority}`;
    const level = {
      priority,
      total: list.length,
      usable: usable[place]?.length ?? 0,
      panic,
      share,
      health: loads.health[place] ?? 0,
    };
    if (config.versions === undefined) {
      levels.push(level);
      if (picks.length > 0) nodes.push({ priority, share, node: zoned(key, place, undefined, list, picks, panic) });
      continue;
    }
    const versionOf = (index: number) => hosts[index]?.backend.version ?? "";
    const all = grouped(list, versionOf);
    const there = grouped(picks, versionOf);
    const names = Object.keys(config.versions).filter((name) => there.has(name));
    const numbers = names.map((name) => there.get(name)?.length ?? 0);
    const shares = versionShares(
      config.versions,
      names.map((version, which) => ({ version, hosts: numbers[which] ?? 0 })),
    );
    levels.push({ ...level, versions: { ...shares, names, hosts: numbers } });
    if (names.length === 0) continue;
    const children = names.map((name) =>
      zoned(`${key}/v:${name}`, place, name, all.get(name) ?? [], there.get(name) ?? [], panic),
    );
    nodes.push({ priority, share, node: forkOf("version", `${key}/versions`, names, children, shares.parts) });
  }

  // Levels without a share are kept for retries only; they stand among the leaves.
  const shared = nodes.filter(({ share }) => share > 0);
  const root =
    shared.length === 0
      ? undefined
      : forkOf(
          "level",
          "levels",
          shared.map(({ priority }) => String(priority)),
          shared.map(({ node }) => node),
          shared.map(({ share }) => share),
        );
  return { root, levels, loads, zones, leaves, forks, members };
}
