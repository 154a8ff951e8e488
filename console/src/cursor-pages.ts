import { useRef, useState } from "preact/hooks";
import { asFailure, type Failure } from "./failure.ts";
import { usePollMs } from "./poll.ts";
import { useResource } from "./resource.ts";

/** One answer of a list that is read by pages, newest first. */
export interface CursorPage<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

interface Kept<T> {
  readonly key: string;
  readonly items: readonly T[];
  /** Where the oldest one shown ends; undefined when there is nothing older. */
  readonly cursor: string | undefined;
  /** The answer that was merged last. */
  readonly merged: CursorPage<T> | undefined;
}

const PATIENCE_MS = 15_000;

/**
 * A list by pages: the newest page is kept live, older ones are added by cursor. When so much is new that the newest
 * page no longer touches what is shown, the older pages are dropped rather than leaving a hole nobody sees.
 */
export function useCursorPages<T>(
  key: string,
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<CursorPage<T>>,
  idOf: (item: T) => string,
) {
  const first = useResource(key, (signal) => ask(undefined, signal), usePollMs());
  const kept = useRef<Kept<T>>({ key, items: [], cursor: undefined, merged: undefined });
  const [loadingMore, setLoadingMore] = useState(false);
  const [moreFailure, setMoreFailure] = useState<Failure | undefined>(undefined);
  if (kept.current.key !== key) kept.current = { key, items: [], cursor: undefined, merged: undefined };
  if (first.value !== undefined && first.value !== kept.current.merged)
    kept.current = merge(kept.current, first.value, idOf);

  const loadMore = () => {
    const { cursor } = kept.current;
    if (cursor === undefined || loadingMore) return;
    setLoadingMore(true);
    ask(cursor, AbortSignal.timeout(PATIENCE_MS))
      .then(
        (page) => {
          const now = kept.current;
          if (now.key === key && now.cursor === cursor)
            kept.current = { ...now, items: join(now.items, page.items, idOf), cursor: page.cursor };
          setMoreFailure(undefined);
        },
        (error: unknown) => setMoreFailure(asFailure(error)),
      )
      .finally(() => setLoadingMore(false));
  };
  return {
    items: kept.current.merged === undefined ? undefined : kept.current.items,
    failure: first.failure,
    reload: first.reload,
    more: kept.current.cursor !== undefined,
    loadMore,
    loadingMore,
    moreFailure,
  };
}

function merge<T>(kept: Kept<T>, view: CursorPage<T>, idOf: (item: T) => string): Kept<T> {
  const known = new Set(kept.items.map(idOf));
  const touches = view.cursor === undefined || view.items.some((item) => known.has(idOf(item)));
  if (kept.items.length === 0 || !touches)
    return { key: kept.key, items: view.items, cursor: view.cursor, merged: view };
  return { ...kept, items: join(view.items, kept.items, idOf), merged: view };
}

function join<T>(newer: readonly T[], older: readonly T[], idOf: (item: T) => string): readonly T[] {
  const known = new Set(newer.map(idOf));
  return [...newer, ...older.filter((item) => !known.has(idOf(item)))];
}
