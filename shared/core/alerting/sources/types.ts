import type { Labels } from "../../kernel/labels.ts";
import { DAY_MS, type DurationMs, type Millis } from "../../kernel/time.ts";

/** An alert as API v2 takes it (`POST /api/v2/alerts`), made from an event. Instants are ISO 8601. */
export interface SourceAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  /** Absent: the event tells of a moment, and the alert ends `resolve_timeout` after its last event. */
  readonly endsAt?: string;
  readonly generatorURL: string;
}

/**
 * What an event comes to. `alerts`: these, as of `at`, when the source saw it. `nothing`: it is understood and no alert follows.
 * `refused`: nobody here knows such an event, and nothing is made up for it. `why` ends a sentence.
 */
export type Sourced =
  | { readonly kind: "alerts"; readonly at: Millis; readonly alerts: readonly SourceAlert[] }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

export const nothing = (why: string): Sourced => ({ kind: "nothing", why });
export const refused = (why: string): Sourced => ({ kind: "refused", why });

/**
 * How long a state that its source announces once is taken to last. Without an end the alert would be over after `resolve_timeout`
 * (5 min), as Prometheus repeats what fires and these sources do not.
 */
export const OPEN_MS: DurationMs = 365 * DAY_MS;
