import type { Millis } from "../kernel/time.ts";

/** Requests of one version in one interval. `errors` and `slow` are parts of `requests`; absent means unknown, never zero. */
export interface VersionCounts {
  readonly requests: number;
  readonly errors: number;
  /** Took longer than `slowMs`; absent where no bound was given or the source cannot tell. */
  readonly slow?: number;
  /** Of this interval, in ms. */
  readonly p99Ms?: number;
}

export interface CountsRequest {
  readonly service: string;
  /** Versions (or what stands for them in the source: slots, label values). */
  readonly versions: readonly string[];
  /** Start included, end not; whole intervals of `everyMs`. */
  readonly from: Millis;
  readonly to: Millis;
  readonly everyMs: number;
  /** What counts as slow. */
  readonly slowMs?: number;
}

/** One interval [at, at + everyMs). A version that is not named: nothing is known of it in this interval. */
export interface CountsInterval {
  readonly at: Millis;
  readonly versions: Readonly<Record<string, VersionCounts>>;
}

/** What was served, by version. Errors: HeadgateError `counts.unavailable` (retryable). */
export interface Counts {
  /** Every interval from `from` to `to`, oldest first; those of which nothing is known have no versions. */
  read(request: CountsRequest): Promise<readonly CountsInterval[]>;
  /**
   * Up to when intervals are complete: what is younger may still grow (CloudWatch is minutes late). Counts of younger intervals
   * must not be judged.
   */
  settledUntil(now: Millis): Millis;
}

/** Where the metrics of a service's versions are, by the name each has there; from the configuration. */
export interface CountsPlaces {
  readonly region?: string;
  /** "app/name/id", as CloudWatch names an application load balancer. */
  readonly loadBalancer?: string;
  /** Name (version or slot) → ARN of its target group. */
  readonly targetGroups?: Readonly<Record<string, string>>;
  /** Name → published version of a function, behind an alias. */
  readonly lambda?: {
    readonly function: string;
    readonly alias: string;
    readonly versions: Readonly<Record<string, string>>;
  };
  /** The Prometheus API that is asked where the source names none of its own. `timeout` in ms. */
  readonly prometheus?: { readonly url: string; readonly region?: string | undefined; readonly timeout: number };
}
