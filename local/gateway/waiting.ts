/** Requests that wait for a backend: bounded in number and in time, the important ones first, then first come first served. */
export interface WaitingRoom {
  /**
   * Takes a place; `go` is called once. A full room makes place for the more important: who came last of the least important ones
   * is sent away. Undefined when there is no place.
   *
   * @param priority 0 is the most important, 7 the least
   * @returns how to leave
   */
  enter(priority: number, go: (how: "admitted" | "late" | "shed" | "closed") => void): (() => void) | undefined;
  /** Admits the first in line while `ready` says there is a backend for it. */
  admit(ready: () => boolean): void;
  size(): number;
  /** Turns everybody away. */
  close(): void;
}

export const PRIORITIES = 8;

interface Waiting {
  readonly go: (how: "admitted" | "late" | "shed" | "closed") => void;
  readonly timer: NodeJS.Timeout;
  readonly line: Set<Waiting>;
}

/** @param longestMs real ms */
export function waitingRoom(places: () => number, longestMs: () => number): WaitingRoom {
  const lines = Array.from({ length: PRIORITIES }, () => new Set<Waiting>());
  let size = 0;

  const leave = (one: Waiting): boolean => {
    clearTimeout(one.timer);
    if (!one.line.delete(one)) return false;
    size--;
    return true;
  };
  const send = (one: Waiting, how: "admitted" | "late" | "shed" | "closed") => {
    if (leave(one)) one.go(how);
  };
  /** Whoever came last of the least important ones, if they are less important than `priority`. */
  const least = (priority: number): Waiting | undefined => {
    for (let level = PRIORITIES - 1; level > priority; level--) {
      const line = lines[level] as Set<Waiting>;
      let last: Waiting | undefined;
      for (const one of line) last = one;
      if (last) return last;
    }
    return undefined;
  };

  return {
    enter: (priority, go) => {
      if (size >= places()) {
        const out = least(priority);
        if (!out) return undefined;
        send(out, "shed");
      }
      const line = lines[priority] as Set<Waiting>;
      const one: Waiting = { go, line, timer: setTimeout(() => send(one, "late"), longestMs()) };
      line.add(one);
      size++;
      return () => void leave(one);
    },
    admit: (ready) => {
      if (size === 0) return;
      // Who is admitted and finds nothing takes a new place: not before all others have been asked.
      for (const line of lines)
        for (const one of [...line]) {
          if (!ready()) return;
          send(one, "admitted");
        }
    },
    size: () => size,
    close: () => {
      for (const line of lines) for (const one of [...line]) send(one, "closed");
    },
  };
}
