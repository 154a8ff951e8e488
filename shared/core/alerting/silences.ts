import type { Labels } from "../kernel/labels.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import { intervalContains } from "./intervals/contains.ts";
import { compileMatchers, matchersText } from "./matchers/match.ts";
import type { PostedSilence } from "./silence-read.ts";
import type { Silence, SilenceState } from "./types.ts";

/** Silences are kept so long after their end. Upstream: `--data.retention`. */
export const SILENCE_RETENTION_MS: DurationMs = 120 * 3_600_000;

/** A silence does not count from its end on; what is written to the millisecond lies before the clock of whoever asks. */
export function silenceState({ startsAt, endsAt }: Silence, now: Millis): SilenceState {
  if (now >= endsAt) return "expired";
  return now < startsAt ? "pending" : "active";
}

/** Whether an active silence holds now: always, or in its windows where it recurs. */
export const silenceHolds = (silence: Silence, now: Millis): boolean =>
  silenceState(silence, now) === "active" &&
  (!silence.recurs || silence.recurs.some((window) => intervalContains(window, now)));

/** Silences with their matchers read, in the order given. */
export interface CompiledSilences {
  readonly all: readonly { readonly silence: Silence; readonly matches: (labels: Labels) => boolean }[];
}

export function compileSilence(silence: Silence): CompiledSilences["all"][number] {
  const sets = silence.matcherSets.map(compileMatchers);
  return { silence, matches: (labels) => sets.some((holds) => holds(labels)) };
}

export const compileSilences = (silences: readonly Silence[]): CompiledSilences => ({
  all: silences.map(compileSilence),
});

/** Ids of the silences that hold an alert back now. */
export function silencedBy({ all }: CompiledSilences, labels: Labels, now: Millis): readonly string[] {
  return all.flatMap(({ silence, matches }) => (silenceHolds(silence, now) && matches(labels) ? [silence.id] : []));
}

export type SilenceSet =
  | {
      readonly ok: true;
      /** Each replaces what has its id. */
      readonly write: readonly Silence[];
      readonly id: string;
    }
  | { readonly ok: false; readonly status: 400 | 404; readonly message: string };

/** To the letter and in the same order: upstream takes the same matchers in another order for others. */
const sameSets = (a: Silence["matcherSets"], b: Silence["matcherSets"]): boolean =>
  a.length === b.length && a.every((set, index) => matchersText(set) === matchersText(b[index] ?? []));

const second = (at: Millis): number => Math.floor(at / 1_000);

/** Whether a silence may be changed in place without telling another past than there was. Source: silence.go, canUpdate. */
function changeable(old: Silence, next: PostedSilence, now: Millis): boolean {
  if (!sameSets(old.matcherSets, next.matcherSets)) return false;
  const state = silenceState(old, now);
  if (state === "active") return second(old.startsAt) === second(next.startsAt) && next.endsAt >= now;
  return state === "pending" && next.startsAt >= now;
}

/**
 * Makes or changes a silence as upstream's API v2 does. `existing`: what is kept under the id that was posted. Where the change would
 * rewrite the past (other matchers, another start of an active one, an expired one) the old one ends now and a new one with another id
 * is made. A new one starts now at the earliest.
 */
export function setSilence(
  existing: Silence | undefined,
  posted: PostedSilence,
  now: Millis,
  newId: string,
): SilenceSet {
  if (posted.startsAt >= posted.endsAt)
    return { ok: false, status: 400, message: "Failed to create silence: start time must be before end time" };
  if (posted.endsAt < now)
    return { ok: false, status: 400, message: "Failed to create silence: end time can't be in the past" };
  const { id: given = "", ...rest } = posted;
  if (given !== "" && !existing) return { ok: false, status: 404, message: "silence not found" };
  if (existing && changeable(existing, posted, now))
    return { ok: true, id: existing.id, write: [{ ...rest, id: existing.id, updatedAt: now }] };
  const made: Silence = { ...rest, id: newId, startsAt: Math.max(posted.startsAt, now), updatedAt: now };
  const ended = existing && expireSilence(existing, now);
  return { ok: true, id: newId, write: [...(ended && ended !== existing ? [ended] : []), made] };
}

/** Ends a silence now; one that has not begun is over before it began. An expired one stays as it is (the same object). */
export function expireSilence(silence: Silence, now: Millis): Silence {
  const state = silenceState(silence, now);
  if (state === "expired") return silence;
  return { ...silence, ...(state === "pending" ? { startsAt: now } : {}), endsAt: now, updatedAt: now };
}

/** When somebody is to be told that it ends soon; undefined: nobody, or it is too late. */
export function remindAt(silence: Silence, now: Millis): Millis | undefined {
  if (!silence.remind || silenceState(silence, now) === "expired") return undefined;
  return Math.max(silence.startsAt, silence.endsAt - silence.remind.beforeMs);
}

/**
 * Whether a silence that lasts until its alerts are resolved is over: it is active, it has held something back, and none of the alerts
 * it matches fires any more.
 */
export const endsWithAlerts = (
  silence: Silence,
  seen: { readonly matched: boolean; readonly firing: number },
  now: Millis,
): boolean =>
  silence.untilResolved === true && silenceState(silence, now) === "active" && seen.matched && seen.firing === 0;

/** What is to be done about a silence's own times, and when it has to be looked at next. */
export function silenceDue(
  silence: Silence,
  now: Millis,
  done: { readonly remindedAt?: Millis },
): { readonly remind: boolean; readonly nextAt?: Millis } {
  const remind = remindAt(silence, now);
  const open = remind !== undefined && (done.remindedAt === undefined || done.remindedAt < remind);
  if (open && remind <= now) return { remind: true, nextAt: silence.endsAt };
  const ahead = [open ? remind : undefined, silence.startsAt, silence.endsAt].filter(
    (at): at is Millis => at !== undefined && at > now,
  );
  return { remind: false, ...(ahead.length > 0 ? { nextAt: Math.min(...ahead) } : {}) };
}
