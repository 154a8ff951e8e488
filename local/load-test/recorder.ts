import {
  clear,
  type Histogram,
  histogram,
  pack,
  quantile,
  record,
} from "../../shared/core/readiness/load/histogram.ts";
import type { LoadSecond } from "../../shared/core/readiness/load/rows.ts";

/** Requests that were due in one second, counted until the last of them is over. */
export interface Cohort {
  readonly second: number;
  asked: number;
  sent: number;
  ok: number;
  errors: number;
  timeouts: number;
  unsent: number;
  late: number;
  done: number;
  inFlight: number;
  lagUs: number;
  /** Not over yet. */
  open: number;
  readonly latency: Histogram;
}

/** Times are ms since the start of the test. */
export interface Recorder {
  /** A request that is due at `at` was taken up at `now`. */
  due(at: number, now: number): Cohort;
  sent(cohort: Cohort, late: boolean, now: number): void;
  /** An answer. `sentAt`: when it was handed to a connection. */
  answered(cohort: Cohort, at: number, sentAt: number, now: number, ok: boolean): void;
  /** No answer: refused, broken off. */
  failed(cohort: Cohort, wasSent: boolean): void;
  /** Will not be sent any more, as the test ends: how long it would have waited nobody knows. */
  withdrawn(cohort: Cohort): void;
  /** Given up after the timeout. */
  givenUp(cohort: Cohort, at: number, wasSent: boolean, now: number): void;
  /**
   * Rows that are final: their second is over, everything due before `passed` was taken up, and nothing of theirs is open. A second in which
   * nothing was due has one as well: several recorders are put together by second, and one that is silent would hold up the others.
   */
  take(passed: number, now: number): readonly LoadSecond[];
  inFlight(): number;
  /** From the send, µs. */
  readonly service: Histogram;
  /** Of the generator behind its own schedule, µs. */
  readonly lag: Histogram;
}

export function makeRecorder(): Recorder {
  const cohorts = new Map<number, Cohort>();
  const spare: Histogram[] = [];
  const service = histogram();
  const lag = histogram();
  const lagNow = histogram();
  let lagOf: Cohort | undefined;
  let inFlight = 0;

  /** Seconds before it have a cohort, or had one. */
  let begun = 0;

  const cohortAt = (at: number): Cohort => {
    const second = Math.floor(at / 1000);
    const known = cohorts.get(second);
    if (known) return known;
    const made: Cohort = {
      ...{ second, asked: 0, sent: 0, ok: 0, errors: 0, timeouts: 0, unsent: 0, late: 0, done: 0, open: 0, lagUs: 0 },
      inFlight,
      latency: spare.pop() ?? histogram(),
    };
    cohorts.set(second, made);
    return made;
  };
  /** Arrivals come in order, so one second's lag is complete when the next one's begins. */
  const closeLag = (): void => {
    if (lagOf && lagNow.count > 0) lagOf.lagUs = quantile(pack(lagNow), 0.99) ?? 0;
    clear(lagNow);
  };
  const over = (cohort: Cohort, wasSent: boolean): void => {
    cohort.open -= 1;
    if (wasSent) inFlight -= 1;
  };

  return {
    service,
    lag,
    inFlight: () => inFlight,
    due: (at, now) => {
      const cohort = cohortAt(at);
      if (cohort !== lagOf) {
        closeLag();
        lagOf = cohort;
      }
      const behind = (now - at) * 1000;
      record(lag, behind);
      record(lagNow, behind);
      cohort.asked += 1;
      cohort.open += 1;
      return cohort;
    },
    sent: (cohort, late, now) => {
      cohort.sent += 1;
      if (late) cohort.late += 1;
      inFlight += 1;
      const current = cohortAt(now);
      if (inFlight > current.inFlight) current.inFlight = inFlight;
    },
    answered: (cohort, at, sentAt, now, ok) => {
      over(cohort, true);
      cohortAt(now).done += 1;
      if (!ok) {
        cohort.errors += 1;
        return;
      }
      cohort.ok += 1;
      record(cohort.latency, (now - at) * 1000);
      record(service, (now - sentAt) * 1000);
    },
    failed: (cohort, wasSent) => {
      over(cohort, wasSent);
      cohort.errors += 1;
    },
    withdrawn: (cohort) => {
      over(cohort, false);
      cohort.unsent += 1;
    },
    givenUp: (cohort, at, wasSent, now) => {
      over(cohort, wasSent);
      if (wasSent) cohort.timeouts += 1;
      else cohort.unsent += 1;
      record(cohort.latency, (now - at) * 1000);
    },
    take: (passed, now) => {
      const rows: LoadSecond[] = [];
      const until = Math.floor(Math.min(passed, now) / 1000);
      if (Number.isFinite(until)) for (; begun < until; begun += 1) cohortAt(begun * 1000);
      for (const [second, one] of cohorts) {
        const end = (second + 1) * 1000;
        if (one.open > 0 || end > passed || end > now) continue;
        if (one === lagOf) {
          closeLag();
          lagOf = undefined;
        }
        const { open: _, latency, ...counts } = one;
        rows.push({ ...counts, latency: pack(latency) });
        clear(latency);
        spare.push(latency);
        cohorts.delete(second);
      }
      return rows;
    },
  };
}
