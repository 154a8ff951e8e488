/** Hosts of one zone within one priority level; draining hosts are counted nowhere. */
export interface ZoneCount {
  readonly zone: string;
  readonly healthy: number;
  readonly total: number;
}

/**
 * Effective weight of each zone: weight × min(100, overprovisioning × healthy / total), Envoy's locality weighting with the
 * availability in whole percent as its table has it. A zone the weights do not name has none; without weights all zones are alike.
 */
export function localityWeights(
  zones: readonly ZoneCount[],
  weights: Readonly<Record<string, number>> | undefined,
  overprovisioning: number,
): number[] {
  return zones.map(({ zone, healthy, total }) => {
    const weight = weights === undefined ? 1 : Object.hasOwn(weights, zone) ? (weights[zone] ?? 0) : 0;
    if (total === 0) return 0;
    return weight * Math.min(100, Math.floor((overprovisioning * healthy) / total));
  });
}

export interface ZoneAwareSpec {
  /** Zone of the caller. */
  readonly zone: string | undefined;
  /**
   * Callers by zone. Absent: as the registered hosts are spread, so that a zone keeps its own requests until it loses hosts.
   */
  readonly localHosts?: Readonly<Record<string, number>> | undefined;
  /** Fewer healthy hosts than that are not split (Envoy: 6). */
  readonly minClusterSize: number;
}

export interface ZoneAware {
  /** `off`: all healthy hosts alike; `direct`: all to the own zone; `residual`: what fits, the rest where there is room. */
  readonly mode: "off" | "direct" | "residual";
  /** Why, as the end of a sentence. */
  readonly why: string;
  /** Ten-thousandths of the requests that stay in the own zone. */
  readonly localShare: number;
  /** Room that each zone has for others' requests, ten-thousandths, in the order given. */
  readonly residual: readonly number[];
  /** Share of the requests for each zone, together 1; all 0 where `off`. */
  readonly shares: readonly number[];
}

const WHOLE = 10_000;

const partOf = (count: number, all: number): number => (all > 0 ? Math.floor((WHOLE * count) / all) : 0);

/**
 * Zone-aware routing as Envoy computes it, in ten-thousandths: requests stay in the caller's zone as far as its share of the
 * healthy hosts reaches for its share of the callers; the rest goes to zones with more hosts than callers, in proportion.
 */
export function zoneAware(zones: readonly ZoneCount[], spec: ZoneAwareSpec): ZoneAware {
  const callers = zones.map(({ zone, total }) => {
    if (spec.localHosts === undefined) return total;
    return Object.hasOwn(spec.localHosts, zone) ? (spec.localHosts[zone] ?? 0) : 0;
  });
  const allCallers =
    spec.localHosts === undefined
      ? callers.reduce((sum, count) => sum + count, 0)
      : Object.values(spec.localHosts).reduce((sum, count) => sum + count, 0);
  const callerZones =
    spec.localHosts === undefined
      ? callers.filter((count) => count > 0).length
      : Object.values(spec.localHosts).filter((count) => count > 0).length;
  const healthy = zones.reduce((sum, zone) => sum + zone.healthy, 0);
  const here = zones.findIndex(({ zone }) => zone === spec.zone);
  const callersHere =
    spec.zone !== undefined && spec.localHosts !== undefined && Object.hasOwn(spec.localHosts, spec.zone)
      ? (spec.localHosts[spec.zone] ?? 0)
      : (callers[here] ?? 0);

  const off = (why: string): ZoneAware => ({
    mode: "off",
    why,
    localShare: 0,
    residual: zones.map(() => 0),
    shares: zones.map(() => 0),
  });
  if (spec.zone === undefined) return off("the zone of the caller is not known");
  if (zones.length < 2) return off("there is only one zone");
  if (callerZones < 2) return off("all callers are in one zone");
  if (callersHere === 0) return off(`no caller is known in zone ${spec.zone}`);
  if (healthy < spec.minClusterSize) return off(`${healthy} healthy hosts are fewer than ${spec.minClusterSize}`);

  const upstream = zones.map((zone) => partOf(zone.healthy, healthy));
  const local = callers.map((count, index) => (zones[index]?.healthy === 0 ? 0 : partOf(count, allCallers)));
  const [upHere, localHere] = [upstream[here] ?? 0, local[here] ?? 0];
  const percent = (part: number) => `${part / 100} %`;
  if (upHere > 0 && upHere >= localHere)
    return {
      mode: "direct",
      why: `zone ${spec.zone} has ${percent(upHere)} of the healthy hosts for ${percent(localHere)} of the callers`,
      localShare: WHOLE,
      residual: zones.map(() => 0),
      shares: zones.map((_, index) => (index === here ? 1 : 0)),
    };

  const localShare = here >= 0 && localHere > 0 ? Math.floor((upHere * WHOLE) / localHere) : 0;
  const residual = zones.map((_, index) =>
    index === here ? 0 : Math.max(0, (upstream[index] ?? 0) - (local[index] ?? 0)),
  );
  const room = residual.reduce((sum, part) => sum + part, 0);
  const filled = zones.filter((zone) => zone.healthy > 0).length;
  const rest = 1 - localShare / WHOLE;
  return {
    mode: "residual",
    why: `zone ${spec.zone} has ${percent(upHere)} of the healthy hosts for ${percent(localHere)} of the callers`,
    localShare,
    residual,
    // Rounding can leave no room anywhere: then every zone with hosts is as good as another.
    shares: zones.map((zone, index) => {
      const others = room > 0 ? (residual[index] ?? 0) / room : zone.healthy > 0 ? 1 / filled : 0;
      return (index === here ? localShare / WHOLE : 0) + rest * others;
    }),
  };
}
