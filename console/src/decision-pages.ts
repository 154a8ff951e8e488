import { useRef, useState } from "preact/hooks";
import type { DecisionSummary, DecisionsView } from "../../functions/api/views.ts";
import { type DecisionFilters, getDecisions } from "./api.ts";
import { asFailure, type Failure } from "./failure.ts";
import { usePollMs } from "./poll.ts";
import { useResource } from "./resource.ts";

const PAGE = 50;

interface Kept {
  readonly key: string;
  readonly items: readonly DecisionSummary[];
  /** Where the oldest one shown ends; undefined when there is nothing older. */
  readonly cursor: string | undefined;
  /** The answer that was merged last. */
  readonly merged: DecisionsView | undefined;
}

/**
 * Decisions by pages: the newest page is kept live, older ones are added by cursor. When so much is new that the newest
 * page no longer touches what is shown, the older pages are dropped rather than leaving a hole nobody sees.
 */
export function useDecisionPages(filters: DecisionFilters) {
  const key = JSON.stringify(filters);
  const first = useResource(
    `decisions ${key}`,
    (signal) => getDecisions({ ...filters, limit: PAGE }, signal),
    usePollMs(),
  );
  const kept = useRef<Kept>({ key, items: [], cursor: undefined, merged: undefined });
  const [loadingMore, setLoadingMore] = useState(false);
  const [moreFailure, setMoreFailure] = useState<Failure | undefined>(undefined);
  if (kept.current.key !== key) kept.current = { key, items: [], cursor: undefined, merged: undefined };
  if (first.value !== undefined && first.value !== kept.current.merged) kept.current = merge(kept.current, first.value);

  const loadMore = () => {
    const { cursor } = kept.current;
    if (cursor === undefined || loadingMore) return;
    setLoadingMore(true);
    getDecisions({ ...filters, limit: PAGE, cursor }, AbortSignal.timeout(15_000))
      .then(
        (page) => {
          const now = kept.current;
          if (now.key === key && now.cursor === cursor)
            kept.current = { ...now, items: join(now.items, page.items), cursor: page.cursor };
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

function merge(kept: Kept, view: DecisionsView): Kept {
  const known = new Set(kept.items.map((item) => item.id));
  const touches = view.cursor === undefined || view.items.some((item) => known.has(item.id));
  if (kept.items.length === 0 || !touches)
    return { key: kept.key, items: view.items, cursor: view.cursor, merged: view };
  return { ...kept, items: join(view.items, kept.items), merged: view };
}

function join(newer: readonly DecisionSummary[], older: readonly DecisionSummary[]): readonly DecisionSummary[] {
  const known = new Set(newer.map((item) => item.id));
  return [...newer, ...older.filter((item) => !known.has(item.id))];
}
