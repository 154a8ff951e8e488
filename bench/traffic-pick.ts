import { type Chooser, chooserOf } from "../shared/core/traffic/balance/chooser.ts";
import { end, hostLoads } from "../shared/core/traffic/balance/loads.ts";
import { randomOf } from "../shared/core/traffic/balance/random.ts";
import { hashText, textHash } from "../shared/core/traffic/hash/xxhash64.ts";
import type { PolicySpec } from "../shared/core/traffic/section.ts";
import type { Host, PickRequest } from "../shared/core/traffic/types.ts";
import { type Row, row } from "./row.ts";
import { median } from "./timing.ts";

const NOW = 1_700_000_000_000;
/** Of one round: short enough to fall between others' turns at the processor. */
const PICKS = 100_000;
const KEYS = 65_536;
/** So few that no collection falls into most of the rounds: what was allocated is still there to be seen. */
const WATCHED = 200_000;

const DEFAULTS: Omit<PolicySpec, "policy"> = {
  table: "maglev",
  tableSize: 65_537,
  pointsPerHost: 160,
  maximumRingSize: 8_388_608,
  balanceFactor: 0,
  activeBias: 1,
  decay: 10_000,
  responseUnit: "ms",
  variant: "default",
};

/** Policies, and the most that a pick of ten hosts may take in ns. */
const MEASURED: readonly (readonly [string, Partial<PolicySpec> & Pick<PolicySpec, "policy">, number | undefined])[] = [
  ["Maglev", { policy: "maglev" }, 25],
  ["ring", { policy: "ring_hash" }, 120],
  ["round robin", { policy: "round_robin" }, 50],
  ["power of two", { policy: "power_of_two" }, 50],
  ["weighted round robin", { policy: "weighted_round_robin" }, undefined],
  ["least connections", { policy: "least_connections" }, undefined],
  ["least response time", { policy: "least_response_time" }, undefined],
  ["data locality", { policy: "data_locality_aware" }, undefined],
  ["rendezvous", { policy: "rendezvous" }, undefined],
  ["Maglev, bounded", { policy: "maglev", balanceFactor: 150 }, undefined],
];

/** What a pick costs with ten hosts, the request's hash known; what it leaves on the heap; and how long tables take to build. */
export function pickRows(): readonly Row[] {
  return [
    ...MEASURED.flatMap(([name, spec, bar]) => {
      const { chooser, request } = setUp(spec, 10);
      const ns = fastest(() => pickAll(chooser, request, PICKS)) / PICKS;
      return [
        row("traffic", { measure: `pick, ${name}`, value: ns, unit: "ns", ...(bar !== undefined && { bar }) }),
        row("traffic", {
          measure: `pick, ${name}: heap`,
          value: leftBehind(chooser, request),
          unit: "bytes a pick",
          bar: 1,
        }),
      ];
    }),
    row("traffic", { measure: "hash of a 16-byte key", value: hashNs(), unit: "ns" }),
    ...[10, 10_000].flatMap((count) =>
      (["maglev", "ring_hash"] as const).map((policy) =>
        row("traffic", {
          measure: `table of ${count} hosts, ${policy}`,
          value: fastest(() => void setUp({ policy }, count), 3) / 1e6,
          unit: "ms",
        }),
      ),
    ),
  ];
}

const high = new Uint32Array(KEYS);
const low = new Uint32Array(KEYS);
for (let key = 0; key < KEYS; key += 1) {
  const hash = textHash(`key-${key}`);
  high[key] = hash.high;
  low[key] = hash.low;
}

function setUp(spec: Partial<PolicySpec> & Pick<PolicySpec, "policy">, count: number) {
  const hosts = Array.from({ length: count }, (_, index) => hostOf(`10.0.${index >> 8}.${index & 255}:8080`));
  const loads = hostLoads(count);
  for (let i = 0; i < count; i += 1) end(loads, i, NOW, 10 + (i % 7), true);
  const chooser = chooserOf({ ...DEFAULTS, ...spec }, hosts, new Float64Array(count).fill(1), loads, randomOf(1));
  const request: PickRequest = { at: NOW, hashed: true, hashHigh: 0, hashLow: 0, tags: ["a"], tried: undefined };
  return { chooser, request };
}

function hostOf(id: string): Host {
  return {
    backend: {
      id,
      host: id,
      port: 80,
      weight: 1,
      maxConnections: 100,
      capacity: 1000,
      tags: [],
      priority: 0,
      metadata: {},
    },
    healthy: true,
    ejected: false,
    open: false,
    draining: false,
  };
}

/** The sum is given back, so that no compiler leaves the picks out. */
function pickAll(chooser: Chooser, request: PickRequest, picks: number): number {
  let sum = 0;
  for (let index = 0; index < picks; index += 1) {
    request.hashHigh = high[index & (KEYS - 1)] as number;
    request.hashLow = low[index & (KEYS - 1)] as number;
    sum += chooser.pick(request);
  }
  return sum;
}

/** Nanoseconds of the round that others disturbed least. */
function fastest(work: () => unknown, rounds = 60): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now();
    work();
    best = Math.min(best, performance.now() - from);
  }
  return best * 1e6;
}

/** Bytes a pick leaves on the heap, in the middle one of the rounds into which no collection fell. */
function leftBehind(chooser: Chooser, request: PickRequest): number {
  const seen: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const before = process.memoryUsage().heapUsed;
    pickAll(chooser, request, WATCHED);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) seen.push(grown / WATCHED);
  }
  return median(seen);
}

function hashNs(): number {
  const into = { hashHigh: 0, hashLow: 0 };
  const texts = Array.from({ length: KEYS }, (_, key) => `session-${String(key).padStart(8, "0")}`);
  const all = () => {
    for (let index = 0; index < PICKS; index += 1) hashText(texts[index & (KEYS - 1)] as string, into);
  };
  return fastest(all) / PICKS;
}
