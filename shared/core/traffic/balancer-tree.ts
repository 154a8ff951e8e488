import {
  type Branch,
  builderOf,
  grouped,
  type Level,
  type Node,
  type Tree,
  type TreeContext,
} from "./balancer-nodes.ts";
import { barredBy, isCounted } from "./balancer-standing.ts";
import { type Part, zonesOf } from "./balancer-zones.ts";
import { priorityLoads } from "./tiers/priority.ts";
import { versionShares } from "./tiers/versions.ts";

const DEFAULT_OVERPROVISIONING = 140;
const DEFAULT_PANIC = 50;

/**
 * Level → version → zone → hosts. Levels are outermost, as health and panic are theirs; versions are above zones, so that a version's
 * share is exact wherever its hosts stand.
 */
export function treeOf(context: TreeContext, members: readonly number[], before: Tree | undefined): Tree {
  const { config, hosts, standing } = context;
  const build = builderOf(context, before);
  const isPickable = (index: number) => barredBy(hosts[index], standing[index]) === undefined;
  const counted = members.filter((index) => isCounted(standing[index]));
  const groups = [...grouped(counted, (index) => hosts[index]?.backend.priority ?? 0)]
    .sort(([a], [b]) => a - b)
    .map(([priority, all]) => ({ priority, all, usable: all.filter((index) => standing[index] === undefined) }));
  const loads = priorityLoads(
    groups.map(({ all, usable }) => ({
      healthy: usable.length,
      total: all.length,
      pickable: all.filter(isPickable).length,
    })),
    { overprovisioning: config.overprovisioning ?? DEFAULT_OVERPROVISIONING, panic: config.panic ?? DEFAULT_PANIC },
  );

  const branches: Branch[] = [];
  const levels: Level[] = [];
  for (const [place, { priority, all, usable }] of groups.entries()) {
    const panic = loads.panic[place] ?? false;
    const share = loads.shares[place] ?? 0;
    const health = loads.health[place] ?? 0;
    const picks = panic ? all.filter(isPickable) : usable;
    const part = { key: `l:${priority}`, level: place, version: undefined, all, picks, panic };
    const level = { priority, total: all.length, usable: usable.length, panic, share, health };
    const versions = versionsOf(context, part);
    levels.push(versions === undefined ? level : { ...level, versions });
    if (picks.length === 0) continue;
    const node = versions === undefined ? zonesOf(build, part) : dealt(part, versions);
    // Levels without a share are kept for retries only: they stand among the leaves.
    if (share > 0) branches.push({ key: String(priority), weight: share, node });
  }
  const root = branches.length === 0 ? undefined : build.fork("level", "levels", branches);
  return { root, levels, zones: build.zones, leaves: build.leaves, forks: build.forks, members };

  function dealt(part: Part, { names, parts }: NonNullable<Level["versions"]>): Node {
    const versionOf = (index: number) => hosts[index]?.backend.version ?? "";
    const [all, picks] = [grouped(part.all, versionOf), grouped(part.picks, versionOf)];
    const nodes = names.map((version, which) => ({
      key: version,
      weight: parts[which] ?? 0,
      node: zonesOf(build, {
        ...part,
        key: `${part.key}/v:${version}`,
        version,
        all: all.get(version) ?? [],
        picks: picks.get(version) ?? [],
      }),
    }));
    return build.fork("version", `${part.key}/versions`, nodes);
  }
}

/** The shares of the versions that have hosts to pick; undefined where versions have no shares. */
function versionsOf({ config, hosts }: TreeContext, { picks }: Part): Level["versions"] {
  const { versions } = config;
  if (versions === undefined) return undefined;
  const counts = grouped(picks, (index) => hosts[index]?.backend.version ?? "");
  const names = Object.keys(versions).filter((name) => counts.has(name));
  const numbers = names.map((name) => counts.get(name)?.length ?? 0);
  const there = names.map((version, which) => ({ version, hosts: numbers[which] ?? 0 }));
  return { ...versionShares(versions, there), names, hosts: numbers };
}
