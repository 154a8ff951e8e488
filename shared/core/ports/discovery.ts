import type { Labels } from "../kernel/labels.ts";

/** Where a service's backends are listed. Exactly one of the members that say where. */
export interface DiscoverySource {
  /** Name in the configuration, for messages. */
  readonly service: string;
  readonly cloudMap?: {
    readonly namespace: string;
    readonly service: string;
    readonly region?: string;
    /** Of instances that name none. */
    readonly port?: number;
  };
  readonly ecs?: {
    readonly cluster: string;
    readonly service: string;
    readonly region?: string;
    /** The port that the tasks listen on. */
    readonly port: number;
  };
}

/** One backend as its source tells of it. What the source does not know is absent. Plain JSON. */
export interface Discovered {
  /** The source's own name of the instance, which outlives its address. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** As written at the source: not checked yet. */
  readonly weight?: number;
  readonly maxConnections?: number;
  readonly capacity?: number;
  readonly priority?: number;
  readonly tags?: readonly string[];
  readonly zone?: string;
  readonly region?: string;
  readonly version?: string;
  readonly metadata?: Labels;
}

export interface DiscoveryAnswer {
  /** Those that may get requests, sorted by nothing in particular. */
  readonly backends: readonly Discovered[];
  /** None is healthy by the source's own checks, so all were taken: a source that is wrong about all takes nothing away. */
  readonly panic: boolean;
  /** Instances that could not be used, each as a sentence. */
  readonly left: readonly string[];
}

/**
 * Lists of backends that somebody else keeps. An answer is the whole list: what is not in it is gone. A source that does not know
 * the service, or does not answer, throws: absent is not zero.
 *
 * Errors: HeadgateError `discovery.unavailable`, retryable where the same question may be answered later.
 */
export interface Discovery {
  discover(source: DiscoverySource): Promise<DiscoveryAnswer>;
}
