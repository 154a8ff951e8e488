import { getTenant } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { useNow } from "../../clock.ts";
import { stackOf } from "../../cost-days.ts";
import { number, words } from "../../format.ts";
import { DaysChart } from "../../parts/cost/days-chart.tsx";
import { FigureLine, MadeUp, Money, NoFigure, Notes } from "../../parts/cost/figure.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { useResource } from "../../resource.ts";
import { pageLink, usePlace } from "../../router.ts";
import { spanOf } from "./report.tsx";

const REST_MS = 30_000;

/** What one tenant pays, and for what. */
export function TenantPage({ name }: { name: string }) {
  const now = useNow();
  const { from, to } = spanOf(usePlace().query.get("span") ?? "30d", now);
  const key = `cost tenant ${name} ${from} ${to}`;
  const { value, failure, reload } = useResource(
    key,
    () => calmly(key, "", REST_MS, (signal) => getTenant(name, { from, to }, signal)),
    REST_MS,
  );
  const currency = value?.currency ?? "";
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/cost/tenants")}>Tenants</a>
      </p>
      <h1 tabIndex={-1} class="service-name">
        <bdi>{name}</bdi>
      </h1>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`tenant ${name}`} retry={reload} />
        ) : (
          <Loading what="the tenant" rows={6} />
        )
      ) : value.status !== "known" ? (
        <NoFigure status={value.status} sources={[]} />
      ) : (
        <>
          <p class="cost-total">
            <Money amount={value.cost} currency={currency} />
          </p>
          {value.budget && (
            <p>
              budget <Money amount={value.budget.amount} currency={currency} /> a month
              {value.budget.percent === undefined
                ? ", how much of it is spent is not known"
                : `, ${number(value.budget.percent)} % of it spent`}
            </p>
          )}
          <FigureLine figure={value} />
          {value.madeUp && <MadeUp />}
          <Notes notes={value.notes} />
          {value.days.length > 0 && (
            <section aria-label="By day">
              <DaysChart
                stack={stackOf(
                  value.days.map(({ day, cost }) => ({ day, of: name, cost })),
                  new Map(),
                  from,
                  to,
                  1,
                )}
                currency={currency}
                title={`Cost of ${name} by day`}
              />
            </section>
          )}
          <section>
            <h2>For what</h2>
            {value.parts.length === 0 ? (
              <Empty title="Nothing of it could be dealt out." />
            ) : (
              <Table class="cost-plain">
                <caption class="unseen">What it pays for, the dearest first</caption>
                <Thead>
                  <Tr>
                    <Th>What</Th>
                    <Th>Kind</Th>
                    <Th class="number">Cost</Th>
                  </Tr>
                </Thead>
                <Tbody>
                  {value.parts.map((part) => (
                    <Tr key={`${part.kind} ${part.name}`}>
                      <RowTh>
                        <bdi>{part.name}</bdi>
                      </RowTh>
                      <Td class="muted whole">{words(part.kind)}</Td>
                      <Td class="number">
                        <Money amount={part.cost} currency={currency} />
                      </Td>
                    </Tr>
                  ))}
                </Tbody>
              </Table>
            )}
          </section>
        </>
      )}
    </>
  );
}
