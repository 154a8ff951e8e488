import { useDecisionPages } from "../decision-pages.ts";
import { DecisionFiltersForm } from "../parts/decision-filters.tsx";
import { DecisionList } from "../parts/decision-list.tsx";
import { Empty, Failed, Loading } from "../parts/looks.tsx";
import { usePlace } from "../router.ts";

/** Everything that was decided, also doing nothing. Filters are in the address. */
export function Decisions() {
  const { query } = usePlace();
  const filters = {
    noun: query.get("noun") ?? undefined,
    subject: query.get("subject") ?? undefined,
    reason: query.get("reason") ?? undefined,
    acted: query.get("acted") === "true" ? "true" : undefined,
  };
  const pages = useDecisionPages(filters);
  const filtered = Object.values(filters).some((value) => value !== undefined);
  return (
    <>
      <h1 tabIndex={-1}>Decisions</h1>
      <DecisionFiltersForm filters={filters} />
      {pages.items === undefined ? (
        pages.failure ? (
          <Failed failure={pages.failure} what="decisions" retry={pages.reload} />
        ) : (
          <Loading what="decisions" rows={10} />
        )
      ) : pages.items.length === 0 ? (
        <Empty title={filtered ? "No decision fits these filters." : "Nothing has been decided yet."}>
          {filtered && (
            <p>
              <a href="/decisions">Show all</a>
            </p>
          )}
        </Empty>
      ) : (
        <>
          <DecisionList items={pages.items} caption="Decisions, newest first" />
          <div class="more">
            {pages.more ? (
              <button type="button" disabled={pages.loadingMore} onClick={pages.loadMore}>
                {pages.loadingMore ? "Loading…" : "Older decisions"}
              </button>
            ) : (
              <p class="muted">That is all.</p>
            )}
            {pages.moreFailure && <p class="bad">Older ones could not be read: {pages.moreFailure.message}</p>}
          </div>
        </>
      )}
    </>
  );
}
