import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { IntegrationRef } from "../types.ts";

/** How a group whose receiver is `oncall:<escalation>` tells people: part of its configuration, plain JSON. */
export interface PagingConfig {
  readonly escalation: string;
  /** For each level, since the one before; the first one is told at once. */
  readonly afterMs: readonly DurationMs[];
  /** How often it begins anew. */
  readonly repeat: number;
  /** Since the last level. */
  readonly againMs: DurationMs;
}

/** How far a group's paging has come. */
export interface PagingState {
  /** Of which escalation: in another one it would be another step. */
  readonly escalation: string;
  /** The step that was told last: the levels in order, and over again for each repeat. */
  readonly step: number;
  /** When that was decided: from here the next step counts. */
  readonly at: Millis;
}

/** A receiver that a level leads to at this moment. */
export interface PagedReceiver {
  readonly receiver: string;
  readonly integrations: readonly IntegrationRef[];
  /** "ann (primary)": who is meant, and by which schedule. */
  readonly who: string;
}

export interface PageLevel {
  readonly receivers: readonly PagedReceiver[];
  /** What of the level leads to nobody, and why. */
  readonly nobody: readonly string[];
}

/** Who would be told now, read from schedules at the instant of a flush: part of its input, plain JSON. */
export interface PageInput {
  readonly levels: readonly PageLevel[];
  /** Receivers that know something as firing, by the log: they are told that it is over, whoever is on call then. */
  readonly told: readonly PagedReceiver[];
}
