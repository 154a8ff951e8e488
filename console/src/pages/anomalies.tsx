import type { AnomaliesView, AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { getAnomalies } from "../api-anomaly.ts";
import { plural } from "../format.ts";
import { AnomalyList } from "../parts/anomaly-list.tsx";
import { Empty, Failed, Loading } from "../parts/looks.tsx";
import { ScoredTable } from "../parts/scored-table.tsx";
import { usePollMs } from "../poll.ts";
import { useResource } from "../resource.ts";
import { go, usePlace, withQuery } from "../router.ts";

const STATES = [
  ["anomalous", "anomalous"],
  ["learning", "learning"],
  ["normal", "as usual"],
  ["unknown", "not scored yet"],
] as const;

/** How services behave against what they usually do. Filters are in the address. */
export function Anomalies() {
  const { value, failure, reload } = useResource("anomalies", getAnomalies, usePollMs());
  const { query } = usePlace();
  const name = query.get("service") ?? "";
  const state = STATES.find(([id]) => id === query.get("state"))?.[0] ?? "";
  return (
    <>
      <h1 tabIndex={-1} class="state">
        {value ? value.state : "Anomalies"}
      </h1>
      {/* The line above also tells an age: what is listened to changes with what happens, not with the clock. */}
      <p class="unseen" aria-live="polite">
        {value && plural(value.open.length, "open anomaly", "open anomalies")}
      </p>
      <search class="filters">
        <label>
          Service contains
          <input
            type="search"
            name="service"
            maxLength={200}
            value={name}
            onInput={(event) => go(withQuery({ service: event.currentTarget.value }), { replace: true })}
          />
        </label>
        <label>
          State
          <select name="state" value={state} onChange={(event) => go(withQuery({ state: event.currentTarget.value }))}>
            <option value="">all</option>
            {STATES.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </search>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="anomalies" retry={reload} />
        ) : (
          <Loading what="anomalies" rows={8} />
        )
      ) : value.items.length === 0 ? (
        <Empty title="No service is scored.">
          <p>
            Name one under <code>anomaly:</code> in <code>headgate.yaml</code>: <code>orders: {"{}"}</code> scores its
            golden signals.
          </p>
        </Empty>
      ) : (
        <Found key={`${state} ${name}`} view={value} name={name.toLowerCase()} state={state} />
      )}
    </>
  );
}

function Found({ view, name, state }: { view: AnomaliesView; name: string; state: string }) {
  const items = view.items.filter(
    (item) => item.service.toLowerCase().includes(name) && (state === "" || item.state === state),
  );
  if (items.length === 0) {
    return (
      <Empty title="No service fits these filters.">
        <p>
          <a href="/anomalies">Show all</a>
        </p>
      </Empty>
    );
  }
  const shown = new Set(items.map((item) => item.service));
  const fits = (one: AnomalyView) => shown.has(one.service);
  const open = view.open.filter(fits);
  const past = view.past.filter(fits);
  return (
    <>
      {open.length > 0 && (
        <section>
          <h2>Open now</h2>
          <AnomalyList items={open} caption="Open anomalies, newest first" />
        </section>
      )}
      <section>
        <h2>Services</h2>
        <ScoredTable items={items} />
      </section>
      <section>
        <h2>Past anomalies</h2>
        {past.length === 0 ? (
          <Empty title="None has ended yet." />
        ) : (
          <AnomalyList items={past} caption="Past anomalies, newest first" />
        )}
      </section>
    </>
  );
}
