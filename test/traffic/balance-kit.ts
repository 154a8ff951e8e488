import { type Chooser, chooserOf } from "../../shared/core/traffic/balance/chooser.ts";
import { type HostLoads, hostLoads } from "../../shared/core/traffic/balance/loads.ts";
import { type Random, randomOf } from "../../shared/core/traffic/balance/random.ts";
import { textHash } from "../../shared/core/traffic/hash/xxhash64.ts";
import type { PolicySpec } from "../../shared/core/traffic/section.ts";
import type { Backend, Host, PickRequest, PolicyName } from "../../shared/core/traffic/types.ts";

export const NOW = 1_700_000_000_000;

/** The settings with the section's defaults. */
export function specOf(policy: PolicyName, settings: Partial<PolicySpec> = {}): PolicySpec {
  return {
    policy,
    table: "maglev",
    tableSize: 65_537,
    pointsPerHost: 160,
    maximumRingSize: 8_388_608,
    balanceFactor: 0,
    activeBias: 1,
    decay: 10_000,
    responseUnit: "ms",
    variant: "default",
    ...settings,
  };
}

export function hostOf(id: string, backend: Partial<Backend> = {}): Host {
  return {
    backend: {
      id,
      host: "127.0.0.1",
      port: 80,
      weight: 1,
      maxConnections: 100,
      capacity: 1000,
      tags: [],
      priority: 0,
      metadata: {},
      ...backend,
    },
    healthy: true,
    ejected: false,
    open: false,
    draining: false,
  };
}

export interface Play {
  readonly hosts: readonly Host[];
  readonly weights: Float64Array;
  readonly loads: HostLoads;
  readonly chooser: Chooser;
  /** Ids of so many picks, none of which is in flight afterwards. */
  picks(count: number, request?: Partial<PickRequest>): string[];
  pick(request?: Partial<PickRequest>): string | undefined;
}

/** A policy over hosts, each named or whole; weights are the backends'. */
export function play(
  spec: PolicySpec,
  given: readonly (string | Host)[],
  options: { readonly weights?: readonly number[]; readonly loads?: HostLoads; readonly random?: Random } = {},
): Play {
  const hosts = given.map((one) => (typeof one === "string" ? hostOf(one) : one));
  const weights = Float64Array.from(options.weights ?? hosts.map((host) => host.backend.weight));
  const loads = options.loads ?? hostLoads(hosts.length);
  const chooser = chooserOf(spec, hosts, weights, loads, options.random ?? randomOf(1));
  const pick = (request: Partial<PickRequest> = {}) => hosts[chooser.pick(requestOf(request))]?.backend.id;
  return {
    hosts,
    weights,
    loads,
    chooser,
    pick,
    picks: (count, request) => Array.from({ length: count }, () => pick(request) ?? "none"),
  };
}

export function requestOf(request: Partial<PickRequest> = {}): PickRequest {
  return { at: NOW, hashed: false, hashHigh: 0, hashLow: 0, ...request };
}

/** A request with a key. */
export function keyed(key: string): PickRequest {
  const hash = textHash(key);
  return requestOf({ hashed: true, hashHigh: hash.high, hashLow: hash.low });
}

/** A request whose hash is this number. */
export function hashed(hash: bigint): PickRequest {
  return requestOf({ hashed: true, hashHigh: Number(hash >> 32n), hashLow: Number(hash & 0xffffffffn) });
}

export function countOf<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
