import { HOUR_MS, type Millis } from "../../kernel/time.ts";

/** A piece of time within one hour; `to` is not in it. */
export interface Segment {
  /** Start of its hour. */
  readonly hour: Millis;
  readonly from: Millis;
  readonly to: Millis;
}

export const hourOf = (at: Millis): Millis => Math.floor(at / HOUR_MS) * HOUR_MS;

/** The time from one look to the next, cut at the hours. Empty where none has passed. */
export function segments(from: Millis, to: Millis): readonly Segment[] {
  const cut: Segment[] = [];
  for (let at = from; at < to; ) {
    const end = Math.min(to, hourOf(at) + HOUR_MS);
    cut.push({ hour: hourOf(at), from: at, to: end });
    at = end;
  }
  return cut;
}

/** A count over pieces of time by their lengths, in whole numbers that sum to it: where nothing tells when it was within them. */
export function spread(count: number, over: readonly Segment[]): readonly number[] {
  const first = over[0]?.from ?? 0;
  const length = (over.at(-1)?.to ?? 0) - first;
  let given = 0;
  return over.map(({ to }) => {
    const until = length > 0 ? Math.round((count * (to - first)) / length) : count;
    const share = until - given;
    given = until;
    return share;
  });
}
