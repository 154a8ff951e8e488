import type { Millis } from "../../kernel/time.ts";

/** A time in which the load is known to be `factor` times what it would be. */
export interface Event {
  readonly from: Millis;
  readonly to: Millis;
  readonly factor: number;
}

/** Product of the factors of all events that cover the instant; 1 where there is none. */
export function factorAt(events: readonly Event[], at: Millis): number {
  let factor = 1;
  for (const event of events) if (event.from <= at && at < event.to) factor *= event.factor;
  return factor;
}
