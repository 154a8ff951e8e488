import type { Millis } from "../../kernel/time.ts";
import { begin, end, type HostLoads } from "../balance/loads.ts";
import { randomOf } from "../balance/random.ts";
import { hashText } from "../hash/xxhash64.ts";
import type { PickRequest } from "../types.ts";
import { departures } from "./departures.ts";
import { servers } from "./servers.ts";
import type { Speeds } from "./speeds.ts";
import { quantile } from "./spread.ts";

/** What requests come in and how they are served. */
export interface QueueLoad {
  readonly requests: number;
  /** Requests per millisecond. */
  readonly rate: number;
  readonly speeds: Speeds;
  /** Arrivals and service times; the same for every policy. */
  readonly seed: number;
  /** Different keys, which take turns; 0: requests have none. */
  readonly keys: number;
  readonly tags?: readonly string[] | undefined;
}

export interface QueueResult {
  /** Response times in mean service times of a nominal host. Undefined where nothing was served. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly mean: number | undefined;
  /** Requests that each host got. */
  readonly counts: Float64Array;
  /** Requests for which there was no host. */
  readonly refused: number;
  /** Requests that were still being served when the last one arrived: many say that queues grew without end. */
  readonly waiting: number;
}

/** When a simulation begins: any instant far enough from 1970 that nothing is before it. */
export const BEGIN: Millis = 1_000_000_000_000;

/** The text of a made-up key. */
export const keyText = (index: number): string => `key-${index}`;

/**
 * A queue before each host, fed by a Poisson stream and a policy: exponential service times, first come, first served (M/M/k behind a
 * balancer). A request's arrival and its need of service do not depend on the policy, so that two policies meet the same stream.
 */
export function simulateQueue(pick: (request: PickRequest) => number, loads: HostLoads, given: QueueLoad): QueueResult {
  const { requests, speeds } = given;
  const { times, serviceMs } = speeds;
  const [arrivals, needs] = [randomOf(given.seed), randomOf(given.seed + 0x5eed)];
  const farm = servers(speeds.servers);
  const busy = departures();
  const counts = new Float64Array(times.length);
  const responses = new Float64Array(requests);
  const request: PickRequest = { at: BEGIN, hashed: given.keys > 0, hashHigh: 0, hashLow: 0, tags: given.tags };
  let [now, served, refused, sum] = [0, 0, 0, 0];
  for (let index = 0; index < requests; index += 1) {
    now -= Math.log(1 - arrivals.next()) / given.rate;
    const need = -Math.log(1 - needs.next());
    while (busy.next() <= now) {
      busy.pop();
      end(loads, busy.host, BEGIN + busy.at, busy.ms, true);
    }
    request.at = BEGIN + now;
    if (given.keys > 0) hashText(keyText(index % given.keys), request);
    const host = pick(request);
    if (host < 0) {
      refused += 1;
      continue;
    }
    begin(loads, host, request.at);
    const done = farm.serve(host, now, need * (times[host] as number));
    busy.push(done, host, done - now);
    counts[host] = (counts[host] as number) + 1;
    responses[served++] = (done - now) / serviceMs;
    sum += (done - now) / serviceMs;
  }
  const sorted = responses.subarray(0, served).sort();
  return {
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    mean: served === 0 ? undefined : sum / served,
    counts,
    refused,
    waiting: busy.size,
  };
}
