import { type Histogram, histogram } from "./histogram.ts";

/** What went through a gateway since it was opened; everything only grows, but `inFlight` and `queued`. */
export interface TrafficCounts {
  /** Requests that came in. */
  arrived: number;
  /** Answered by an instance with anything below 500. */
  completed: number;
  /** Answered with 500 or more, by the instance or by the gateway in its place. */
  failed: number;
  /** Of `failed`: refused because no instance was ready in time or the queue was full. */
  refused: number;
  /** The client went away first. */
  abandoned: number;
  /** Sent a second time, to another instance. */
  retried: number;
  inFlight: number;
  queued: number;
  /** From arrival at the gateway to the last byte, in ms; answered requests only. */
  readonly latency: Histogram;
}

export function trafficCounts(): TrafficCounts {
  return {
    arrived: 0,
    completed: 0,
    failed: 0,
    refused: 0,
    abandoned: 0,
    retried: 0,
    inFlight: 0,
    queued: 0,
    latency: histogram(),
  };
}
