/** Who is asked about: `targetingKey` names them, everything else is for the rules of the flags. */
export type Context = Readonly<Record<string, unknown>>;
export type FlagType = "boolean" | "string" | "number" | "object";

/** What one evaluation ended in. Nobody may change it: the same object is given out again. */
export interface Result {
  /** Absent with an error: your own default counts. */
  readonly value?: unknown;
  readonly variant?: string;
  /** OpenFeature's: STATIC, DEFAULT, TARGETING_MATCH, SPLIT, DISABLED, STALE, ERROR. */
  readonly reason: string;
  /** OpenFeature's: FLAG_NOT_FOUND, TYPE_MISMATCH, TARGETING_KEY_MISSING, INVALID_CONTEXT, PARSE_ERROR, PROVIDER_NOT_READY. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/** What a provider of OpenFeature answers. */
export interface Resolution<T> {
  value: T;
  variant?: string;
  reason?: string;
  // biome-ignore lint/suspicious/noExplicitAny: OpenFeature's own enum; naming it would need its package.
  errorCode?: any;
  errorMessage?: string;
  flagMetadata?: Record<string, string | number | boolean>;
}

/** Everything that is needed to evaluate flags: what GET /api/v1/flags/snapshot answers. Plain JSON; may be kept in a file. */
export interface Snapshot {
  readonly v: 1;
  readonly version: string;
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface FlagsOptions {
  /** Address of Headgate's API. */
  readonly url: string;
  /** An API key with scope flags:evaluate (or operate; with scope read nothing can be reported). */
  readonly key?: string;
  /** How often it is asked for news, ms, give or take a fifth. Default 15,000. */
  readonly pollMs?: number;
  /** Without an answer for so long what is known is stale; it is served on. Default 60,000. */
  readonly staleAfterMs?: number;
  /** An answer may take so long, ms. Default 5,000. */
  readonly timeoutMs?: number;
  /** Served (as stale) until Headgate has answered first. */
  readonly bootstrap?: Snapshot;
  /** Whether what was given out is counted and reported. Default true. */
  readonly report?: boolean;
  /** Names this process in reports; default: drawn. */
  readonly source?: string;
  /** Default: the global one. */
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
  /** Told when Headgate stops answering and when it answers again; default: a line on standard error. */
  readonly warn?: (message: string) => void;
}

/** How a request ended that had a variant. */
export interface Outcome {
  readonly error: boolean;
  /** Absent: not counted. */
  readonly slow?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: handlers are OpenFeature's.
type Handler = (details?: any) => void | Promise<void>;

/** OpenFeature's emitter of a provider's events. */
export interface Events {
  emit(event: string, context?: Readonly<Record<string, unknown>>): void;
  addHandler(event: string, handler: Handler): void;
  removeHandler(event: string, handler: Handler): void;
  removeAllHandlers(event?: string): void;
  getHandlers(event: string): Handler[];
  setLogger(logger: unknown): this;
}

/** A provider for `@openfeature/server-sdk`; what is below `track` is this library's own and needs no SDK. */
export interface FlagsProvider {
  readonly metadata: { readonly name: string };
  readonly runsOn: "server";
  readonly events: Events;
  /** Resolves with the first snapshot (or bootstrap); rejects where there is neither, and goes on asking. */
  initialize(): Promise<void>;
  /** Stops asking, and reports what is left. */
  onClose(): Promise<void>;
  resolveBooleanEvaluation(flag: string, otherwise: boolean, context: Context): Promise<Resolution<boolean>>;
  resolveStringEvaluation(flag: string, otherwise: string, context: Context): Promise<Resolution<string>>;
  resolveNumberEvaluation(flag: string, otherwise: number, context: Context): Promise<Resolution<number>>;
  resolveObjectEvaluation<T>(flag: string, otherwise: T, context: Context): Promise<Resolution<T>>;
  /** Event "flag_outcome" with `flag`, `variant`, `error` (and `slow`) counts as {@link FlagsProvider.outcome}; others are not kept. */
  track(event: string, context: Context, details: Readonly<Record<string, unknown>>): void;
  /** Evaluates at once, from memory. Never waits, never throws. */
  evaluate(flag: string, type: FlagType, context: Context): Result;
  /** The value, or the default where there is none. */
  value<T>(flag: string, otherwise: T, context: Context): T;
  /** Counts how a request ended that had a variant: what gated roll-outs are judged by. */
  outcome(flag: string, variant: string, outcome: Outcome): void;
  /** Asks for news now. */
  refresh(): Promise<void>;
  /** Reports what was counted now. */
  flush(): Promise<void>;
  /** What is known, for a bootstrap. Undefined: nothing yet. */
  snapshot(): Snapshot | undefined;
  stats(): {
    readonly version?: string;
    /** Since the last answer. Absent: there was none. */
    readonly ageMs?: number;
    readonly stale: boolean;
    readonly reported: number;
    /** Counts that Headgate did not want, or that were too many. */
    readonly dropped: number;
  };
}

export type CreateFlagProvider = (options: FlagsOptions) => FlagsProvider;
