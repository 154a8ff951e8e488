import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { keyText } from "../shared/core/kernel/key.ts";
import type { Timers, Wake } from "../shared/core/ports/timers.ts";
import type { LocalClock } from "./clock.ts";

export interface LocalTimers extends Timers {
  /** Forgets everything that waits and takes nothing more. */
  close(): void;
}

/**
 * Timers in this process. They need not survive it: what they wake for also stands in the store as due, where the tick of
 * the next start finds it.
 */
export function localTimers(clock: Pick<LocalClock, "at">, deliver: (wake: Wake) => void): LocalTimers {
  const waiting = new Map<string, () => void>();
  let closed = false;
  return {
    wake: async (wake) => {
      if (closed) throw new HeadgateError("timers.unavailable", "Headgate is stopping", { retryable: true });
      const id = `${keyText(wake.key)}@${wake.at}`;
      if (waiting.has(id)) return;
      waiting.set(
        id,
        clock.at(wake.at, () => {
          waiting.delete(id);
          deliver(wake);
        }),
      );
    },
    close: () => {
      closed = true;
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
