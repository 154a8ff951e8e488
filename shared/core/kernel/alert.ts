import type { Labels } from "./labels.ts";
import { iso, type Millis } from "./time.ts";

/**
 * An alert as one noun hands it to another, in the shape of Alertmanager's API v2 (`POST /api/v2/alerts`). `alertname` is the
 * label that names it; equal label sets are the same alert.
 */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: Millis;
  /**
   * When it was over. An end that lies ahead (or none) is firing: without further news the receiver takes it for over then.
   */
  readonly endsAt?: Millis;
  /** Address at which a person sees what made it. */
  readonly generatorUrl?: string;
}

/** An alert as `POST /api/v2/alerts` takes it. Without an end the receiver ends it after its `resolve_timeout` unless it comes again. */
export const postedAlert = ({ labels, annotations, startsAt, endsAt, generatorUrl }: Alert) => ({
  labels,
  annotations,
  startsAt: iso(startsAt),
  ...(endsAt === undefined ? {} : { endsAt: iso(endsAt) }),
  ...(generatorUrl === undefined ? {} : { generatorURL: generatorUrl }),
});
