/** One thing of `streams`, `destinations`, `backup` or `disasterRecovery` that the schema cannot see. */
export interface BackupFinding {
  /** In headgate.yaml, e.g. ["backup", "hourly", "to", 0]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant. */
  readonly works?: true;
}
