import type { Says } from "../core/traffic/breaker/local-run.ts";
import { CircuitOpenError } from "../core/traffic/breaker/open-error.ts";
import type { BreakersOptions, RunOptions, SharedBreaker } from "./breakers-types.ts";

/** Admission, the call, its outcome. The answer waits for what has to be written of it: a function may freeze right after. */
export async function runShared<T>(
  breaker: SharedBreaker,
  { wallNow }: Pick<BreakersOptions, "wallNow">,
  fn: () => T | PromiseLike<T>,
  how: RunOptions<T> = {},
): Promise<T> {
  const { signal, fallback, errorIs, resultIs, retryAfterMs } = how;
  signal?.throwIfAborted();
  const asked = breaker.admit();
  const admission = asked instanceof Promise ? await asked : asked;
  if (!admission.admitted) {
    const error = new CircuitOpenError(breaker.circuit, admission.reason, admission.retryAt);
    if (fallback) return fallback(error);
    throw error;
  }
  const startedAt = wallNow();
  const end = (says: Says, from: unknown): Promise<void> | void => {
    const at = wallNow();
    const after = says === "failure" ? retryAfterMs?.(from) : undefined;
    return breaker.done(admission, says, Math.max(0, at - startedAt), after === undefined ? undefined : at + after);
  };
  let value: T;
  try {
    signal?.throwIfAborted();
    value = await fn();
  } catch (error) {
    const says = signal?.aborted ? "ignored" : (errorIs?.(error) ?? "failure");
    await end(says, error);
    if (fallback && says === "failure") return fallback(error);
    throw error;
  }
  const written = end(resultIs?.(value) ?? "success", value);
  if (written) await written;
  return value;
}
