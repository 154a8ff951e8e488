import { isOff, routing } from "../../alerting-known.ts";
import { getRoutedAlerts } from "../../api-alerting.ts";
import { FilterChoice, FilterText } from "../../parts/alerting/filter-field.tsx";
import { HowToSwitchOn, useRouting } from "../../parts/alerting/off.tsx";
import { RoutedList } from "../../parts/alerting/routed-list.tsx";
import { ROUTED_STATES } from "../../parts/alerting/routed-state.tsx";
import { Tabs } from "../../parts/alerting/tabs.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { byUrgency, routedLine } from "../../routed-words.ts";
import { usePlace } from "../../router.ts";
import { useObservable } from "../../store.ts";
import { Alerts } from "../alerts.tsx";

/** What one page can carry; the filters find the rest. */
const AT_MOST = 500;

/** Every alert that is routed, what needs a person first. Where nothing is routed: what the rules say, as ever. */
export function AlertsNow() {
  const { query } = usePlace();
  const filters = {
    state: query.get("state") ?? undefined,
    q: query.get("q")?.trim(),
    filter: query.get("filter") ?? undefined,
    receiver: query.get("receiver") ?? undefined,
  };
  const off = useObservable(routing) === false;
  const resource = useResource(
    `alerting alerts ${JSON.stringify(filters)}`,
    // `pending` is a state of rules: an address of theirs still opens.
    (signal) => getRoutedAlerts({ ...filters, state: known(filters.state), limit: AT_MOST }, signal),
    usePollMs(),
  );
  useRouting(resource);
  const { value, failure, reload } = resource;
  if (isOff(failure) || (off && value === undefined)) return <Alerts hint={<HowToSwitchOn />} />;
  const filtered = Object.values(filters).some((one) => one !== undefined && one !== "");
  return (
    <>
      <Tabs />
      <h1 tabIndex={-1} class="state" aria-live="polite">
        {value === undefined ? "Alerts" : (routedLine(value.counts) ?? "No alert fires")}
      </h1>
      <search class="filters">
        <FilterText name="q" label="A value contains" />
        <FilterText name="filter" label="Matchers" placeholder={'severity="page"'} most={2000} />
        <FilterChoice name="state" label="State" any="all" options={ROUTED_STATES} />
        {filters.receiver !== undefined && <FilterChoice name="receiver" label="Goes to" any="anybody" options={[]} />}
      </search>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="alerts" retry={reload} />
        ) : (
          <Loading what="alerts" rows={8} />
        )
      ) : value.items.length === 0 ? (
        filtered ? (
          <Empty title="No alert fits these filters.">
            <p>
              <a href="/alerts">Show all</a>
            </p>
          </Empty>
        ) : (
          <Empty title="Nothing fires.">
            <p>
              Prometheus, Grafana and the rules here post alerts to <code>/api/v2/alerts</code>.
            </p>
          </Empty>
        )
      ) : (
        <>
          {failure && <p class="note">The list could not be brought up to date: {failure.message}</p>}
          <RoutedList
            key={JSON.stringify(filters)}
            items={[...value.items].sort(byUrgency)}
            caption="Alerts, what needs a person first"
          />
          {value.cursor !== undefined && (
            <p class="muted">These are {AT_MOST} of them; narrow the list by state, value or matchers.</p>
          )}
        </>
      )}
    </>
  );
}

const known = (state: string | undefined): string | undefined =>
  ROUTED_STATES.some(([one]) => one === state) ? state : undefined;
