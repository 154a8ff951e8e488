import { randomOf } from "../balance/random.ts";
import type { GivenHost } from "./hosts-read.ts";
import type { Recorded, RecordedRequest } from "./recorded.ts";
import { speedsOf } from "./speeds.ts";

/** What a record says of requests and hosts, whoever is picked. */
export interface ReplayModel {
  /** What each request would take on a middling host, in milliseconds. */
  readonly needs: Float64Array;
  /** How much longer it takes on each host. */
  readonly slower: Float64Array;
  readonly servers: Int32Array;
  /** Host that answered, as an index; -1: not known, or no host any more. */
  readonly answered: Int32Array;
  /** A number for each key; -1: none. */
  readonly keys: Int32Array;
  readonly keyCount: number;
  /** Whether a request fails on a host: as often as those that it answered around that time did. */
  fails(request: number, host: number): boolean;
}

/** Requests that a median wants before it says how fast a host is. */
const ENOUGH = 10;
/** Failures are counted by so much time: an outage must not be spread over the whole record. */
const WINDOW_MS = 10_000;

function median(values: number[]): number | undefined {
  return values.sort((a, b) => a - b)[(values.length - 1) >> 1];
}

/** No answer, or one that is the server's fault. */
export const failed = ({ status }: RecordedRequest): boolean => status !== undefined && (status === 0 || status >= 500);

/**
 * Reads a model out of a record. A response time is taken for the host's own, which is right while nothing waited in the record;
 * hosts are told apart by their medians, those without enough requests by what their file says of them.
 */
export function replayModel(
  recorded: Recorded,
  hosts: readonly GivenHost[],
  options: { readonly serviceMs?: number | undefined; readonly seed: number },
): ReplayModel {
  const { requests } = recorded;
  const places = new Map<string, number>();
  for (const [index, { host }] of hosts.entries()) {
    places.set(`${host.backend.host}:${host.backend.port}`, index);
    places.set(host.backend.id, index);
  }
  const answered = Int32Array.from(requests, (one) =>
    one.backend === undefined ? -1 : (places.get(one.backend) ?? -1),
  );
  const times: number[][] = hosts.map(() => []);
  for (const [index, one] of requests.entries())
    if (one.ms !== undefined && !failed(one)) times[answered[index] as number]?.push(one.ms);
  const medians = times.map((its) => (its.length >= ENOUGH ? median(its) : undefined));
  const middle = median(medians.filter((one) => one !== undefined && one > 0) as number[]);
  const given = speedsOf(hosts, options.serviceMs);
  const slower = Float64Array.from(hosts, (_, index) => {
    const its = medians[index];
    return middle && its ? its / middle : (given.times[index] as number) / given.serviceMs;
  });

  const draws = randomOf(options.seed + 0xdeed);
  const nominal = options.serviceMs ?? middle ?? given.serviceMs;
  const needs = Float64Array.from(requests, (one, index) => {
    // One that stands for several keeps a host busy for as long as they would.
    if (one.ms === undefined) return -nominal * (recorded.eachStandsFor ?? 1) * Math.log(1 - draws.next());
    return one.ms / (slower[answered[index] as number] ?? 1);
  });
  const luck = Float64Array.from(requests, () => draws.next());

  const numbers = new Map<string, number>();
  const keys = Int32Array.from(requests, ({ key }) => {
    if (key === undefined) return -1;
    const known = numbers.get(key);
    if (known === undefined) numbers.set(key, numbers.size);
    return known ?? numbers.size - 1;
  });
  return {
    needs,
    slower,
    servers: Int32Array.from(hosts, ({ servers, host }) =>
      recorded.eachStandsFor === undefined ? (servers ?? (host.backend.maxConnections || 100)) : (servers ?? 1),
    ),
    answered,
    keys,
    keyCount: numbers.size,
    fails: failuresOf(requests, answered, hosts.length, luck),
  };
}

function failuresOf(
  requests: readonly RecordedRequest[],
  answered: Int32Array,
  hosts: number,
  luck: Float64Array,
): ReplayModel["fails"] {
  if (!requests.some(failed)) return () => false;
  const windows = new Map<number, Float64Array>();
  const all = new Float64Array(2 * hosts);
  const windowOf = (at: number): number => Math.floor(at / WINDOW_MS);
  for (const [index, one] of requests.entries()) {
    const host = answered[index] as number;
    if (host < 0 || one.status === undefined) continue;
    const window = windows.get(windowOf(one.at)) ?? new Float64Array(2 * hosts);
    windows.set(windowOf(one.at), window);
    for (const counts of [window, all]) {
      counts[2 * host] = (counts[2 * host] as number) + 1;
      if (failed(one)) counts[2 * host + 1] = (counts[2 * host + 1] as number) + 1;
    }
  }
  return (index, host) => {
    const window = windows.get(windowOf((requests[index] as RecordedRequest).at));
    const counts = window && (window[2 * host] as number) > 0 ? window : all;
    const asked = counts[2 * host] as number;
    return asked > 0 && (luck[index] as number) < (counts[2 * host + 1] as number) / asked;
  };
}
