import type { GivenHost } from "./hosts-read.ts";

/** How fast each host is. */
export interface Speeds {
  /** Mean service time of a nominal host in milliseconds: response times are told as multiples of it. */
  readonly serviceMs: number;
  /** Mean service time of each host in milliseconds. */
  readonly times: Float64Array;
  /** Requests that each host works on at once. */
  readonly servers: Int32Array;
}

/** Of a nominal host, where nobody says anything. */
const SERVICE_MS = 10;

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] as number;
}

/** A time that a host has itself: its service time, or the mean of its response times. */
const ownTime = ({ serviceMs, responsesMs }: GivenHost): number | undefined =>
  serviceMs ?? (responsesMs.length > 0 ? mean(responsesMs) : undefined);

/**
 * A host is as fast as its own times say, relative to the median host. Where it has none its capacity says it, or, where all capacities
 * are alike, its weight: twice the weight is taken for twice as fast. `slow` stretches what comes out.
 *
 * @param serviceMs of a nominal host; default: the median of the times that hosts have themselves, or 10
 */
export function speedsOf(hosts: readonly GivenHost[], serviceMs?: number): Speeds {
  const own = hosts.flatMap((one) => ownTime(one) ?? []).filter((ms) => ms > 0);
  const middle = own.length > 0 ? median(own) : undefined;
  const nominal = serviceMs ?? middle ?? SERVICE_MS;
  const capacities = hosts.map((one) => one.host.backend.capacity);
  const alike = capacities.every((one) => one === capacities[0]) || capacities.some((one) => one <= 0);
  const strengths = alike ? hosts.map((one) => one.host.backend.weight) : capacities;
  const average = mean(strengths);
  const times = hosts.map((one, index) => {
    const its = ownTime(one);
    const relative = middle && its ? its / middle : average / (strengths[index] as number);
    return nominal * relative * one.slow;
  });
  return {
    serviceMs: nominal,
    times: Float64Array.from(times),
    servers: Int32Array.from(hosts, (one) => one.servers ?? 1),
  };
}

/** Requests per millisecond that some hosts can serve together. */
export function capacityOf({ times, servers }: Speeds, counts: (host: number) => boolean = () => true): number {
  return times.reduce((sum, ms, host) => (counts(host) ? sum + (servers[host] as number) / ms : sum), 0);
}

/** Nothing known is in the way of a host. */
export const able = ({ host }: GivenHost): boolean => host.healthy && !host.ejected && !host.open && !host.draining;
