import { HeadgateError } from "../../kernel/errors.ts";
import { DAY_MS, type Millis } from "../../kernel/time.ts";
import { isTimezone } from "../../kernel/timezone.ts";
import { CHANNELS, type Channel } from "./channels.ts";
import { type Constants, HEADGATE } from "./constants.ts";
import { emit, loudest, mix, pastAlarms, speakers } from "./emit.ts";
import { expectedOf } from "./expected.ts";
import { condemned, excused, judge, remember, rememberMore, timeBin } from "./feedback.ts";
import { localSeconds } from "./local-clock.ts";
import { Memory } from "./memory.ts";
import { observe, Seen } from "./observe.ts";
import { noteStep, Pace } from "./pace.ts";
import { followRhythm, rhythmSeconds } from "./rhythm.ts";
import { loadMemory, saveMemory } from "./saved.ts";
import type { Detector, DetectorOptions } from "./types.ts";

/** Values beyond are taken for this: what is kept in 32 bits must stay finite. */
const LARGEST = 1e36;

/**
 * The Headgate detector for one series: strictly online, one set of constants for all series, never looks ahead. Row after
 * row in, a score in [0, 1] out; from ALARM_SCORE on it is an alarm.
 *
 * @throws HeadgateError `input.invalid` for a time zone that is none.
 */
export function createDetector(options: DetectorOptions = {}): Detector {
  return detectorOver(new Memory(), options);
}

/**
 * Goes on where {@link Detector.save} stopped, with exactly the scores that would have followed without stopping.
 *
 * @throws HeadgateError `input.invalid` for bytes that are no state of this version, or a time zone that is none.
 */
export function loadDetector(bytes: Uint8Array, options: DetectorOptions = {}): Detector {
  return detectorOver(loadMemory(bytes), options);
}

/** {@link createDetector} with other constants, to measure what they do. */
export function detectorOver(m: Memory, options: DetectorOptions, c: Constants = HEADGATE): Detector {
  const { timezone = "UTC" } = options;
  if (!isTimezone(timezone)) throw new HeadgateError("input.invalid", `"${timezone}" is no IANA time zone`);
  const clock = localSeconds(timezone);
  const seen = new Seen();
  const pace = new Pace();
  let score = 0;
  let z = 0;
  let kind = 0;
  let rows = 0;
  let learning = true;

  function speak(at: Millis, surprise: number, bin: number): number {
    kind = loudest(c, seen.channels);
    remember(m, at, speakers(c, seen.channels), surprise, bin, seen);
    const habit = condemned(m, kind, surprise, bin) ? 0 : c.habit * Math.log2(1 + pastAlarms(m, c, surprise));
    z = surprise - c.bias - habit - excused(m, kind, surprise, bin);
    return 1 / (1 + Math.exp(-z));
  }

  return {
    push(at, value) {
      score = 0;
      if (!Number.isFinite(at) || !Number.isFinite(value)) return 0;
      const bounded = Math.max(-LARGEST, Math.min(LARGEST, value));
      if (m.n === 0) {
        m.origin = bounded;
        m.firstAt = at;
      }
      const t = at / 1000;
      const local = clock(at);
      noteStep(m, t);
      if (m.step > 0) pace.follow(m, c);
      observe(m, c, pace, rhythmSeconds(m, t, local), bounded - m.origin, seen);
      const surprise = mix(c, m.n * pace.row, seen.channels);
      if (emit(m, c, pace, surprise)) score = speak(at, surprise, timeBin(local));
      else if (surprise > 0) rememberMore(m, surprise);
      followRhythm(m, c, t, local, bounded - m.origin);
      m.n += 1;
      rows += 1;
      learning = at - m.firstAt < DAY_MS;
      return score;
    },
    detail() {
      const expected = rows > 0 ? expectedOf(m, seen) : undefined;
      return {
        score,
        learning,
        ...(expected ? { expected } : {}),
        ...(score > 0 ? { z, kind: CHANNELS[kind] as Channel } : {}),
      };
    },
    save: () => saveMemory(m),
    feedback: (verdict, at, given) => judge(m, verdict, at, given, timeBin(clock(at))),
  };
}
