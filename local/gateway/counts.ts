import { type Histogram, histogram } from "../histogram.ts";

/** What went through a gateway since it was opened; everything only grows, but `inFlight` and `queued`. */
export interface TrafficCounts {
  /** Requests that came in. */
  arrived: number;
  /** Answered by a backend with anything below 500. */
  completed: number;
  /** Answered with 500 or more, by the backend or by the gateway in its place. */
  failed: number;
  /** Turned away by the gateway: no backend in time, no place in the queue, rate limit. */
  refused: number;
  /** Of `refused`: above the rate (429). */
  limited: number;
  /** Of `refused`: gave their place in the queue to more important ones. */
  shed: number;
  /** The client went away first. */
  abandoned: number;
  /** Tries beyond the first. */
  retried: number;
  /** Retries that the budget did not allow. */
  retriesRefused: number;
  inFlight: number;
  queued: number;
  /** Retries on their way. */
  retrying: number;
  /** Answers by status 0..599. */
  readonly statuses: Uint32Array;
  /** From arrival at the gateway to the last byte, in ms; answered requests only. */
  readonly latency: Histogram;
}

export function trafficCounts(): TrafficCounts {
  return {
    arrived: 0,
    completed: 0,
    failed: 0,
    refused: 0,
    limited: 0,
    shed: 0,
    abandoned: 0,
    retried: 0,
    retriesRefused: 0,
    inFlight: 0,
    queued: 0,
    retrying: 0,
    statuses: new Uint32Array(1000),
    latency: histogram(),
  };
}
