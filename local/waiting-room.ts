/** Requests that wait for an instance: bounded in number and in time, first come first served. */
export interface WaitingRoom {
  /** True when there is room; `go` is called once, with false when the wait was too long. Returns how to leave. */
  enter(go: (admitted: boolean) => void): (() => void) | undefined;
  /** Admits the first in line while `ready` says there is an instance for it. */
  admit(ready: () => boolean): void;
  size(): number;
  /** Turns everybody away. */
  close(): void;
}

export function waitingRoom(places: number, longestMs: number): WaitingRoom {
  const line = new Set<{ readonly go: (admitted: boolean) => void; readonly timer: NodeJS.Timeout }>();
  return {
    enter: (go) => {
      if (line.size >= places) return undefined;
      const one = {
        go,
        timer: setTimeout(() => {
          line.delete(one);
          go(false);
        }, longestMs),
      };
      line.add(one);
      return () => {
        clearTimeout(one.timer);
        line.delete(one);
      };
    },
    admit: (ready) => {
      for (const one of line) {
        if (!ready()) return;
        clearTimeout(one.timer);
        line.delete(one);
        one.go(true);
      }
    },
    size: () => line.size,
    close: () => {
      for (const one of line) {
        clearTimeout(one.timer);
        one.go(false);
      }
      line.clear();
    },
  };
}
