import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import type { HealthConfig } from "../section.ts";
import type { CheckState } from "../types.ts";

/** How one check ended. `detail` is the end of a sentence: "it answered 503". */
export interface CheckResult {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * The state after a check. So many failures in a row eject, so many passes in a row return; one of the other kind begins the row anew.
 * A backend that was never checked counts as healthy, as it was registered as ready: its first pass changes nothing, its first
 * failure only begins a row.
 */
export function checkStep(
  state: CheckState | undefined,
  result: CheckResult,
  spec: Pick<HealthConfig, "unhealthy" | "healthy">,
  at: Millis,
): CheckState {
  const was = state?.healthy ?? true;
  const failures = result.ok ? 0 : Math.min((state?.failures ?? 0) + 1, spec.unhealthy);
  const successes = result.ok ? Math.min((state?.successes ?? 0) + 1, spec.healthy) : 0;
  const healthy = was ? failures < spec.unhealthy : successes >= spec.healthy;
  const since = state === undefined || healthy !== was ? at : state.since;
  return { healthy, failures, successes, checkedAt: at, since, detail: result.detail };
}

/** Whether it must be written: the row or the verdict changed, or a backend that fails does so in another way. */
export function checkChanged(before: CheckState | undefined, after: CheckState): boolean {
  if (before === undefined) return true;
  if (before.healthy !== after.healthy || before.failures !== after.failures) return true;
  return before.successes !== after.successes || (after.failures > 0 && before.detail !== after.detail);
}

/** What the last check made of the backend, as a sentence that begins with its id. */
export function checkSentence(
  id: string,
  before: CheckState | undefined,
  after: CheckState,
  spec: Pick<HealthConfig, "unhealthy" | "healthy">,
): string {
  const detail = after.detail === undefined ? "" : `: ${after.detail}`;
  const times = (count: number) => (count === 1 ? "once" : `${count} times`);
  if (!after.healthy && (before?.healthy ?? true))
    return `${id} is unhealthy: it failed ${times(after.failures)} in a row${detail}`;
  if (after.healthy && before?.healthy === false)
    return `${id} is healthy again: it passed ${times(after.successes)} in a row`;
  if (!after.healthy && after.successes > 0)
    return `${id} is unhealthy still: it passed ${times(after.successes)} of ${spec.healthy} in a row`;
  if (!after.healthy) return `${id} is unhealthy still${detail}`;
  if (after.failures > 0)
    return `${id} is healthy still: it failed ${times(after.failures)} of ${spec.unhealthy} in a row${detail}`;
  return `${id} is healthy`;
}

/**
 * The longest that a dead backend is used: it dies just after a check, so many periods pass, and the last check waits its timeout;
 * jitter can move that last check by its share of a period.
 */
export function ejectsWithin(spec: Pick<HealthConfig, "every" | "timeout" | "unhealthy" | "jitter">): {
  readonly ms: DurationMs;
  readonly jitterMs: DurationMs;
  readonly sentence: string;
} {
  const ms = spec.unhealthy * spec.every + spec.timeout;
  const jitterMs = Math.round(spec.jitter * spec.every);
  const failures = spec.unhealthy === 1 ? "1 failed check" : `${spec.unhealthy} failed checks in a row`;
  const moved = jitterMs > 0 ? ` (and up to ${formatDuration(jitterMs)} more by jitter)` : "";
  return {
    ms,
    jitterMs,
    sentence:
      `A backend that stops answering is passed over by checks after at most ${ms / 1000} s${moved}: ${failures}, one every ` +
      `${formatDuration(spec.every)}, the last one waits ${formatDuration(spec.timeout)}. Passive detection acts sooner where there is traffic.`,
  };
}
