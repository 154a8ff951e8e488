import { begin, end, hostLoads } from "../balance/loads.ts";
import { randomOf } from "../balance/random.ts";
import { balancerOf } from "../balancer.ts";
import { hashText } from "../hash/xxhash64.ts";
import { outlierResult } from "../outlier/result.ts";
import { isEjected, outlierDetector } from "../outlier/state.ts";
import { outlierSweep } from "../outlier/sweep.ts";
import type { OutlierConfig } from "../section.ts";
import type { Host, PickRequest, PolicyName } from "../types.ts";
import { departures } from "./departures.ts";
import type { GivenHost } from "./hosts-read.ts";
import { recommend } from "./recommend.ts";
import type { Recorded, RecordedRequest } from "./recorded.ts";
import { failed, type ReplayModel, replayModel } from "./replay-model.ts";
import { servers } from "./servers.ts";
import type { Balancing } from "./setting.ts";
import { able } from "./speeds.ts";
import { quantile, sharesOf, spreadOf } from "./spread.ts";

/** What a policy would have done with recorded requests. Times in milliseconds; null: there is nothing to tell. */
export interface ReplayFigures {
  /** "recorded": what really was. */
  readonly policy: PolicyName | "recorded";
  readonly p50: number | null;
  readonly p99: number | null;
  readonly cv: number | null;
  readonly maxOverMean: number | null;
  readonly share: Readonly<Record<string, number>>;
  /** Keys that end up on another host than the one that answered them last. */
  readonly movedKeys: number | null;
  readonly movedKeysPct: number | null;
  /** Hosts that a key met, on average: 1 is a warm cache. */
  readonly hostsPerKey: number | null;
  readonly failed: number;
  readonly ejections: number | null;
  /** Requests for which there was no host. */
  readonly refused: number;
}

export interface ReplayOptions {
  /** Passive detection; default off. */
  readonly outlier?: OutlierConfig | "off";
  /** Mean service time where the record has no times. */
  readonly serviceMs?: number | undefined;
  /** What is used now: what the recommendation compares with. Default: what was recorded. */
  readonly current?: PolicyName | undefined;
  readonly seed?: number;
  /** Told once of each policy for which unhealthy or ejected hosts were used, because too few were well. */
  readonly onPanic?: (policy: PolicyName) => void;
}

export interface Replay {
  readonly requests: number;
  readonly from: number | null;
  readonly to: number | null;
  /** Different keys. */
  readonly keys: number;
  /** What really was; null where the record has no times. */
  readonly recorded: ReplayFigures | null;
  readonly policies: readonly ReplayFigures[];
  readonly recommended: PolicyName | null;
  /** The recommendation with the differences, as a sentence. */
  readonly recommendation: string;
}

/** The performance window. */
const WINDOW_MS = 300_000;

const sorted = (times: Float64Array): Float64Array => times.sort();

/** Evenness over the hosts that could be picked, or were. */
const spreadIn = (hosts: readonly GivenHost[], counts: Float64Array) =>
  spreadOf(
    counts,
    hosts.map((one, index) => (able(one) || (counts[index] ?? 0) > 0 ? one.host.backend.weight : 0)),
  );

const shareIn = (hosts: readonly GivenHost[], counts: Float64Array): Record<string, number> => {
  const shares = sharesOf(counts);
  return Object.fromEntries(hosts.map((one, index) => [one.host.backend.id, shares[index] ?? 0]));
};

/** How many hosts a key met that met any, from pairs of key and host (key × hosts + host). */
function perKey(met: ReadonlySet<number>, hosts: number): number | null {
  const keys = new Set(Array.from(met, (pair) => Math.floor(pair / hosts)));
  return keys.size === 0 ? null : met.size / keys.size;
}

/** What really was. */
function asRecorded(recorded: Recorded, hosts: readonly GivenHost[], model: ReplayModel): ReplayFigures | null {
  const times = Float64Array.from(recorded.requests.flatMap((one) => one.ms ?? []));
  if (times.length === 0) return null;
  const all = sorted(times);
  const counts = new Float64Array(hosts.length);
  const met = new Set<number>();
  for (const [index, host] of model.answered.entries()) {
    if (host < 0) continue;
    counts[host] = (counts[host] as number) + 1;
    const key = model.keys[index] as number;
    if (key >= 0) met.add(key * hosts.length + host);
  }
  const spread = spreadIn(hosts, counts);
  return {
    policy: "recorded",
    p50: quantile(all, 0.5) ?? null,
    p99: quantile(all, 0.99) ?? null,
    cv: spread?.cv ?? null,
    maxOverMean: spread?.maxOverMean ?? null,
    share: shareIn(hosts, counts),
    movedKeys: null,
    movedKeysPct: null,
    hostsPerKey: perKey(met, hosts.length),
    failed: recorded.requests.filter(failed).length,
    ejections: null,
    refused: 0,
  };
}

/** Makes a recorded request the one that is picked for. */
function ask(request: PickRequest, one: RecordedRequest): void {
  request.hashed = one.key !== undefined;
  if (one.hash) {
    request.hashHigh = one.hash.high;
    request.hashLow = one.hash.low;
  } else if (one.key !== undefined) hashText(one.key, request);
  request.tags = one.tags;
  request.match = one.match;
}

