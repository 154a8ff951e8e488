import type { Labels } from "../kernel/labels.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";

/** A scrape target and how its last scrape went. */
export interface TargetStatus {
  readonly job: string;
  readonly url: string;
  readonly labels: Labels;
  /** unknown: not scraped yet. */
  readonly health: "up" | "down" | "unknown";
  readonly lastScrapeAt?: Millis;
  readonly durationMs?: DurationMs;
  /** Samples kept of the last scrape. */
  readonly samples?: number;
  readonly error?: string;
}
