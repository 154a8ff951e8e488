import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, type Millis } from "../../kernel/time.ts";

/** What is done by the clock: usage of the hour that ended, and bills with everything that is made of them. */
export const CHORES = {
  usage: ["usage"],
  bills: ["bills", "usage_costs", "budgets", "anomalies", "proofs", "retention"],
} as const;
export type Chore = keyof typeof CHORES;
export type ChoreStep = (typeof CHORES)[Chore][number];

/**
 * How far a chore is: one plain item, no decision. Its period is taken by one worker for a while; what it could not do is left and done again,
 * by whoever comes, until the next period replaces it.
 */
export interface ChoreClock {
  readonly v: 1;
  /** Start of the newest period that was taken up. */
  readonly period: Millis;
  /** Steps of it that are not done. */
  readonly left: readonly ChoreStep[];
  /** In a row. */
  readonly failures: number;
  readonly why?: string;
  readonly againAt?: Millis;
  /** Somebody works on it until then. */
  readonly until?: Millis;
  /** When all of a period was last done. */
  readonly doneAt?: Millis;
}

export interface Rhythm {
  readonly every: DurationMs;
  /** From the start of a day of UTC, or of an hour. */
  readonly offset: DurationMs;
}

/** Cost Explorer's figures of a day are in its account's database some hours after midnight; reports begin at seven. */
const BILLS_AT_MS = 5 * HOUR_MS;

type Schedule = "hourly" | "daily" | "off" | { readonly every: DurationMs };

/** How often a chore is done; undefined: never. */
export function rhythmOf(chore: Chore, schedule: Schedule): Rhythm | undefined {
  if (chore === "usage") return { every: HOUR_MS, offset: 0 };
  if (schedule === "off") return undefined;
  if (schedule === "hourly") return { every: HOUR_MS, offset: 10 * MINUTE_MS };
  if (schedule === "daily") return { every: DAY_MS, offset: BILLS_AT_MS };
  return { every: schedule.every, offset: 0 };
}

export const periodOf = ({ every, offset }: Rhythm, now: Millis): Millis =>
  Math.floor((now - offset) / every) * every + offset;

/** Steps that are to be done now; none where all is done, somebody is at it, or it failed a moment ago. */
export function dueSteps(
  chore: Chore,
  clock: ChoreClock | undefined,
  rhythm: Rhythm,
  now: Millis,
): readonly ChoreStep[] {
  const period = periodOf(rhythm, now);
  // A clock of the future is one of an earlier rhythm, or of a machine that was wrong: the present counts.
  if (clock?.until !== undefined && clock.until > now && clock.until - now <= MOST_LEASE_MS) return [];
  if (clock?.period !== period) return CHORES[chore];
  if (clock.againAt !== undefined && clock.againAt > now) return [];
  return clock.left;
}

/** No worker lives longer. */
const MOST_LEASE_MS = DAY_MS;

/** The clock of somebody who takes it up. */
export function taken(
  clock: ChoreClock | undefined,
  steps: readonly ChoreStep[],
  period: Millis,
  until: Millis,
): ChoreClock {
  const again = clock?.period === period;
  return {
    v: 1,
    period,
    left: steps,
    failures: again ? clock.failures : 0,
    ...(clock?.why === undefined || !again ? {} : { why: clock.why }),
    ...(clock?.doneAt === undefined ? {} : { doneAt: clock.doneAt }),
    until,
  };
}

/** The clock after it: what failed is left and tried again, after a pause that doubles up to an hour. */
export function workedOff(
  { until: _, againAt: __, why: ___, ...clock }: ChoreClock,
  failed: readonly { readonly step: ChoreStep; readonly why: string }[],
  now: Millis,
  firstPause: DurationMs,
): ChoreClock {
  if (failed.length === 0) return { ...clock, left: [], failures: 0, doneAt: now };
  const failures = clock.failures + 1;
  return {
    ...clock,
    left: failed.map(({ step }) => step),
    failures,
    why: failed.map(({ step, why }) => `${step}: ${why}`).join("; "),
    againAt: now + Math.min(HOUR_MS, firstPause * 2 ** Math.min(20, failures - 1)),
  };
}

/** Whether something is wrong with it: two periods without an end, or a day where they are shorter. */
export function isLate(clock: ChoreClock | undefined, rhythm: Rhythm, now: Millis): boolean {
  if (!clock) return false;
  const since = clock.doneAt ?? clock.period;
  return now - since > Math.max(DAY_MS, 2 * rhythm.every + HOUR_MS) && clock.failures > 0;
}
