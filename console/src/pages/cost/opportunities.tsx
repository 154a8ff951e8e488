import type { CostOpportunities, CostOpportunity } from "../../../../functions/api/views-cost.ts";
import { getOpportunities } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { reopenAct } from "../../cost-acts.ts";
import { KINDS, opportunitiesLine } from "../../cost-words.ts";
import { plural, told, words } from "../../format.ts";
import { news } from "../../live.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { Money } from "../../parts/cost/figure.tsx";
import { OpportunityActs, OpportunityDetail } from "../../parts/cost/opportunity.tsx";
import { CostTabs } from "../../parts/cost/tabs.tsx";
import { Drawer } from "../../parts/drawer.tsx";
import { HeldList } from "../../parts/held-list.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { openRow } from "../../parts/open-row.ts";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { At } from "../../parts/time.tsx";
import { useResource } from "../../resource.ts";
import { pageLink, usePlace, withQuery } from "../../router.ts";
import { useObservable } from "../../store.ts";

const REST_MS = 15_000;
const LISTED = 100;

function useOpportunities() {
  const stamp = `${useObservable(news)}`;
  const ask = () => calmly("cost opportunities", stamp, REST_MS, (signal) => getOpportunities(signal));
  return useResource("cost opportunities", ask, REST_MS);
}

/** What could be saved, why no less may be kept, and what is left alone. */
export function OpportunitiesPage({ id }: { id?: string }) {
  const { value, failure, reload } = useOpportunities();
  const opened = usePlace().query;
  const one = value?.items.find((item) => item.id === (id ?? opened.get("opportunity")));
  return (
    <>
      <CostTabs />
      {value === undefined ? (
        <>
          <h1 tabIndex={-1}>Opportunities</h1>
          {failure ? (
            <Failed failure={failure} what="opportunities" retry={reload} />
          ) : (
            <Loading what="opportunities" rows={6} />
          )}
        </>
      ) : id !== undefined ? (
        one ? (
          <OpportunityDetail one={one} mode={value.mode} heading="h1" />
        ) : (
          <>
            <h1 tabIndex={-1}>No such opportunity</h1>
            <Empty title="It is no longer proposed, was dismissed, or was applied.">
              <p>
                <a href={pageLink("/cost/changes")}>Changes</a>
              </p>
            </Empty>
          </>
        )
      ) : (
        <List view={value} failed={failure?.message} />
      )}
      {id === undefined && one && opened.get("decision") === null && value && (
        <Drawer
          key="opportunity"
          id={one.id}
          label="Opportunity"
          page={{ to: pageLink(`/cost/opportunities/${encodeURIComponent(one.id)}`), words: "Open as a page" }}
        >
          <OpportunityDetail one={one} mode={value.mode} heading="h2" />
        </Drawer>
      )}
    </>
  );
}

function List({ view, failed }: { view: CostOpportunities; failed: string | undefined }) {
  const { items, currency, savingPerMonth, notProposed, dismissed, mode, troubles } = view;
  return (
    <>
      <h1 tabIndex={-1} class="state" aria-live="polite">
        {opportunitiesLine(items, savingPerMonth, currency)}
      </h1>
      {failed && <p class="note">It could not be brought up to date: {failed}</p>}
      <p class="muted">
        {mode === undefined
          ? "Retention is not looked at: cost.retention is not in the configuration."
          : mode === "act"
            ? "In mode act Headgate applies what is proposed for retention by itself, and guards it."
            : mode === "recommend"
              ? "In mode recommend nothing is changed unless somebody applies it here."
              : "In mode observe nothing is changed, not even by somebody's word."}
      </p>
      {troubles.map((text) => (
        <p key={text} class="note note-bad">
          <bdi>{told(text)}</bdi>
        </p>
      ))}
      {items.length === 0 ? (
        <Empty title="Nothing is proposed.">
          <p>
            {notProposed.length > 0
              ? "What was looked at and left alone stands below, with the reason."
              : "Either nothing was looked at yet, or all of it is as it should be."}
          </p>
        </Empty>
      ) : (
        <HeldList
          items={items}
          idOf={({ id }) => id}
          kind="opportunities"
          caption="Opportunities, the largest saving first"
          heads={["What", "Saves a month", "Effort and risk", "Act"]}
          row={(one) => <Row key={one.id} one={one} mode={mode} />}
        />
      )}
      {notProposed.length > 0 && (
        <details class="not-proposed" open={items.length === 0}>
          <summary>Looked at and left alone: {notProposed.length}</summary>
          <Table class="cost-plain">
            <caption class="unseen">Not proposed, and why</caption>
            <Thead>
              <Tr>
                <Th>Resource</Th>
                <Th>Why</Th>
              </Tr>
            </Thead>
            <Tbody>
              {notProposed.slice(0, LISTED).map((one) => (
                <Tr key={`${one.kind} ${one.resource.id}`}>
                  <RowTh>
                    <bdi>{one.resource.name}</bdi> <span class="outcome">{KINDS[one.kind]}</span>
                  </RowTh>
                  <Td>
                    <bdi>{told(one.text)}</bdi>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
          {notProposed.length > LISTED && <p class="muted">and {notProposed.length - LISTED} more</p>}
        </details>
      )}
      {dismissed.length > 0 && (
        <section>
          <h2>Dismissed: {plural(dismissed.length, "opportunity", "opportunities")}</h2>
          <ul class="dismissed">
            {dismissed.slice(0, LISTED).map((one) => (
              <li key={one.id} data-dismissed={one.id}>
                <bdi>{told(one.text ?? one.id)}</bdi>{" "}
                <span class="muted">
                  by <bdi>{one.by}</bdi>: <bdi>{one.reason}</bdi>
                  {one.until !== undefined && (
                    <>
                      , until <At at={one.until} />
                    </>
                  )}
                </span>
                <ActButton name="reopen" label="Propose again…" act={reopenAct(one.id, one.resource?.name ?? one.id)} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Row({ one, mode }: { one: CostOpportunity; mode: CostOpportunities["mode"] }) {
  const link = withQuery({ opportunity: one.id });
  const open = usePlace().query.get("opportunity") === one.id;
  return (
    <Tr data-row={one.id} data-open={open || undefined} onClick={openRow(link)}>
      <RowTh class="name">
        <a href={link} data-row-link>
          <bdi>{told(one.text)}</bdi>
        </a>
        <span class="outcome">
          {KINDS[one.kind]}: <bdi>{one.resource.name}</bdi>
          {one.resource.cluster && (
            <>
              {" "}
              on <bdi>{one.resource.cluster}</bdi>
            </>
          )}
        </span>
      </RowTh>
      <Td class="number saving">
        {one.savingPerMonth === undefined ? (
          <span class="none">cannot be told</span>
        ) : (
          <Money amount={one.savingPerMonth} currency={one.currency} />
        )}
      </Td>
      <Td class="degrees">
        effort {words(one.effort)}, risk {words(one.risk)}
        {one.restartNeeded && <span class="outcome">needs a restart</span>}
      </Td>
      <Td class="acts" onClick={(event) => event.stopPropagation()}>
        <OpportunityActs one={one} mode={mode} />
      </Td>
    </Tr>
  );
}
