import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { keyText } from "../../shared/core/kernel/key.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Timers, Wake } from "../../shared/core/ports/timers.ts";

/** Timers in memory: what was asked for waits until somebody takes it. */
export interface MemoryTimers {
  readonly timers: Timers;
  /** Removes and returns what is due now, earliest first. */
  take(): readonly Wake[];
  /** Everything that waits, earliest first. */
  waiting(): readonly Wake[];
  unreachable(down: boolean): void;
}

export function memoryTimers(options: { readonly now: () => Millis }): MemoryTimers {
  const wakes = new Map<string, Wake>();
  let down = false;
  const waiting = () => [...wakes.values()].sort((a, b) => a.at - b.at);
  const name = (wake: Wake) => `${keyText(wake.key)}@${wake.at}`;
  return {
    waiting,
    take: () => {
      const due = waiting().filter((wake) => wake.at <= options.now());
      for (const wake of due) wakes.delete(name(wake));
      return due;
    },
    unreachable: (value) => {
      down = value;
    },
    timers: {
      wake: async (wake) => {
        if (down) throw new HeadgateError("timers.unavailable", "timers cannot be set", { retryable: true });
        wakes.set(name(wake), wake);
      },
    },
  };
}
