/** What one worker is asked to do of a backup run. Small: everything else lies at the destinations. */
export interface WorkMessage {
  readonly tenant: string;
  readonly plan: string;
  /** Id of the run, which becomes the point's; of the restore, the drill, or the point to look at. */
  readonly run: string;
  /** `check`: a verification that somebody asked for; `restore` and `drill`: one turn of it. */
  readonly task: "unit" | "verify" | "check" | "restore" | "drill";
  /** Name of the cut whose units are meant; of a unit only. */
  readonly cut?: string;
  readonly unit?: number;
  /** How often it was handed out before. */
  readonly attempt: number;
  readonly depth?: "shallow" | "deep";
  /** Of a restore: it waits for a person; it is compared with its point in the end. */
  readonly approval?: boolean;
  readonly check?: boolean;
}

/**
 * Hands work to whoever is free, at least once, perhaps more often and out of order: what comes twice is harmless.
 * Errors: HeadgateError `timers.unavailable` (retryable); some may have been sent then.
 */
export interface Work {
  send(messages: readonly WorkMessage[]): Promise<void>;
}
