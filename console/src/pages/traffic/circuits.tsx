import type { CircuitView } from "../../../../functions/api/views-breakers.ts";
import { getCircuits } from "../../api-traffic.ts";
import { admitsText, circuitStanding, countdownText, forcedText, inForce } from "../../circuit-words.ts";
import { useNow } from "../../clock.ts";
import { useCursorPages } from "../../cursor-pages.ts";
import { plural } from "../../format.ts";
import { FilterText } from "../../parts/alerting/filter-field.tsx";
import { HeldList } from "../../parts/held-list.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { openRow } from "../../parts/open-row.ts";
import { Td, Tr } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { TrafficTabs } from "../../parts/traffic/tabs.tsx";
import { circuitLink, usePlace } from "../../router.ts";

const PAGE = 200;

const idOf = (one: CircuitView): string => one.circuit;

/** "3 circuits, 1 open"; of a list that goes on it is only said what is shown. */
function circuitsLine(items: readonly CircuitView[], more: boolean): string {
  const words = Map.groupBy(items, (one) => circuitStanding(one).word);
  const told = [...words].filter(([word]) => word !== "closed").map(([word, all]) => `${all.length} ${word}`);
  const count = more ? `The first ${items.length} circuits` : plural(items.length, "circuit");
  return items.length === 0 ? "No circuits" : [count, ...(told.length === 0 ? ["all closed"] : told)].join(", ");
}

/** Circuits whose state is kept, in order of their names. */
export function Circuits() {
  const prefix = usePlace().query.get("prefix")?.trim() ?? "";
  const pages = useCursorPages(
    `circuits ${prefix}`,
    (cursor, signal) => getCircuits({ prefix, limit: PAGE, cursor }, signal),
    idOf,
  );
  const now = useNow();
  const items = pages.items?.map((one) => inForce(one, now));
  return (
    <>
      <TrafficTabs />
      <h1 tabIndex={-1} class={items ? "state" : undefined} aria-live="polite">
        {items ? circuitsLine(items, pages.more) : "Circuits"}
      </h1>
      <search class="filters">
        <FilterText name="prefix" label="Name begins with" most={900} />
      </search>
      {items === undefined ? (
        pages.failure ? (
          <Failed failure={pages.failure} what="circuits" retry={pages.reload} />
        ) : (
          <Loading what="circuits" rows={8} />
        )
      ) : items.length === 0 ? (
        prefix === "" ? (
          <Empty title="No circuit has counted anything yet.">
            <p>Gateways keep one for each backend, and the library one for each name it is asked for.</p>
          </Empty>
        ) : (
          <Empty title="No circuit begins with that.">
            <p>
              <a href="/traffic/circuits">Show all</a>
            </p>
          </Empty>
        )
      ) : (
        <HeldList
          key={prefix}
          items={items}
          idOf={idOf}
          kind="circuits"
          caption="Circuits in order of their names"
          heads={["State", "Circuit", "What callers meet", "Since", "Openings in a row"]}
          row={(one) => <CircuitRow key={one.circuit} one={one} now={now} />}
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
      )}
    </>
  );
}

function CircuitRow({ one, now }: { one: CircuitView; now: number }) {
  const link = circuitLink(one.circuit);
  // That a probe is due is what callers meet already.
  const countdown = one.admits === "probe" ? undefined : countdownText(one, now);
  return (
    <Tr data-row={one.circuit} onClick={openRow(link)}>
      <Td class="state">
        <StandingMark standing={circuitStanding(one)} />
      </Td>
      <Td class="what">
        <a href={link} data-row-link title={one.circuit}>
          <bdi>{one.circuit}</bdi>
        </a>
      </Td>
      <Td class="meets">
        {admitsText(one)}
        {countdown && <span class="outcome">{countdown}</span>}
        {one.forced && (
          <span class="outcome">
            <bdi>{forcedText(one.forced, now)}</bdi>
          </span>
        )}
      </Td>
      <Td class="when">
        <Ago at={one.since} />
      </Td>
      <Td class="opens">{one.opens > 0 ? one.opens : ""}</Td>
    </Tr>
  );
}
