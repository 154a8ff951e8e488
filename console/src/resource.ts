import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { accessKey } from "./access.ts";
import { connection, live, recovery } from "./connection.ts";
import { asFailure, type Failure } from "./failure.ts";
import { news } from "./live.ts";
import { useObservable } from "./store.ts";

/** What is known of one answer. A failure never takes the last good value away. */
export interface Resource<T> {
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  /** performance.now() of the last good answer. */
  readonly at: number | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

interface Kept {
  readonly value: unknown;
  readonly at: number;
}

/** Answers by key, so that going back shows at once what was there. Bounded: the oldest go first. */
const kept = new Map<string, Kept>();
const KEPT_AT_MOST = 60;
/** After an answer its asking rests this many times as long as it took: news without end shall not keep the API busy. */
const RESTS = 5;

function keep(key: string, value: unknown): Kept {
  const entry = { value, at: performance.now() };
  kept.delete(key);
  kept.set(key, entry);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_AT_MOST) break;
    kept.delete(oldest);
  }
  return entry;
}

// What one key may see is not for the next one.
accessKey.subscribe(() => kept.clear());

/**
 * Asks for something and keeps asking: when a decision arrives, when the API is back, and every `everyMs` in between.
 * Stands still while the page is hidden or the reader has paused.
 */
export function useResource<T>(key: string, ask: (signal: AbortSignal) => Promise<T>, everyMs: number): Resource<T> {
  const [, redraw] = useState(0);
  const failure = useRef<Failure | undefined>(undefined);
  const shownKey = useRef(key);
  const running = useRef<AbortController | undefined>(undefined);
  const again = useRef(false);
  const restUntil = useRef(0);
  const latestAsk = useRef(ask);
  latestAsk.current = ask;
  if (shownKey.current !== key) {
    shownKey.current = key;
    failure.current = undefined;
    running.current?.abort();
    running.current = undefined;
  }

  const reload = useCallback(() => {
    if (running.current !== undefined) {
      again.current = true;
      return;
    }
    const controller = new AbortController();
    running.current = controller;
    const startedAt = performance.now();
    latestAsk
      .current(controller.signal)
      .then((value) => {
        if (controller.signal.aborted) return;
        keep(key, value);
        failure.current = undefined;
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return;
        failure.current = asFailure(error);
        // Whoever may no longer see it, sees it no longer.
        if (failure.current.problem?.status === 401) kept.delete(key);
      })
      .finally(() => {
        if (running.current !== controller) return;
        running.current = undefined;
        const endedAt = performance.now();
        restUntil.current = endedAt + Math.min(everyMs, (endedAt - startedAt) * RESTS);
        redraw((count) => count + 1);
        if (again.current) {
          again.current = false;
          reload();
        }
      });
  }, [key, everyMs]);

  const paused = !useObservable(live);
  const wasPaused = useRef(paused);
  useEffect(() => {
    reload();
    return () => {
      running.current?.abort();
      running.current = undefined;
      again.current = false;
    };
  }, [reload]);

  useEffect(() => {
    const offRecovery = recovery.subscribe(reload);
    const offKey = accessKey.subscribe(reload);
    if (wasPaused.current && !paused) reload();
    wasPaused.current = paused;
    if (paused) {
      return () => {
        offRecovery();
        offKey();
      };
    }
    let later: ReturnType<typeof setTimeout> | undefined;
    const wake = () => {
      if (document.visibilityState !== "visible" || connection.get().state === "lost" || later !== undefined) return;
      const rest = restUntil.current - performance.now();
      if (rest <= 0) return reload();
      later = setTimeout(() => {
        later = undefined;
        wake();
      }, rest);
    };
    const timer = setInterval(wake, everyMs);
    const offNews = news.subscribe(wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      clearInterval(timer);
      clearTimeout(later);
      offNews();
      offRecovery();
      offKey();
      document.removeEventListener("visibilitychange", wake);
    };
  }, [reload, paused, everyMs]);

  const entry = kept.get(key);
  return {
    value: entry?.value as T | undefined,
    failure: failure.current,
    at: entry?.at,
    loading: entry === undefined && failure.current === undefined,
    reload,
  };
}
