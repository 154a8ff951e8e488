import { exportUrl, getAlertRoutes, getAlertStats, getHistory } from "../../api-alerting.ts";
import { now } from "../../clock.ts";
import { useCursorPages } from "../../cursor-pages.ts";
import { FilterChoice, FilterText } from "../../parts/alerting/filter-field.tsx";
import { NotificationList } from "../../parts/alerting/notification-list.tsx";
import { AlertingPage } from "../../parts/alerting/off.tsx";
import { Stats } from "../../parts/alerting/stats.tsx";
import { ExportLinks } from "../../parts/export-links.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { At } from "../../parts/time.tsx";
import { usePollMs } from "../../poll.ts";
import { useRange } from "../../range.ts";
import { useResource } from "../../resource.ts";
import { usePlace, withQuery } from "../../router.ts";

const OUTCOMES = [
  ["done", "delivered"],
  ["failed", "failed"],
  ["pending", "under way"],
] as const;
const PAGE = 50;

const instantOf = (text: string | null): number | undefined => {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
};

/** Everything that was told, to whom, and what they answered; and what that says about the rules. */
export function History() {
  const { query } = usePlace();
  const range = useRange();
  const [from, to] = [instantOf(query.get("from")), instantOf(query.get("to"))];
  const filters = {
    q: query.get("q") ?? undefined,
    filter: query.get("filter") ?? undefined,
    receiver: query.get("receiver") ?? undefined,
    outcome: OUTCOMES.find(([one]) => one === query.get("outcome"))?.[0],
    group: query.get("group") ?? undefined,
  };
  // A range ends now, whenever it is asked for; from and to of the address stand before it.
  const span = () => ({ from: from ?? Math.floor((to ?? now()) - range.ms), ...(to === undefined ? {} : { to }) });
  const key = JSON.stringify([filters, from, to, range.id]);
  const pages = useCursorPages(
    `alerting history ${key}`,
    (cursor, signal) => getHistory({ ...filters, ...span(), limit: PAGE, cursor }, signal),
    (one) => `${one.decision} ${one.id}`,
  );
  const receivers = useResource("alerting routes", getAlertRoutes, 60_000).value?.receivers ?? [];
  return (
    <AlertingPage
      title="History"
      what="history"
      resource={{ value: pages.items, failure: pages.failure, reload: pages.reload }}
      acts={
        <ExportLinks
          name="notifications"
          formats={FORMATS}
          url={(format) => exportUrl({ ...filters, ...span() }, format)}
        />
      }
      filters={
        <>
          <search class="filters">
            <FilterText name="q" label="A value contains" />
            <FilterText name="filter" label="Matchers" placeholder={'severity="page"'} most={2000} />
            <FilterChoice
              name="receiver"
              label="To"
              any="anybody"
              options={receivers.map(({ name }) => [name, name] as const)}
            />
            <FilterChoice name="outcome" label="Outcome" any="all" options={OUTCOMES} />
          </search>
          {(from !== undefined || to !== undefined) && (
            <p class="muted">
              {from !== undefined && (
                <>
                  From <At at={from} />{" "}
                </>
              )}
              {to !== undefined && (
                <>
                  until <At at={to} />{" "}
                </>
              )}
              as the address says. <a href={withQuery({ from: undefined, to: undefined })}>Use the range above</a>
            </p>
          )}
        </>
      }
    >
      {(items) => (
        <>
          <Figures span={span} spanKey={JSON.stringify([from, to, range.id])} />
          <section>
            <h2>What was told</h2>
            {items.length === 0 ? (
              <Empty title="Nobody was told anything in this time that fits." />
            ) : (
              <NotificationList items={items} caption="Notifications, newest first" />
            )}
            {pages.more && (
              <div class="more">
                <button type="button" disabled={pages.loadingMore} onClick={pages.loadMore}>
                  {pages.loadingMore ? "Loading…" : "Show older ones"}
                </button>
                {pages.moreFailure && <p class="bad">{pages.moreFailure.message}</p>}
              </div>
            )}
          </section>
        </>
      )}
    </AlertingPage>
  );
}

function Figures(props: { span: () => { readonly from: number; readonly to?: number }; spanKey: string }) {
  const { value, failure, reload } = useResource(
    `alerting stats ${props.spanKey}`,
    (signal) => getAlertStats(props.span(), signal),
    usePollMs(),
  );
  return (
    <section>
      <h2>Figures of this time</h2>
      {value !== undefined ? (
        <Stats view={value} />
      ) : failure ? (
        <Failed failure={failure} what="figures" retry={reload} />
      ) : (
        <Loading what="figures" rows={3} />
      )}
    </section>
  );
}

const FORMATS = [
  ["csv", "CSV"],
  ["ndjson", "JSON lines"],
] as const;
