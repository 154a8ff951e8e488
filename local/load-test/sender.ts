import type { Cohort } from "./recorder.ts";

/** What sends requests of one kind and tells the recorder what became of each. */
export interface Sender {
  /** One that is due at `at` (ms since the start). */
  send(at: number, cohort: Cohort): void;
  /** No more is sent: what waits ends as never sent, what is under way may come back. */
  stop(): void;
  /** Gives up what has waited for too long. */
  check(now: number): void;
  /** Whether something has not come back yet. */
  isOpen(): boolean;
  close(): Promise<void>;
}
