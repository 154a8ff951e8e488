import { type Leaf, type LeafContext, leafOf, setMembers } from "./balancer-leaf.ts";
import type { BalancerConfig, BalancerOptions } from "./balancer-types.ts";
import type { ZoneAware, ZoneCount } from "./tiers/locality.ts";
import { carrySpread, type Spread, spreadOf } from "./tiers/spread.ts";
import type { VersionShares } from "./tiers/versions.ts";
import type { Excluded } from "./types.ts";

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

/** A leaf and where it hangs: the place of its level, and its version where versions have shares. */
export interface Owner {
  readonly leaf: Leaf;
  readonly level: number;
  readonly version: string | undefined;
}

/** Where the requests for one set of hosts (all, or a subset) go. */
export interface Tree {
  readonly root: Node | undefined;
  readonly levels: readonly Level[];
  readonly zones: readonly ZoneSplit[];
  /** In the order of levels, versions and zones. */
  readonly leaves: readonly Owner[];
  readonly forks: ReadonlyMap<string, Fork>;
  readonly members: readonly number[];
}

export interface TreeContext extends LeafContext {
  readonly config: BalancerConfig;
  readonly options: BalancerOptions;
  /** What is in the way of each host, whoever asks. */
  readonly standing: readonly (Excluded | undefined)[];
}

/** What a fork is made of. */
export interface Branch {
  readonly key: string;
  readonly node: Node;
  readonly weight: number;
}

/** Makes the nodes of one tree; leaves and turns of the tree before are taken over by key. */
export interface Builder {
  readonly context: TreeContext;
  readonly zones: ZoneSplit[];
  readonly leaves: Owner[];
  readonly forks: Map<string, Fork>;
  /** @param scale what the weight of each member is multiplied by */
  leaf(
    key: string,
    level: number,
    version: string | undefined,
    members: readonly number[],
    scale?: readonly number[],
  ): Leaf;
  fork(what: Fork["what"], key: string, branches: readonly Branch[]): Node;
}

export function builderOf(context: TreeContext, before: Tree | undefined): Builder {
  const known = new Map(before?.leaves.map(({ leaf }) => [leaf.key, leaf]));
  const weighs = context.policy.policy !== "round_robin";
  const leaves: Owner[] = [];
  const forks = new Map<string, Fork>();
  return {
    context,
    zones: [],
    leaves,
    forks,
    leaf(key, level, version, members, scale) {
      const { hosts } = context;
      const leaf = known.get(key) ?? leafOf(key, hosts.length);
      const weight = (index: number, place: number) =>
        (weighs ? (hosts[index]?.backend.weight ?? 1) : 1) * (scale?.[place] ?? 1);
      setMembers(leaf, Int32Array.from(members), Float64Array.from(members, weight));
      leaves.push({ leaf, level, version });
      return leaf;
    },
    fork(what, key, branches) {
      const [only] = branches;
      if (branches.length === 1 && only !== undefined) return only.node;
      const keys = branches.map((branch) => branch.key);
      const spread = spreadOf(branches.map(({ weight }) => weight));
      const old = before?.forks.get(key);
      if (old !== undefined) carrySpread(old.spread, old.keys, spread, keys);
      const fork: Fork = { leaf: false, what, key, keys, children: branches.map(({ node }) => node), spread };
      forks.set(key, fork);
      return fork;
    },
  };
}

/** Members by key, in the order in which keys are met. */
export function grouped<K>(members: readonly number[], keyOf: (index: number) => K): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const index of members) {
    const key = keyOf(index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  return groups;
}
