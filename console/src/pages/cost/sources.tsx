import { getSources } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { useNow } from "../../clock.ts";
import { sourceStanding } from "../../cost-words.ts";
import { number, told, words } from "../../format.ts";
import { FINALITY } from "../../parts/cost/days-chart.tsx";
import { longDay, Money, NoFigure } from "../../parts/cost/figure.tsx";
import { CostTabs } from "../../parts/cost/tabs.tsx";
import { Failed, Loading } from "../../parts/looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { useResource } from "../../resource.ts";
import { spanOf } from "./report.tsx";

const REST_MS = 30_000;

/** Who was asked, what came of it, and what asking cost. */
export function SourcesPage() {
  const span = spanOf("30d", useNow());
  const key = `cost sources ${span.to}`;
  const { value, failure, reload } = useResource(
    key,
    () => calmly(key, "", REST_MS, (signal) => getSources(span, signal)),
    REST_MS,
  );
  return (
    <>
      <CostTabs />
      <h1 tabIndex={-1}>Sources of cost</h1>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="sources" retry={reload} />
        ) : (
          <Loading what="sources" rows={4} />
        )
      ) : value.items.length === 0 ? (
        <NoFigure status="no_sources" sources={[]} />
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <p class="muted">
            The last look took {number(value.requests)} paid requests: <Money amount={value.paid} currency="USD" />.
            Closed days are kept and not asked for again.
          </p>
          <Table class="cost-sources">
            <caption class="unseen">Sources of bills and how each answered</caption>
            <Thead>
              <Tr>
                <Th>Source</Th>
                <Th>State</Th>
                <Th>Its days</Th>
                <Th class="number">Paid requests</Th>
              </Tr>
            </Thead>
            <Tbody>
              {value.items.map((one) => (
                <Tr key={one.source} data-source={one.status}>
                  <RowTh class="name">
                    <bdi>{one.source}</bdi>
                    {one.kind && <span class="outcome">{words(one.kind)}</span>}
                  </RowTh>
                  <Td>
                    <StandingMark standing={sourceStanding(one)} />
                    {one.why && (
                      <span class="outcome">
                        <bdi>{told(one.why)}</bdi>
                      </span>
                    )}
                  </Td>
                  <Td>
                    {one.through === undefined ? <span class="none">none</span> : `through ${longDay(one.through)}`}
                    {one.finality && <span class="outcome">{FINALITY[one.finality]}</span>}
                  </Td>
                  <Td class="number" data-label="paid requests">
                    {number(one.requests)}
                    <span class="outcome">
                      <Money amount={one.paid} currency="USD" />
                    </span>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </>
      )}
    </>
  );
}
