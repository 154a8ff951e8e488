/** One place that calls can be sent to. */
export interface Backend {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly maxConnections: number;
  /** Calls per second. */
  readonly capacity: number;
  /** Data affinity tags. */
  readonly tags: readonly string[];
  readonly zone?: string;
  readonly region?: string;
  readonly version?: string;
  readonly priority: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly hashKey?: string;
}

/** What a call is balanced by. */
export interface CallRequest {
  /** What consistent hashing goes by: the same key, the same backend, in every environment. */
  readonly key?: string;
  readonly tags?: readonly string[];
  /** Only backends with these; the policy names the keys (`subsets`). */
  readonly match?: Readonly<Record<string, string>>;
}

export interface RunCall<T> extends CallRequest {
  readonly signal?: AbortSignal;
  /** The call may take so many ms; default: no limit of ours. */
  readonly timeoutMs?: number;
  /** Whether an answer counts as a success. Default: every answer, but one with a `status` of 500 and more. */
  readonly succeeded?: (answer: T) => boolean;
}

/** Why one host was, or was not, picked. */
export interface Candidate {
  readonly id: string;
  readonly picked: boolean;
  /** "draining", "unhealthy", "circuit_open" and so on. */
  readonly excluded?: string;
  /** What the policy compared, by name, with the unit in the name. */
  readonly values: Readonly<Record<string, number>>;
}

export interface PickWhy {
  readonly policy: string;
  readonly host?: string;
  readonly reason: string;
  /** Sentences in the order of what happened. */
  readonly steps: readonly string[];
  readonly panic: boolean;
  readonly candidates: readonly Candidate[];
}

export interface TrafficStats {
  readonly reads: number;
  readonly writes: number;
  readonly picks: number;
  /** Backends that were passed over because their circuit refused. */
  readonly refused: number;
  /** Looks at the table that failed or came too late. */
  readonly degraded: number;
}

export interface TrafficLook {
  /** Epoch ms of the last look at the table that succeeded. */
  readonly knownAt?: number;
  readonly degraded: boolean;
  readonly hosts: readonly {
    readonly id: string;
    /** Calls in flight from here, and (mean) from other environments. */
    readonly active: number;
    readonly elsewhere: number;
    /** Factor on its weight that all environments have arrived at. */
    readonly lean: number;
    readonly open: boolean;
  }[];
}

export interface TrafficOptions {
  /** Headgate's table: the output `HEADGATE_TABLE` of a deployment. */
  readonly table: string;
  /** A DynamoDBClient of @aws-sdk/client-dynamodb; default: one with the function's own region and credentials. */
  readonly client?: unknown;
  /** Default "default". */
  readonly tenant?: string;
  readonly service: string;
  /** Names this environment among those who call the service. Default: the log stream of a Lambda environment, else drawn at random. */
  readonly environment?: string;
  /** As under `traffic.<service>` in headgate.yaml: `balance`, `breaker`, `panic`, `versions`, `backends` … Default: the section's defaults. */
  readonly policy?: object;
  /** Whether environments tell each other what they have in flight. Default true. */
  readonly shareLoads?: boolean;
  /** How old may be what is known, ms. Default 5,000. */
  readonly stalenessMs?: number;
  /** What the table may take before a call goes on with what was last known, ms. Default 200. */
  readonly storeTimeoutMs?: number;
  /** Told when the table stops answering and when it answers again. */
  readonly onDegraded?: (degraded: boolean) => void;
}

/** Balances the calls of one environment of many. No timers: nothing runs between calls. */
export interface Traffic {
  /**
   * The backend the next call should go to. Errors have a `code`: "backend.none", "circuit.open", "store.unavailable" (nothing was ever
   * read).
   */
  pick(request?: CallRequest): Promise<Backend>;
  /** The same decision explained; it takes no turn. */
  why(request?: CallRequest): Promise<PickWhy>;
  /** Picks, asks the backend's circuit, calls, and keeps account. The answer or the error of `call` is given on as it is. */
  run<T>(request: RunCall<T>, call: (backend: Backend, signal: AbortSignal) => T | PromiseLike<T>): Promise<T>;
  /** Writes what was not told yet; for the end of a process. */
  flush(): Promise<void>;
  look(): TrafficLook;
  stats(): TrafficStats;
}

/** Throws an error with the code "config.invalid" where `policy` is none. */
export type ConnectTraffic = (options: TrafficOptions) => Traffic;
