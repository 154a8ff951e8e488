import { type Leaf, peekFrom } from "./balancer-leaf.ts";
import type { Fork, Tree, TreeContext } from "./balancer-nodes.ts";
import { barredBy } from "./balancer-standing.ts";
import { missingSentence, panicSentence, percentText } from "./balancer-view.ts";
import { leafFor, otherLeaf } from "./balancer-walk.ts";
import type { Candidate, Excluded, PickRequest, PickWhy } from "./types.ts";

const WORDS: Readonly<Record<Excluded, string>> = {
  draining: "on their way out",
  unhealthy: "unhealthy",
  ejected: "ejected",
  circuit_open: "with an open circuit",
  no_share: "of a version without a share",
  tried: "tried already",
  other_subset: "outside the subset",
  other_level: "of another level",
  other_version: "of another version",
  other_zone: "in another zone",
  full: "full",
};

const hostsText = (count: number): string => `${count} ${count === 1 ? "host" : "hosts"}`;

function forkSentence(fork: Fork, chosen: string, sticky: boolean): string {
  const { keys, spread, what } = fork;
  const shares = keys.map((key, index) => {
    const share = percentText((100 * (spread.weights[index] ?? 0)) / spread.total);
    return `${what} ${key === "" ? "(none)" : key} ${share}`;
  });
  return `Of the requests ${shares.join(", ")}; ${sticky ? "the key's hash" : "the turn"} gives this one to ${what} ${chosen}.`;
}

