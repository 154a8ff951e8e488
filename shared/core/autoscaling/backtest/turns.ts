/**
 * Simulated minutes of one turn: some milliseconds of work. Who drives a long simulation can do other things between two turns, or give it up; the core has no
 * clock, so how long it may take is the driver's business.
 */
export const TURN_MINUTES = 360;

/** All turns at once. */
export function finished<T>(turns: Generator<unknown, T>): T {
  for (;;) {
    const turn = turns.next();
    if (turn.done) return turn.value;
  }
}
