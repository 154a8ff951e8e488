import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import { type Experiment, probeName } from "./experiment.ts";

/** One look at one probe. */
export interface ProbeSample {
  readonly probe: number;
  readonly at: Millis;
  readonly ok: boolean;
  /** What was found, a sentence. */
  readonly text: string;
  readonly value?: number;
}

export interface ChaosTimes {
  /** The first fault began; absent: none did. */
  readonly brokenAt?: Millis;
  /** All faults were undone. */
  readonly undoneAt?: Millis;
  readonly endedAt: Millis;
  /** Why it was ended before its time. */
  readonly abortedBy?: string;
}

export interface ProbeOutcome {
  readonly probe: string;
  readonly looks: number;
  readonly failures: number;
  /** Longest time it failed in a row while something was broken. */
  readonly longestMs: DurationMs;
  readonly tolerateMs: DurationMs;
  readonly held: boolean;
  /** From the first failure to the first success of those that were never followed by another failure. */
  readonly recoveryMs?: DurationMs;
  /** The last thing it said while it failed. */
  readonly text?: string;
}

export interface ChaosVerdict {
  readonly verdict: "held" | "broken" | "aborted";
  readonly why: string;
  readonly probes: readonly ProbeOutcome[];
  /** From the first fault until all probes were good for good; absent: nothing was seen, or they never were. 0: nothing ever failed. */
  readonly recoveryMs?: DurationMs;
}

/** How long a probe has been failing without a good look in between, as of its last look; 0: it does not fail. */
export function failingFor(samples: readonly ProbeSample[], probe: number): DurationMs {
  const mine = samples.filter((one) => one.probe === probe);
  const last = mine.at(-1);
  if (!last || last.ok) return 0;
  const good = mine.findLastIndex(({ ok }) => ok);
  return last.at - (mine[good + 1]?.at ?? last.at);
}

function outcomeOf(experiment: Experiment, samples: readonly ProbeSample[], probe: number, from: Millis): ProbeOutcome {
  const spec = experiment.steady[probe];
  const mine = samples.filter((one) => one.probe === probe && one.at >= from);
  let [longest, since] = [0, undefined as Millis | undefined];
  let failed: ProbeSample | undefined;
  let first: Millis | undefined;
  let goodSince: Millis | undefined;
  for (const one of mine) {
    if (one.ok) {
      if (since !== undefined) longest = Math.max(longest, one.at - since);
      since = undefined;
      goodSince ??= one.at;
    } else {
      since ??= one.at;
      first ??= one.at;
      goodSince = undefined;
      failed = one;
      longest = Math.max(longest, one.at - since);
    }
  }
  const tolerateMs = spec?.tolerate ?? 0;
  return {
    probe: spec ? probeName(spec, probe) : String(probe),
    looks: mine.length,
    failures: mine.filter(({ ok }) => !ok).length,
    longestMs: longest,
    tolerateMs,
    held: failed === undefined || (since === undefined && longest <= tolerateMs && tolerateMs > 0),
    ...(first === undefined ? { recoveryMs: 0 } : goodSince === undefined ? {} : { recoveryMs: goodSince - first }),
    ...(failed ? { text: failed.text } : {}),
  };
}

/**
 * What an experiment has shown. held: the steady state held while things were broken, as far as each probe tolerates, and was there at the end. broken: it did not.
 * aborted: nothing can be said, because it was ended before its time, or the steady state was not there to begin with.
 */
export function judgeChaos(experiment: Experiment, samples: readonly ProbeSample[], times: ChaosTimes): ChaosVerdict {
  const { brokenAt, abortedBy } = times;
  const from = brokenAt ?? Number.POSITIVE_INFINITY;
  const probes = experiment.steady.map((_, probe) => outcomeOf(experiment, samples, probe, from));
  const told = (verdict: ChaosVerdict["verdict"], why: string): ChaosVerdict => {
    const each = probes.map(({ recoveryMs }) => recoveryMs);
    const lastFailure = brokenAt === undefined ? undefined : recoveredAt(experiment, samples, brokenAt);
    const known =
      brokenAt !== undefined && each.every((ms) => ms !== undefined) && probes.every(({ looks }) => looks > 0);
    return {
      verdict,
      why,
      probes,
      ...(known ? { recoveryMs: lastFailure === undefined ? 0 : lastFailure - (brokenAt ?? 0) } : {}),
    };
  };
  if (abortedBy !== undefined) return told("aborted", abortedBy);
  if (brokenAt === undefined) return told("aborted", "nothing was broken");
  const bad = probes.find(({ held }) => !held);
  if (bad)
    return told(
      "broken",
      `${bad.probe} failed for ${formatDuration(bad.longestMs)}${bad.tolerateMs > 0 ? `, tolerated are ${formatDuration(bad.tolerateMs)}` : ""}: ${bad.text}`,
    );
  return told("held", experiment.hypothesis);
}

/** When every probe was good for good; undefined: none ever failed. */
function recoveredAt(experiment: Experiment, samples: readonly ProbeSample[], from: Millis): Millis | undefined {
  const ends = experiment.steady.flatMap((_, probe) => {
    const mine = samples.filter((one) => one.probe === probe && one.at >= from);
    const last = mine.findLastIndex(({ ok }) => !ok);
    return last === -1 ? [] : [mine[last + 1]?.at ?? Number.NaN];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}
