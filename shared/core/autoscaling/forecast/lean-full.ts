import { countThen } from "../facts.ts";
import { fullOf } from "../full.ts";
import { valueAt } from "../learned.ts";
import type { Facts } from "../opinion.ts";
import { EMPTY, patch } from "../state.ts";
import type { AutoscalingState } from "../types.ts";
import { watched } from "../watch.ts";

/** What the machine remembers of its own changes and of a CPU that is full, for who replays it where nobody measures what waits. */
export interface FullMemory {
  /** The same facts with what is known of a full CPU at this look. */
  look(facts: Facts): Facts;
  /** The count that was asked for at that look, inside the bounds. */
  asked(facts: Facts, count: number): void;
}

/** A memory that has seen nothing yet. */
export function fullMemory(): FullMemory {
  let state: AutoscalingState = EMPTY;
  return {
    look(facts) {
      if (state.watch) state = followed(state, facts);
      const seen = state;
      const readyAt: Facts["readyAt"] = (of) =>
        valueAt(facts.signal("ready"), of.at) ?? countThen(seen, of) ?? facts.ready;
      state = patch(state, { full: fullOf({ ...facts, readyAt, state }) });
      return { ...facts, readyAt, state };
    },
    asked({ now, desired: from, min, max }, count) {
      const desired = Math.max(min, Math.min(max, count));
      if (desired === from) return;
      const direction = desired > from ? "out" : "in";
      const watch = { decisionAt: now, from, desired, direction, since: now } as const;
      state = patch(state, { watch, ...(direction === "out" ? { lastOutAt: now } : { lastInAt: now }) });
    },
  };
}

function followed(state: AutoscalingState, { config, desired, ready, now }: Facts): AutoscalingState {
  const actual = { desired, pending: desired - ready, running: ready, ready, deploying: false, at: now };
  return watched(config, state, "", actual, now).state;
}
