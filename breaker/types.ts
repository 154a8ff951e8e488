/** Whether calls of a circuit go through: closed yes, open no, half open one probe at a time. */
export type CircuitStatus = "closed" | "open" | "half_open";

/** What a call's end says about the other side. `ignored`: nothing, as a caller's own mistake does. */
export type Says = "success" | "failure" | "ignored";

/** How one call ended. Slow ones are told apart by the rule "rate" itself, from the time the call took. */
export type Outcome = "success" | "failure" | "slow_success" | "slow_failure" | "ignored";

/** Whether one call may be made. Give it back with the outcome. */
export type Admission =
  | { readonly admitted: true; readonly epoch: number; readonly probe?: string }
  | {
      readonly admitted: false;
      readonly reason: "open" | "probing" | "forced_open";
      /** When another try may be worth it, in epoch ms. */
      readonly retryAt?: number;
    };

/** What a circuit is, as far as this environment knows. Instants in epoch ms. */
export interface CircuitState {
  readonly status: CircuitStatus;
  readonly epoch: number;
  readonly since: number;
  readonly openUntil?: number;
  readonly forced?: {
    readonly state: "open" | "closed" | "disabled";
    readonly by: string;
    readonly why: string;
    readonly at: number;
    readonly until?: number;
  };
  readonly counts: Readonly<Record<string, number>>;
  /** How long ago the table was asked; absent: never. */
  readonly ageMs?: number;
  /** The table does not answer: what was last known holds. */
  readonly degraded: boolean;
}

export interface RunOptions<T> {
  readonly signal?: AbortSignal;
  /** What an error says; default: failure. */
  readonly errorIs?: (error: unknown) => Says;
  /** What an answer says; default: success. An answer that is a failure is still given to the caller. */
  readonly resultIs?: (result: unknown) => Says;
  /** How long the other side asked to be left alone, in ms, from an error or an answer that counts as a failure. */
  readonly retryAfterMs?: (from: unknown) => number | undefined;
  /** Answers in place of the error where the call is refused, or fails in a way that counts. */
  readonly fallback?: (error: unknown) => T | PromiseLike<T>;
}

/**
 * A rule by its name ("consecutive", "rate", "seed": the platform's rule to the letter), or with its settings as in headgate.yaml.
 * Durations are text with a unit: "60s".
 */
export type Policy = string | { readonly rule: "consecutive" | "rate"; readonly [setting: string]: unknown };

export interface BreakersOptions {
  /** Name of Headgate's DynamoDB table. The function needs dynamodb:GetItem, PutItem and UpdateItem on it. */
  readonly table: string;
  /** A DynamoDBClient of `@aws-sdk/client-dynamodb`; default: one that gives up soon. */
  readonly client?: object;
  /** One for all circuits, or one for each by name. Everybody who shares a circuit has to give the same. Default "consecutive". */
  readonly policy?: Policy | ((circuit: string) => Policy);
  /** Default "default". */
  readonly tenant?: string;
  /** Names this environment in leases and in the history; default: the function's log stream, or drawn. */
  readonly environment?: string;
  /** Whether transitions are recorded in Headgate's journal, in the same table. Default true. */
  readonly journal?: boolean;
  /** Told when the table stops answering and when it answers again; default: a line on standard error. */
  readonly warn?: (message: string) => void;
}

export interface Breakers {
  /**
   * Calls `fn` if the circuit lets it, and gives its answer or its error on as they are. Never fails because of the table.
   * Refused: throws an error with `code` "circuit.open", `circuit`, `reason` and `retryAt`.
   */
  run<T>(circuit: string, fn: () => T | PromiseLike<T>, options?: RunOptions<T>): Promise<T>;
  /** For calls that are no function: ask before, tell after. */
  admit(circuit: string): Promise<Admission>;
  /** How an admitted call ended, after `ms`; wait for it before the function ends. */
  done(circuit: string, admission: Admission, outcome: Outcome, ms?: number): Promise<void>;
  /** What this environment knows; asks nobody. */
  state(circuit: string): CircuitState;
  /** What the table says now. */
  look(circuit: string): Promise<CircuitState>;
  /** Writes what is held back: at the end of a process. */
  flush(): Promise<void>;
  stats(): {
    readonly circuits: number;
    readonly read: number;
    readonly write: number;
    readonly transition: number;
    readonly refused: number;
    readonly degraded: number;
    readonly dropped: number;
  };
}

export type CreateBreakers = (options: BreakersOptions) => Breakers;