/** Why there is no host, as a reason and a sentence. */
function nobody(context: TreeContext, tree: Tree | undefined): { readonly reason: string; readonly step: string } {
  if (tree === undefined)
    return { reason: "no_subset", step: "No backend has what is asked for, and any other is not wanted." };
  const { members } = tree;
  if (members.length === 0) return { reason: "no_backend", step: "The service has no backend." };
  const counts = new Map<Excluded, number>();
  for (const index of members) {
    const standing = context.standing[index];
    if (standing !== undefined) counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  const parts = [...counts].map(([standing, count]) => `${count} ${WORDS[standing]}`);
  const step = `No host may be picked: of ${hostsText(members.length)}, ${parts.join(", ")}.`;
  if (counts.get("draining") === members.length) return { reason: "all_draining", step };
  const ill = ["unhealthy", "ejected", "circuit_open"] as const;
  return { reason: ill.some((one) => counts.has(one)) ? "all_unhealthy" : "no_backend", step };
}

function subsetStep(context: TreeContext, tree: Tree, main: Tree, request: PickRequest): string | undefined {
  const keys = context.config.subsets?.keys ?? [];
  const asked = keys.filter((key) => request.match !== undefined && Object.hasOwn(request.match, key));
  if (asked.length === 0) return undefined;
  const text = asked.map((key) => `${key}=${request.match?.[key]}`).join(", ");
  if (tree === main) return `No backend has ${text}: any is taken.`;
  return `Subset ${text}: ${tree.members.length} of ${hostsText(main.members.length)}.`;
}

/** What is in the way of each host for this request, seen from the leaf it goes to. */
function excludedFrom(context: TreeContext, tree: Tree, leaf: Leaf, request: PickRequest) {
  const inTree = new Set(tree.members);
  const owners = new Map<number, Tree["leaves"][number]>();
  // Backwards, because of leaves that share hosts the first counts.
  for (const owner of [...tree.leaves].reverse()) for (const index of owner.leaf.members) owners.set(index, owner);
  for (const index of leaf.members) owners.delete(index);
  const own = tree.leaves.find((one) => one.leaf === leaf);
  const panics = new Map(tree.levels.map(({ priority, panic }) => [priority, panic]));
  return (index: number): Excluded | undefined => {
    if (!inTree.has(index)) return "other_subset";
    const standing = context.standing[index];
    const panic = panics.get(context.hosts[index]?.backend.priority ?? 0) ?? false;
    const barred = panic ? barredBy(context.hosts[index], standing) : standing;
    if (barred !== undefined) return barred;
    const its = owners.get(index);
    if (its === undefined) return request.tried?.includes(index) ? "tried" : undefined;
    if (its.level !== own?.level) return "other_level";
    return its.version === own?.version ? "other_zone" : "other_version";
  };
}

/** Explains the pick of a request without making it: turns, draws and the place of the rotation are as before. */
export function whyOf(
  context: TreeContext,
  tree: Tree | undefined,
  main: Tree,
  request: PickRequest,
  sticky: boolean,
): PickWhy {
  const { last } = context.loads;
  const why = context.random.peek(() => explain(context, tree, main, request, sticky));
  context.loads.last = last;
  return why;
}

function explain(
  context: TreeContext,
  tree: Tree | undefined,
  main: Tree,
  request: PickRequest,
  sticky: boolean,
): PickWhy {
  const { hosts, policy } = context;
  const subset = tree === undefined ? undefined : subsetStep(context, tree, main, request);
  const steps = subset === undefined ? [] : [subset];
  if (tree?.root === undefined) {
    const { reason, step } = nobody(context, tree);
    const candidates = hosts.map(({ backend }, index): Candidate => {
      const standing = context.standing[index];
      const excluded = tree === undefined || !tree.members.includes(index) ? "other_subset" : standing;
      return { id: backend.id, picked: false, ...(excluded === undefined ? {} : { excluded }), values: {} };
    });
    return { policy: policy.policy, reason, steps: [...steps, step], panic: false, candidates };
  }

  const path: Fork[] = [];
  let leaf = tree.root.leaf ? tree.root : leafFor(tree.root, request, sticky, false, path);
  for (const [place, fork] of path.entries()) {
    const next = path[place + 1] ?? leaf;
    const chosen = fork.keys[fork.children.indexOf(next)] ?? "";
    steps.push(forkSentence(fork, chosen, sticky && request.hashed));
  }
  let seen = peekFrom(leaf, context, request);
  if (request.tried?.includes(seen.picked)) {
    const other = otherLeaf(tree, leaf, request);
    if (other !== undefined) {
      leaf = other;
      seen = peekFrom(leaf, context, request);
      steps.push("All hosts there were tried already: another part of the service is.");
    }
  }
  const own = tree.leaves.find((one) => one.leaf === leaf);
  const level = tree.levels[own?.level ?? 0];
  if (level !== undefined) {
    if (level.panic) steps.push(panicSentence(level, context.config.panic ?? 50));
    const missing = missingSentence(level);
    if (missing !== undefined) steps.push(missing);
  }
  const aware = tree.zones.find((zone) => zone.level === own?.level && zone.version === own?.version)?.aware;
  if (aware !== undefined) steps.push(`Zone-aware routing is ${aware.mode}: ${aware.why}.`);

  const excludedOf = excludedFrom(context, tree, leaf, request);
  const candidates = hosts.map(({ backend }, index): Candidate => {
    const picked = index === seen.picked;
    const excluded = picked ? undefined : excludedOf(index);
    const values = (leaf.weights[index] ?? 0) > 0 ? (leaf.chooser?.values(request, index) ?? {}) : {};
    return { id: backend.id, picked, ...(excluded === undefined ? {} : { excluded }), values };
  });
  const host = hosts[seen.picked]?.backend.id;
  steps.push(
    `${policy.policy} over ${hostsText(leaf.members.length)}: ${host ?? "none"}${seen.tie === undefined ? "" : ` (${seen.tie})`}.`,
  );
  const fellBack = tree === main && subset !== undefined;
  const reason =
    host === undefined ? "no_backend" : level?.panic ? "picked_panic" : fellBack ? "picked_fallback" : "picked";
  return {
    policy: policy.policy,
    ...(host === undefined ? {} : { host }),
    reason,
    steps,
    panic: level?.panic ?? false,
    candidates,
  };
}
