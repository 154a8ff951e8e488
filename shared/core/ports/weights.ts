/** Where the shares of a service's versions are kept: what the load balancer forwards by. */
export interface WeightsTarget {
  /** Name of the service, for messages. */
  readonly service: string;
  /** Exactly one of alb and lambda. A rule, or a listener's default action, of an application load balancer. */
  readonly alb?: {
    readonly rule?: string;
    readonly listener?: string;
    /** Version to the ARN of its target group. */
    readonly targetGroups: Readonly<Record<string, string>>;
    readonly region?: string;
  };
  /** An alias of a function, which divides between two of its published versions. */
  readonly lambda?: {
    /** Name or ARN. */
    readonly function: string;
    readonly alias: string;
    /** Version to its published version ("7"). */
    readonly versions: Readonly<Record<string, string>>;
    readonly region?: string;
  };
}

/** What is served now. */
export interface ObservedWeights {
  /** Whole parts of each version that the target names; 0 where its group is listed with 0 or not at all. */
  readonly weights: Readonly<Record<string, number>>;
  /** Parts that go to groups nobody named to us; they are left as they are. */
  readonly others: number;
  /** Callers stay with the group they were first sent to for so long: shares move with new callers only. Absent: they do not. */
  readonly stickySeconds?: number;
}

export interface SetWeights {
  /** Whole parts 0..999 of every version that the target names. */
  readonly weights: Readonly<Record<string, number>>;
  /** The weights the decision was based on: if there are others by now, somebody else acted. */
  readonly expected: Readonly<Record<string, number>>;
  /** Idempotency key of the action. */
  readonly key: string;
}

export type SetWeightsResult =
  /** Read back after it was written. `changed: false` when it was already so (a repeat). */
  | { readonly status: "accepted"; readonly changed: boolean; readonly observed: ObservedWeights }
  /** They are neither the expected nor the wanted ones: another hand was there. Nothing was done. */
  | { readonly status: "superseded"; readonly observed: ObservedWeights }
  /** Not possible (no such rule, it does not forward, not allowed). Nothing was done. */
  | { readonly status: "refused"; readonly why: string };

/**
 * Weights of versions, set absolutely. Only the groups that the target names are changed; stickiness, other groups and other
 * actions stay as they are.
 *
 * Errors: HeadgateError `weights.unavailable`, retryable where the same call may succeed later. A rule that is not there or does
 * not forward cannot be read: not retryable.
 */
export interface Weights {
  read(target: WeightsTarget): Promise<ObservedWeights>;
  set(target: WeightsTarget, request: SetWeights): Promise<SetWeightsResult>;
}
