import type { AnomalyState, OpenAnomaly, PastAnomaly } from "./types.ts";

const KEPT = 20;

/** A service nothing is known of. */
export const EMPTY: AnomalyState = {
  v: 1,
  open: {},
  seen: {},
  learned: {},
  counts: { opened: 0, ended: 0, fine: 0, bad: 0 },
  past: [],
  judgements: [],
};

/** A state of another version of this code may lack what was added since. */
export function whole(state: AnomalyState): AnomalyState {
  return state.open && state.seen && state.learned && state.counts && state.past && state.judgements
    ? state
    : { ...EMPTY, ...state };
}

/** The newest of a list, one more at its end. */
export const kept = <T>(list: readonly T[], one: T): readonly T[] => [...list, one].slice(-KEPT);

/** A map with one member replaced, or without it. */
export function put<T>(map: { readonly [name: string]: T }, name: string, value: T | undefined) {
  const { [name]: before, ...rest } = map;
  if (value === undefined) return before === undefined ? map : rest;
  return before === value ? map : { ...map, [name]: value };
}

/** The anomaly of a signal that an instant belongs to: an open one first, else the newest that had not ended before it. */
export function anomalyAt(
  state: AnomalyState,
  signal: string,
  at: number,
): OpenAnomaly | (OpenAnomaly & Pick<PastAnomaly, "until">) | undefined {
  const open = state.open[signal];
  if (open && at >= open.since) return open;
  return state.past.findLast((one) => one.signal === signal && at >= one.since && at <= one.until);
}
