/** A look at what `auto` of a service stands for, which takes longer than a request may. */
export interface TuningAsk {
  readonly tenant: string;
  readonly service: string;
  /** Who asked, for the record. */
  readonly detail: string;
}

/**
 * Hands a look over to whoever has the time for it. It is done at least once, perhaps later than another one: two looks at the same load find the same.
 * Errors: HeadgateError `timers.unavailable` (retryable).
 */
export interface Tunings {
  look(ask: TuningAsk): Promise<void>;
}
