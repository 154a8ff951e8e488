import { useState } from "preact/hooks";
import type { CostTenant } from "../../../../functions/api/views-cost.ts";
import { getTenants } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { useNow } from "../../clock.ts";
import { number, plural } from "../../format.ts";
import { Icon } from "../../icons.tsx";
import { FilterText } from "../../parts/alerting/filter-field.tsx";
import { FigureLine, MadeUp, Money, NoFigure, Notes } from "../../parts/cost/figure.tsx";
import { CostTabs } from "../../parts/cost/tabs.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { openRow } from "../../parts/open-row.ts";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { useResource } from "../../resource.ts";
import { pageLink, usePlace } from "../../router.ts";
import { useWindow } from "../../window.ts";
import { spanOf } from "./report.tsx";

const REST_MS = 30_000;
const ROW_PX = 40;

const tenantLink = (name: string): string => pageLink(`/cost/tenants/${encodeURIComponent(name)}`);

/** Show-back: who pays how much; a thousand of them are as quick as ten. */
export function TenantsPage() {
  const now = useNow();
  const { query } = usePlace();
  const { from, to } = spanOf(query.get("span") ?? "30d", now);
  const key = `cost tenants ${from} ${to}`;
  const { value, failure, reload } = useResource(
    key,
    () => calmly(key, "", REST_MS, (signal) => getTenants({ from, to }, signal)),
    REST_MS,
  );
  const wanted = (query.get("q") ?? "").toLowerCase();
  const items = (value?.items ?? []).filter(({ tenant }) => tenant.toLowerCase().includes(wanted));
  return (
    <>
      <CostTabs />
      <div class="page-head">
        <h1 tabIndex={-1}>{value?.status === "known" ? plural(value.items.length, "tenant") : "Tenants"}</h1>
        {value && value.items.length > 0 && (
          <div class="filters">
            <FilterText name="q" label="Name" eager />
          </div>
        )}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="tenants" retry={reload} />
        ) : (
          <Loading what="tenants" rows={10} />
        )
      ) : value.status !== "known" ? (
        <NoFigure status={value.status} sources={[]} />
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <p class="figure-line">
            <span>
              all of it <Money amount={value.total} currency={value.currency ?? ""} />
            </span>
            <Line name="of nobody" amount={value.unallocated} currency={value.currency} />
            <Line name="shared" amount={value.shared} currency={value.currency} />
            <Line name="idle" amount={value.idle} currency={value.currency} />
          </p>
          <FigureLine figure={value} />
          {value.madeUp && <MadeUp />}
          <Notes notes={value.notes} />
          {value.items.length === 0 ? (
            <Empty title="No tenant is named.">
              <p>
                Rules under <code>cost.tenants</code> say whose topics, groups, jobs, services and accounts are whose.
              </p>
            </Empty>
          ) : items.length === 0 ? (
            <Empty title="No tenant has that in its name." />
          ) : (
            <List items={items} currency={value.currency ?? ""} />
          )}
        </>
      )}
    </>
  );
}

function Line({ name, amount, currency }: { name: string; amount: string | undefined; currency: string | null }) {
  if (amount === undefined || Number(amount) === 0) return null;
  return (
    <span class="muted">
      {name} <Money amount={amount} currency={currency ?? ""} />
    </span>
  );
}

const ORDERS = {
  cost: (a: CostTenant, b: CostTenant) => Number(b.cost) - Number(a.cost),
  name: (a: CostTenant, b: CostTenant) => a.tenant.localeCompare(b.tenant),
  budget: (a: CostTenant, b: CostTenant) => (b.budget?.percent ?? -1) - (a.budget?.percent ?? -1),
};

function List({ items, currency }: { items: readonly CostTenant[]; currency: string }) {
  const [order, setOrder] = useState<keyof typeof ORDERS>("cost");
  const sorted = [...items].sort(ORDERS[order]);
  const { ref, visible } = useWindow<HTMLTableSectionElement>({ count: sorted.length, rowHeight: ROW_PX });
  const head = (id: keyof typeof ORDERS, title: string, number = true) => (
    <Th
      class={number ? "number" : undefined}
      aria-sort={order === id ? (id === "name" ? "ascending" : "descending") : undefined}
    >
      <button type="button" class="link" onClick={() => setOrder(id)}>
        {title}
      </button>
    </Th>
  );
  return (
    <Table class="cost-tenants" aria-rowcount={sorted.length + 1}>
      <caption class="unseen">Tenants and what they cost</caption>
      <Thead>
        <Tr aria-rowindex={1}>
          {head("name", "Tenant", false)}
          {head("cost", "Cost")}
          <Th class="number share">Share</Th>
          {head("budget", "Of its budget")}
        </Tr>
      </Thead>
      <Tbody ref={ref}>
        {visible.before > 0 && <tr class="spacer" style={{ height: `${visible.before}px` }} />}
        {sorted.slice(visible.first, visible.end).map((one, index) => {
          const link = tenantLink(one.tenant);
          const percent = one.budget?.percent;
          return (
            <Tr
              key={one.tenant}
              aria-rowindex={visible.first + index + 2}
              data-row={one.tenant}
              onClick={openRow(link)}
            >
              <RowTh class="name">
                <a href={link} data-row-link title={one.tenant}>
                  <bdi>{one.tenant}</bdi>
                </a>
              </RowTh>
              <Td class="number">
                <Money amount={one.cost} currency={currency} />
              </Td>
              <Td class="number share">{one.share === undefined ? "" : `${number(one.share)}\u00a0%`}</Td>
              <Td class="number">
                {one.budget === undefined ? (
                  <span class="none">no budget</span>
                ) : percent === undefined ? (
                  <span class="none">not known</span>
                ) : (
                  <span class={percent > 100 ? "bad" : undefined} title={percent > 100 ? "exceeded" : undefined}>
                    {percent > 100 && (
                      <>
                        <Icon name="failing" size={12} />
                        <span class="unseen">exceeded </span>
                      </>
                    )}{" "}
                    {number(percent)}&nbsp;%
                  </span>
                )}
              </Td>
            </Tr>
          );
        })}
        {visible.after > 0 && <tr class="spacer" style={{ height: `${visible.after}px` }} />}
      </Tbody>
    </Table>
  );
}
