import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asFailure, type Failure } from "../failure.ts";

export interface Answered<T> {
  /** The last good answer, also while the next one is computed. */
  readonly value: T | undefined;
  /** What that answer is to. */
  readonly of: string | undefined;
  readonly failure: Failure | undefined;
  readonly busy: boolean;
  readonly retry: () => void;
}

interface Held<T> {
  readonly value?: T;
  readonly of?: string;
  readonly failure?: Failure;
  readonly busy: boolean;
}

const KEPT = 24;
/** A recorded load grows: an older answer is asked for again. */
const FRESH_MS = 600_000;

/**
 * Answers to a question that changes under somebody's hand: asked when it has rested for `restMs`, what is overtaken is aborted, so that the
 * last question's answer wins. The old one stays until then. Undefined: nothing is asked.
 */
export function usePlayed<T>(
  question: string | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
  restMs: number,
): Answered<T> {
  const known = useRef(new Map<string, { readonly value: T; readonly at: number }>());
  const [held, setHeld] = useState<Held<T>>({ busy: question !== undefined });
  const [tries, setTries] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (question === undefined) return;
    const before = known.current.get(question);
    if (before !== undefined && performance.now() - before.at < FRESH_MS) {
      setHeld({ value: before.value, of: question, busy: false });
      return;
    }
    const controller = new AbortController();
    setHeld(({ failure: _, ...last }) => ({ ...last, busy: true }));
    const timer = setTimeout(() => {
      latest.current(controller.signal).then(
        (value) => {
          if (controller.signal.aborted) return;
          for (const oldest of known.current.keys()) {
            if (known.current.size < KEPT) break;
            known.current.delete(oldest);
          }
          known.current.set(question, { value, at: performance.now() });
          setHeld({ value, of: question, busy: false });
        },
        (error: unknown) => {
          if (!controller.signal.aborted)
            setHeld(({ value, of }) => ({
              ...(value === undefined ? {} : { value }),
              ...(of === undefined ? {} : { of }),
              failure: asFailure(error),
              busy: false,
            }));
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [question, tries, restMs]);
  const retry = useCallback(() => setTries((count) => count + 1), []);
  return { value: held.value, of: held.of, failure: held.failure, busy: held.busy && question !== undefined, retry };
}
