import { type Field, placeAfter } from "./field.ts";

/** A schedule of members: each comes as often as its weight says. */
export interface Schedule {
  /** Takes the next one and puts it back by its weight of now. The field must have members. */
  next(): number;
  /** The members changed: begins anew. */
  restart(): void;
}

/**
 * Earliest deadline first, as Envoy's EdfScheduler: a member is due 1 / weight after it was taken last; of those due at the same time
 * the one that was put in earlier. Weights may be other ones at each turn.
 */
export function earliestFirst(field: Field, weightOf: (i: number) => number): Schedule {
  const { members } = field;
  const due = new Float64Array(members.length);
  const turn = new Float64Array(members.length);
  const heap = new Int32Array(members.length);
  /** The instant of the schedule and the turns so far: in an array, because floats in a closure are boxed. */
  const clock = new Float64Array(2);
  let started = false;

  const earlier = (a: number, b: number) =>
    (due[a] as number) < (due[b] as number) ||
    ((due[a] as number) === (due[b] as number) && (turn[a] as number) < (turn[b] as number));
  const put = (place: number) => {
    const turns = clock[1] as number;
    due[place] = (clock[0] as number) + 1 / weightOf(members[place] as number);
    turn[place] = turns;
    clock[1] = turns + 1;
  };
  const sinkFrom = (hole: number, place: number) => {
    let at = hole;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= field.count) break;
      if (child + 1 < field.count && earlier(heap[child + 1] as number, heap[child] as number)) child += 1;
      if (!earlier(heap[child] as number, place)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = place;
  };
  const start = () => {
    started = true;
    clock.fill(0);
    // Of equals the one behind the host picked last comes first, so that beginning anew favours nobody.
    const from = placeAfter(field, field.loads.last);
    for (let step = 0; step < field.count; step += 1) {
      const place = from + step < field.count ? from + step : from + step - field.count;
      put(place);
      heap[step] = place;
    }
    for (let hole = (field.count >> 1) - 1; hole >= 0; hole -= 1) sinkFrom(hole, heap[hole] as number);
  };
  return {
    next() {
      // Not before the first turn: weights may depend on loads that are set after the schedule was made.
      if (!started) start();
      const place = heap[0] as number;
      clock[0] = due[place] as number;
      put(place);
      sinkFrom(0, place);
      return members[place] as number;
    },
    restart() {
      started = false;
    },
  };
}
