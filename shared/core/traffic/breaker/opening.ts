import type { Clause } from "../../kernel/step.ts";
import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import { type BreakerStep, type Cause, transition } from "./change.ts";
import { clause } from "./phrases.ts";
import type { BreakerPolicy } from "./policy.ts";
import type { CircuitItem } from "./types.ts";

/** Open time before the jitter: recovery × backoff^(opens − 1), at most `recoveryMax`, never shorter than `recovery`. */
export function openMs({ recovery, backoff, recoveryMax }: BreakerPolicy, opens: number): DurationMs {
  const grown = recovery * backoff ** Math.max(0, opens - 1);
  return Math.max(recovery, Math.min(recoveryMax, grown));
}

/**
 * How long it stays open. Jitter only adds, up to its share: a fleet whose circuits opened together probes one after the other, and
 * nobody probes before `recovery`. A Retry-After can make it longer, up to `recoveryMax`.
 */
function openTime(
  policy: BreakerPolicy,
  opens: number,
  now: Millis,
  draw: number,
  notBefore: Millis | undefined,
): { readonly ms: DurationMs; readonly trace: readonly Clause[] } {
  const base = openMs(policy, opens);
  const chance = draw >= 0 && draw < 1 ? draw : 0;
  const jittered = Math.round(base * (1 + policy.jitter * chance));
  const asked =
    policy.retryAfter && notBefore !== undefined && Number.isFinite(notBefore)
      ? Math.min(Math.ceil(notBefore - now), Math.max(policy.recoveryMax, base))
      : 0;
  const ms = Math.max(jittered, asked);
  const nth = opens > 1 ? `, opening ${opens} in a row` : "";
  const drawn =
    jittered > base ? ` (${formatDuration(base)} and ${formatDuration(jittered - base)} drawn at random)` : "";
  const why = asked > jittered ? ", as the other side asked to be left alone for so long" : drawn;
  const text = `open for ${formatDuration(ms)}${nth}${why}`;
  return {
    ms,
    trace: [
      clause("computed", "open-time", text, { openMs: ms, baseMs: base, opens, jitter: policy.jitter, draw: chance }),
    ],
  };
}

/** Opens: from closed, or again from half open. */
export function opening(
  policy: BreakerPolicy,
  item: CircuitItem,
  cause: Cause,
  draw: number,
  notBefore: Millis | undefined,
): BreakerStep {
  const opens = item.circuit.opens + 1;
  const { ms, trace } = openTime(policy, opens, cause.at, draw, notBefore);
  return transition(
    item,
    { status: "open", opens, openUntil: cause.at + ms },
    { ...cause, values: { ...cause.values, openMs: ms, opens }, trace: [...cause.trace, ...trace] },
  );
}
