/** What became of a post to a hook. */
export interface HookTakenView {
  /** Alerts that were taken. */
  readonly accepted: number;
  /** Why none was. */
  readonly why?: string;
}
