import { isHashing } from "./balancer-leaf.ts";
import { type Builder, grouped, type Node } from "./balancer-nodes.ts";
import { localityWeights, type ZoneAware, zoneAware } from "./tiers/locality.ts";

/** Key of the branch that takes requests zone-aware routing is not used for. */
const ANYWHERE = "*";

/** One version of one level: `all` counts, `picks` may be picked. */
export interface Part {
  readonly key: string;
  /** Place of the level. */
  readonly level: number;
  readonly version: string | undefined;
  readonly all: readonly number[];
  readonly picks: readonly number[];
  readonly panic: boolean;
}

/**
 * The zones of a part, or one leaf where zones do not matter: in a panic; zone-aware routing below the first level and with hashing
 * (all as in Envoy).
 */
export function zonesOf(build: Builder, part: Part): Node {
  const { config, hosts, options, policy } = build.context;
  const { key, level, version, picks } = part;
  const mode = config.locality ?? "off";
  const whole = () => build.leaf(key, level, version, picks);
  if (mode === "off" || part.panic) return whole();
  if (mode === "zone_aware" && (level > 0 || isHashing(policy))) return whole();

  const zoneOf = (index: number) => hosts[index]?.backend.zone ?? "";
  const there = grouped(picks, zoneOf);
  const all = grouped(part.all, zoneOf);
  const own = (zone: string) => Number(zone === config.zone);
  const names = [...all.keys()].sort((a, b) => own(b) - own(a) || (a < b ? -1 : 1));
  const counts = names.map((zone) => ({
    zone,
    healthy: there.get(zone)?.length ?? 0,
    total: all.get(zone)?.length ?? 0,
  }));
  const note = (shares: readonly number[], aware: ZoneAware | undefined) => {
    const sum = shares.reduce((total, share) => total + share, 0);
    build.zones.push({
      level,
      version,
      zones: counts,
      shares: shares.map((share) => (sum > 0 ? share / sum : 0)),
      aware,
    });
    return sum;
  };
  const branches = (shares: readonly number[]) =>
    names.flatMap((zone, place) => {
      const members = there.get(zone);
      if (members === undefined) return [];
      const node = build.leaf(`${key}/z:${zone}`, level, version, members);
      return [{ key: zone, weight: shares[place] ?? 0, node }];
    });

  if (mode === "weighted") {
    const weights = localityWeights(counts, config.localityWeights, config.overprovisioning ?? 140);
    if (note(weights, undefined) <= 0) return whole();
    if (!isHashing(policy)) return build.fork("zone", `${key}/zones`, branches(weights));
    // One table over all zones, each host with its part of its zone's share: keys stay where they are.
    const scales = new Map(
      names.map((zone, place) => {
        const members = there.get(zone) ?? [];
        const weight = members.reduce((sum, index) => sum + (hosts[index]?.backend.weight ?? 1), 0);
        return [zone, weight > 0 ? (weights[place] ?? 0) / weight : 0];
      }),
    );
    const scaleOf = (index: number) => scales.get(zoneOf(index)) ?? 0;
    const kept = picks.filter((index) => scaleOf(index) > 0);
    return build.leaf(key, level, version, kept, kept.map(scaleOf));
  }

  const { localHosts, minClusterSize = 6, routingEnabled = 100 } = options;
  const aware = zoneAware(counts, { zone: config.zone, localHosts, minClusterSize });
  note(aware.shares, aware);
  const enabled = Math.min(1, Math.max(0, routingEnabled / 100));
  if (aware.mode === "off" || enabled === 0) return whole();
  const zones = branches(aware.shares.map((share) => share * enabled));
  if (enabled < 1) zones.push({ key: ANYWHERE, weight: 1 - enabled, node: whole() });
  return build.fork("zone", `${key}/zones`, zones);
}
