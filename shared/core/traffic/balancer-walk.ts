import type { Leaf } from "./balancer-leaf.ts";
import type { Fork, Node, Tree } from "./balancer-nodes.ts";
import { hashNumber } from "./hash/xxhash64.ts";
import { spreadAt, spreadNext, spreadPeek } from "./tiers/spread.ts";
import type { PickRequest } from "./types.ts";

/** 0 ≤ x < 1 from a hash, in other bits than the tables look at. */
function placeOf(high: number, low: number): number {
  let mixed = Math.imul(high ^ (low << 16) ^ (low >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}

/**
 * Which child a request goes to. Where the policy hashes and the request has a key, the key decides, so that it always meets the same
 * level and version (the level exactly as Envoy: hash mod 100 against the summed shares); otherwise turns do. `take`: takes the turn.
 */
function childFor({ what, spread }: Fork, request: PickRequest, sticky: boolean, take: boolean): number {
  if (sticky && request.hashed) {
    if (what === "level") return spreadAt(spread, hashNumber(request.hashHigh, request.hashLow, 100));
    return spreadAt(spread, placeOf(request.hashHigh, request.hashLow) * spread.total);
  }
  return take ? spreadNext(spread) : spreadPeek(spread);
}

/** Goes down to a leaf; `path` collects where it went. */
export function leafFor(fork: Fork, request: PickRequest, sticky: boolean, take: boolean, path?: Fork[]): Leaf {
  let node: Node = fork;
  while (!node.leaf) {
    path?.push(node);
    // Forks have children with weights only, so there is always one.
    node = node.children[childFor(node, request, sticky, take)] as Node;
  }
  return node;
}

/**
 * For a retry whose own leaf has only hosts that were tried: the same level and version in other zones, then the same level, then the
 * other levels in their order. Undefined: every host that may be picked was tried.
 */
export function otherLeaf(tree: Tree, from: Leaf, request: PickRequest): Leaf | undefined {
  const own = tree.leaves.find(({ leaf }) => leaf === from);
  const rank = (level: number, version: string | undefined) =>
    (level === own?.level ? 0 : 2 * (level + 1)) + (version === own?.version ? 0 : 1);
  return tree.leaves
    .filter(({ leaf }) => leaf !== from && leaf.members.some((index) => !request.tried?.includes(index)))
    .sort((a, b) => rank(a.level, a.version) - rank(b.level, b.version))[0]?.leaf;
}
