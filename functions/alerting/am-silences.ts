import { silenceState } from "../../shared/core/alerting/silences.ts";
import type { Matcher, Silence } from "../../shared/core/alerting/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { matchersOf } from "./am-filter.ts";
import { flag, type Query } from "./am-query.ts";
import { timeText } from "./am-time.ts";

const ORDER = { active: 0, pending: 1, expired: 2 } as const;

/** Active ones by the soonest end, pending ones by the soonest start, expired ones by the latest end. */
export function bySilence(now: Millis): (a: Silence, b: Silence) => number {
  return (a, b) => {
    const state = silenceState(a, now);
    const order = ORDER[state] - ORDER[silenceState(b, now)];
    if (order !== 0) return order;
    if (state === "active") return a.endsAt - b.endsAt;
    return state === "pending" ? a.startsAt - b.startsAt : b.endsAt - a.endsAt;
  };
}

/** Whether a silence has each of these matchers, to the letter: what is asked is what it says, not what it matches. */
export const hasMatchers = ({ matcherSets }: Silence, asked: readonly Matcher[]): boolean =>
  matcherSets.some((set) =>
    asked.every(({ name, op, value }) => set.some((one) => one.name === name && one.op === op && one.value === value)),
  );

/** A silence as API v2 shows it (`gettableSilence`), members in upstream's order. */
export function shownSilence(silence: Silence, now: Millis): object {
  const { id, updatedAt, annotations, comment, createdBy, startsAt, endsAt, matcherSets } = silence;
  return {
    id,
    status: { state: silenceState(silence, now) },
    updatedAt: timeText(updatedAt),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    comment,
    createdBy,
    endsAt: timeText(endsAt),
    matchers: (matcherSets[0] ?? []).map(({ name, op, value }) => ({
      isEqual: op === "=" || op === "=~",
      isRegex: op.endsWith("~"),
      name,
      value,
    })),
    startsAt: timeText(startsAt),
  };
}

/** `GET /api/v2/silences`. Those with several sets of matchers have no form there and are left out. @throws BadQuery */
export function listSilencesV2(silences: readonly Silence[], query: Query, now: Millis): readonly object[] {
  const asked = matchersOf(query, "filter");
  const wanted = { active: flag(query, "active"), pending: flag(query, "pending"), expired: flag(query, "expired") };
  return silences
    .filter((one) => one.matcherSets.length === 1 && wanted[silenceState(one, now)] && hasMatchers(one, asked))
    .sort(bySilence(now))
    .map((one) => shownSilence(one, now));
}
