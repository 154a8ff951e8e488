import type { RolloutSummaryView } from "../../../../functions/api/views-delivery.ts";
import { getRollouts } from "../../api-delivery.ts";
import { useNow } from "../../clock.ts";
import { useCursorPages } from "../../cursor-pages.ts";
import { lasted, outcomeText, rolloutStanding, STRATEGIES } from "../../delivery-words.ts";
import { told } from "../../format.ts";
import { HeldList } from "../held-list.tsx";
import { Empty, Failed, Loading } from "../looks.tsx";
import { Td, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";

const PAGE = 10;
const HEADS = ["Outcome", "Version", "Why", "Begun", "Lasted"];

const idOf = (one: RolloutSummaryView): string => one.id;

/** Rollouts of a service with how they ended and why, newest first. */
export function RolloutHistory({ service }: { service: string }) {
  const pages = useCursorPages(
    `rollouts of ${service}`,
    (cursor, signal) => getRollouts(service, { limit: PAGE, cursor }, signal),
    idOf,
  );
  const now = useNow();
  if (pages.items === undefined)
    return pages.failure ? (
      <Failed failure={pages.failure} what="history" retry={pages.reload} />
    ) : (
      <Loading what="history" />
    );
  if (pages.items.length === 0) return <Empty title="Nothing has been rolled out yet." />;
  return (
    <HeldList
      items={pages.items}
      idOf={idOf}
      kind="rollouts"
      caption="Rollouts of this service, newest first"
      heads={HEADS}
      row={(one) => (
        <Tr key={one.id} data-rollout-id={one.id}>
          <Td class="state">
            <StandingMark standing={rolloutStanding(one)} />
          </Td>
          <Td class="version">
            <bdi class="mono">{one.version}</bdi>
            <span class="outcome">
              {one.from === undefined ? "new service" : `after ${one.from}`}, {STRATEGIES[one.strategy]}
            </span>
          </Td>
          <Td class="what">
            <bdi>{told(outcomeText(one))}</bdi>
            <span class="outcome">
              by <bdi>{one.started.by}</bdi>
              {one.started.why !== "" && (
                <>
                  : <bdi>{one.started.why}</bdi>
                </>
              )}
            </span>
          </Td>
          <Td class="when">
            <Ago at={one.startedAt} />
          </Td>
          <Td class="lasted">{lasted(one, now)}</Td>
        </Tr>
      )}
      more={() =>
        pages.more && (
          <div class="more">
            <button type="button" disabled={pages.loadingMore} onClick={pages.loadMore}>
              {pages.loadingMore ? "Loading…" : "Show more"}
            </button>
            {pages.moreFailure && <p class="bad">{pages.moreFailure.message}</p>}
          </div>
        )
      }
    />
  );
}