function replayPolicy(
  recorded: Recorded,
  hosts: readonly GivenHost[],
  model: ReplayModel,
  balancing: Balancing,
  options: ReplayOptions,
): ReplayFigures {
  const { requests, eachStandsFor = 1 } = recorded;
  const { seed = 1, outlier = "off" } = options;
  const start = requests[0]?.at ?? 0;
  let now: Host[] = hosts.map((one) => one.host);
  // Where one request stands for several, all that takes time takes so much longer, and is told as it would have been.
  const loads = hostLoads(hosts.length, { windowMs: WINDOW_MS * eachStandsFor });
  const { balance } = balancing;
  const stretched = { ...balancing, balance: { ...balance, decay: balance.decay * eachStandsFor } };
  const draws = randomOf(seed + 1);
  const balancer = balancerOf(stretched, now, loads, draws);
  const outliers =
    outlier === "off"
      ? undefined
      : outlierDetector(
          outlier,
          now.map((one) => one.backend.id),
          randomOf(seed + 2),
          start,
        );
  let ejections = 0;
  let panicked = false;
  const look = (): void => {
    if (!panicked && balancer.panic()) options.onPanic?.(balance.policy);
    panicked ||= balancer.panic();
  };
  look();
  const changed = (verdicts: readonly ({ readonly action: string } | undefined)[]): void => {
    const acted = verdicts.filter((one) => one?.action === "ejected" || one?.action === "returned");
    if (!outliers || acted.length === 0) return;
    ejections += acted.filter((one) => one?.action === "ejected").length;
    now = hosts.map(({ host }, index) => ({ ...host, ejected: host.ejected || isEjected(outliers, index) }));
    balancer.update(now);
    look();
  };

  const farm = servers(model.servers);
  const busy = departures();
  const counts = new Float64Array(hosts.length);
  const last = new Int32Array(model.keyCount).fill(-1);
  const before = new Int32Array(model.keyCount).fill(-1);
  const met = new Set<number>();
  const times = new Float64Array(requests.length);
  const request: PickRequest = { at: start, hashed: false, hashHigh: 0, hashLow: 0 };
  let [served, failures, refused] = [0, 0, 0];
  for (const [index, one] of requests.entries()) {
    while (busy.next() <= one.at) {
      busy.pop();
      // The time of a failure is written as what lies below 0 by it.
      const ok = busy.ms >= 0;
      end(loads, busy.host, busy.at, ok ? busy.ms : -1 - busy.ms, ok);
      if (outliers)
        changed([
          outlierResult(outliers, busy.host, ok ? "success" : "5xx", busy.at),
          ...outlierSweep(outliers, busy.at),
        ]);
    }
    if (outliers) changed(outlierSweep(outliers, one.at));
    request.at = one.at;
    ask(request, one);
    const host = balancer.pick(request);
    if (host < 0) {
      refused += 1;
      continue;
    }
    begin(loads, host, one.at);
    const done = farm.serve(host, one.at, (model.needs[index] as number) * (model.slower[host] as number));
    const fails = model.fails(index, host);
    if (fails) failures += 1;
    busy.push(done, host, fails ? -1 - (done - one.at) : done - one.at);
    counts[host] = (counts[host] as number) + 1;
    times[served++] = (done - one.at) / eachStandsFor;
    const key = model.keys[index] as number;
    if (key < 0) continue;
    last[key] = host;
    met.add(key * hosts.length + host);
    if ((model.answered[index] as number) >= 0) before[key] = model.answered[index] as number;
  }
  const all = sorted(times.subarray(0, served));
  const spread = spreadIn(hosts, counts);
  let [compared, moved] = [0, 0];
  for (const [key, host] of before.entries()) {
    if (host < 0) continue;
    compared += 1;
    if (last[key] !== host) moved += 1;
  }
  return {
    policy: balancing.balance.policy,
    p50: quantile(all, 0.5) ?? null,
    p99: quantile(all, 0.99) ?? null,
    cv: spread?.cv ?? null,
    maxOverMean: spread?.maxOverMean ?? null,
    share: shareIn(hosts, counts),
    movedKeys: compared === 0 ? null : moved,
    movedKeysPct: compared === 0 ? null : (100 * moved) / compared,
    hostsPerKey: perKey(met, hosts.length),
    failed: failures,
    ejections: outliers ? ejections : null,
    refused,
  };
}

/**
 * Sends recorded requests through policies, one after the other: the same arrivals, the same needs, the same failing hosts. What
 * cannot be known from a record is what a request would have met elsewhere; see `replayModel` for what is assumed.
 */
export function replayRequests(
  recorded: Recorded | readonly RecordedRequest[],
  policies: readonly Balancing[],
  hosts: readonly GivenHost[],
  options: ReplayOptions = {},
): Replay {
  const record: Recorded = "requests" in recorded ? recorded : { requests: recorded };
  const model = replayModel(record, hosts, { serviceMs: options.serviceMs, seed: options.seed ?? 1 });
  const was = asRecorded(record, hosts, model);
  const figures = policies.map((balancing) => replayPolicy(record, hosts, model, balancing, options));
  return {
    requests: record.requests.length,
    from: record.requests[0]?.at ?? null,
    to: record.requests.at(-1)?.at ?? null,
    keys: model.keyCount,
    recorded: was,
    policies: figures,
    ...recommend(figures, was, options.current),
  };
}
