import type { HostLoads } from "./balance/loads.ts";
import type { Random } from "./balance/random.ts";
import { isHashing, isStarting, pickFrom, setDirty, startsSlowly } from "./balancer-leaf.ts";
import type { Tree, TreeContext } from "./balancer-nodes.ts";
import { sameBackends } from "./balancer-same.ts";
import { standingOf } from "./balancer-standing.ts";
import { stashOf } from "./balancer-stash.ts";
import { treeOf } from "./balancer-tree.ts";
import type { Balancer, BalancerConfig, BalancerOptions } from "./balancer-types.ts";
import { stateOf } from "./balancer-view.ts";
import { leafFor, otherLeaf } from "./balancer-walk.ts";
import { whyOf } from "./balancer-why.ts";
import { findSubset, type SubsetNode, subsetRoot } from "./tiers/subsets.ts";
import type { Backend, Host, PickRequest } from "./types.ts";

export type { Balancer, BalancerConfig, BalancerOptions } from "./balancer-types.ts";

/** Weights in slow start are worked out again this often within the window. */
const SLOW_STEPS = 100;

/** Tables of subsets have an entry per host of the service each: so many entries are kept, then the oldest subset is made anew. */
const KEPT_ENTRIES = 2_000_000;

const isPlain = ({ match, tried }: PickRequest): boolean => match === undefined && tried === undefined;

/**
 * Balances one service: subset → priority level (with panic) → version → zone → policy. A host takes requests while it is healthy, not
 * ejected, its circuit is not open and it is not draining; in a panic also unhealthy and ejected ones do, draining ones and open
 * circuits never. `hosts` sorted by id; `loads` of the same size, kept by the caller with `begin` and `end`.
 */
export function balancerOf(
  config: BalancerConfig,
  hosts: readonly Host[],
  loads: HostLoads,
  random: Random,
  options: BalancerOptions = {},
): Balancer {
  const stash = stashOf(random);
  const keys = config.subsets?.keys ?? [];
  const sticky = isHashing(config.balance);
  let context = contextOf(hosts, loads);
  let backends: readonly Backend[] = hosts.map(({ backend }) => backend);
  let root: SubsetNode = subsetRoot(hosts.length);
  let main = treeOf(context, root.members, undefined);
  let subsets = new Map<SubsetNode, Tree>();
  let stale = new Map<SubsetNode, Tree>();
  /** From when on weights in slow start must be worked out again. */
  let slowAt = startsSlowly(context) ? -Infinity : Infinity;

  function contextOf(now: readonly Host[], its: HostLoads): TreeContext {
    if (its.size !== now.length) throw new RangeError(`loads of ${its.size} hosts for ${now.length}`);
    return {
      config,
      options,
      policy: config.balance,
      slowStart: config.slowStart,
      hosts: now,
      loads: its,
      random: stash,
      standing: now.map((host) => standingOf(host, config)),
    };
  }

  function slowTick(at: number): void {
    const { slowStart } = config;
    const starting = context.hosts.some((host) => isStarting(host, slowStart, at));
    for (const tree of [main, ...subsets.values()]) for (const { leaf } of tree.leaves) setDirty(leaf);
    slowAt = starting && slowStart !== undefined ? at + slowStart.window / SLOW_STEPS : Infinity;
  }

  /** The tree for what the request asks for; undefined: no such hosts, and none instead. */
  function treeFor(request: PickRequest): Tree | undefined {
    if (request.match === undefined || keys.length === 0) return main;
    const node = findSubset(root, keys, request.match, backends);
    if (node === root) return main;
    // Hosts on their way out are no subset to be in.
    const there = node?.members.some((index) => context.standing[index] !== "draining") ? node : undefined;
    if (there === undefined) return config.subsets?.fallback === "none" ? undefined : main;
    let tree = subsets.get(there);
    if (tree === undefined) {
      tree = treeOf(context, there.members, stale.get(there));
      const [oldest] = subsets.keys();
      if (oldest !== undefined && subsets.size >= Math.max(16, KEPT_ENTRIES / hosts.length)) subsets.delete(oldest);
      subsets.set(there, tree);
    }
    return tree;
  }

  function pickAnywhere(request: PickRequest): number {
    if (request.at >= slowAt) slowTick(request.at);
    const tree = treeFor(request);
    if (tree?.root === undefined) return -1;
    const leaf = tree.root.leaf ? tree.root : leafFor(tree.root, request, sticky, true);
    const picked = pickFrom(leaf, context, request);
    if (request.tried === undefined || !request.tried.includes(picked)) return picked;
    const other = otherLeaf(tree, leaf, request);
    return other === undefined ? picked : pickFrom(other, context, request);
  }

  return {
    get hosts() {
      return context.hosts;
    },
    get loads() {
      return context.loads;
    },
    pick(request) {
      // The plain case: one level, version and zone, nothing changed, nothing tried. Kept small, so that it is compiled into its caller.
      const plain = main.root;
      if (plain?.leaf && plain.ready !== undefined && isPlain(request) && request.at < slowAt)
        return plain.ready.pick(request);
      return pickAnywhere(request);
    },
    why(request) {
      if (request.at >= slowAt) slowTick(request.at);
      return whyOf(context, treeFor(request), main, request, sticky);
    },
    panic: () => main.levels.some(({ panic }) => panic),
    state: () => stateOf(context, main),
    update(next, nextLoads = context.loads) {
      const kept = nextLoads === context.loads && sameBackends(context.hosts, next);
      context = contextOf(next, nextLoads);
      if (kept) {
        stale = subsets;
        subsets = new Map();
        main = treeOf(context, root.members, main);
      } else {
        backends = next.map(({ backend }) => backend);
        root = subsetRoot(next.length);
        subsets = new Map();
        stale = new Map();
        main = treeOf(context, root.members, { ...main, leaves: [] });
      }
      if (startsSlowly(context)) slowAt = -Infinity;
    },
  };
}
