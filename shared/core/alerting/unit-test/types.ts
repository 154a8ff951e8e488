import type { Labels } from "../../kernel/labels.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { Silence } from "../types.ts";

/** An alert of a test. It fires until it is resolved, as a Prometheus that keeps sending it makes it. */
export interface TestAlert {
  readonly labels: Labels;
  readonly annotations?: Labels;
  /** How long ago it began when it first comes. */
  readonly age?: DurationMs;
  /** It is over after this. */
  readonly for?: DurationMs;
  /** It is sent once and never again: `resolve_timeout` ends it. */
  readonly once?: boolean;
}

export interface TestSilence {
  readonly id?: string;
  readonly matchers: readonly string[];
  readonly for: DurationMs;
  /** It begins so long after the event. */
  readonly in?: DurationMs;
  readonly recurs?: NonNullable<Silence["recurs"]>;
}

/** `at` is an offset from the test's start. */
export type TestEvent = { readonly at: Millis } & (
  | { readonly kind: "alerts"; readonly alerts: readonly TestAlert[] }
  | { readonly kind: "resolve"; readonly resolve: readonly Labels[] }
  | { readonly kind: "silence"; readonly silence: TestSilence }
  | { readonly kind: "expire"; readonly expire: string }
  | { readonly kind: "config"; readonly config: string }
);

/** Who gets an alert with these labels, in order. */
export interface TestRoute {
  readonly labels: Labels;
  readonly receivers: readonly string[];
}

/** A notification that goes out. Alerts are named by some of their labels; as many are expected as are listed. */
export interface TestNotification {
  readonly at: Millis;
  readonly receiver: string;
  readonly integration?: string;
  readonly reason?: string;
  readonly firing: readonly Labels[];
  readonly resolved: readonly Labels[];
}

export type SuppressedBy = "inhibition" | "silence" | "mute" | "active" | "cooldown" | "nothing";

/** Why an alert is not told of, at the last flush of its group up to then. */
export interface TestSuppressed {
  readonly at: Millis;
  readonly alert: Labels;
  readonly by: SuppressedBy;
  /** Id of the silence, or name of the interval. */
  readonly name?: string;
  /** Only in groups of this receiver. */
  readonly receiver?: string;
}

export interface AlertTest {
  readonly name: string;
  /** Where time 0 is: a day of the week and a time of day for what depends on them. */
  readonly start: Millis;
  readonly until?: DurationMs;
  readonly events: readonly TestEvent[];
  readonly routes: readonly TestRoute[];
  /** All that goes out; absent: not asked. */
  readonly notifications?: readonly TestNotification[];
  readonly suppressed: readonly TestSuppressed[];
}

export interface AlertTestFile {
  /** As seen from the file. */
  readonly config: string;
  readonly tests: readonly AlertTest[];
}

export interface AlertTestFailure {
  readonly kind: "route" | "missing" | "unexpected" | "suppressed" | "refused";
  /** Offset from the start. */
  readonly at?: Millis;
  readonly message: string;
  /** What was there instead, a line each. */
  readonly instead?: readonly string[];
}

export interface AlertTestResult {
  readonly name: string;
  readonly ok: boolean;
  readonly notifications: number;
  readonly failures: readonly AlertTestFailure[];
}
