import type { DeliveryServiceSummary } from "../../../../functions/api/views-delivery.ts";
import { getDelivery, getGates } from "../../api-delivery.ts";
import { useNow } from "../../clock.ts";
import { byUrgency, deliveryLine, goesBack, waitsForPerson } from "../../delivery-words.ts";
import { FilterChoice, FilterText } from "../../parts/alerting/filter-field.tsx";
import { GateList } from "../../parts/delivery/gate-list.tsx";
import { DeliveryList } from "../../parts/delivery/service-list.tsx";
import { DeliveryTabs } from "../../parts/delivery/tabs.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { usePlace } from "../../router.ts";

const STATES: Readonly<Record<string, readonly [label: string, fits: (one: DeliveryServiceSummary) => boolean]>> = {
  waiting: ["waits for a person", ({ current }) => current !== undefined && waitsForPerson(current)],
  running: ["under way", ({ current }) => current !== undefined],
  failed: [
    "going or rolled back",
    ({ current, last }) => (current ? goesBack(current) : last?.phase === "rolled_back"),
  ],
  promoted: ["promoted last", ({ current, last }) => current === undefined && last?.phase === "promoted"],
};
const CHOICES = Object.entries(STATES).map(([id, [label]]) => [id, label] as const);

/** Which version each service is, and what is being rolled out. */
export function Delivery() {
  const { query } = usePlace();
  const everyMs = usePollMs();
  const { value, failure, reload } = useResource("delivery", getDelivery, everyMs);
  const gates = useResource("gates", getGates, everyMs);
  const now = useNow();
  const name = (query.get("name") ?? "").toLowerCase();
  const fits = STATES[query.get("state") ?? ""]?.[1];
  const shown = value?.items
    .filter((one) => one.service.toLowerCase().includes(name) && (fits?.(one) ?? true))
    .sort(byUrgency);
  const asking = gates.value?.items ?? [];
  const waiting = asking.filter(({ waitsSince }) => waitsSince !== undefined);
  const others = asking.filter(({ waitsSince }) => waitsSince === undefined);
  return (
    <>
      <DeliveryTabs />
      <h1 tabIndex={-1} class={value ? "state" : undefined} aria-live="polite">
        {value ? deliveryLine(value.items, asking, now) : "Delivery"}
      </h1>
      {waiting.length > 0 && (
        <section>
          <h2>Other systems wait for a person</h2>
          <GateList items={waiting} />
        </section>
      )}
      {gates.value === undefined && gates.failure && gates.failure.kind !== "denied" && (
        <p class="note">Gates of other systems are not known: {gates.failure.message}</p>
      )}
      <search class="filters">
        <FilterText name="name" label="Name contains" eager />
        <FilterChoice name="state" label="State" any="all" options={CHOICES} />
      </search>
      {shown === undefined ? (
        failure ? (
          <Failed failure={failure} what="delivery" retry={reload} />
        ) : (
          <Loading what="delivery" rows={8} />
        )
      ) : shown.length > 0 ? (
        <>
          {value?.items.every(({ current, last }) => !current && !last) && (
            <p class="muted">
              Nothing has been rolled out yet. Open a service to deploy a version of it, or run{" "}
              <code>headgate deploy SERVICE --image …</code>.
            </p>
          )}
          <DeliveryList key={`${name} ${query.get("state") ?? ""}`} items={shown} />
        </>
      ) : value?.items.length === 0 ? (
        <Empty title="No service can be deployed yet.">
          <p>
            Name services under <code>services:</code> in <code>headgate.yaml</code>, or deploy a new one:
          </p>
          <p>
            <code>headgate deploy orders --image registry.example/orders:2.4.1 --why "release 2.4.1"</code>
          </p>
        </Empty>
      ) : (
        <Empty title="No service fits these filters.">
          <p>
            <a href="/delivery">Show all</a>
          </p>
        </Empty>
      )}
      {others.length > 0 && (
        <section>
          <h2>Rollouts of other systems</h2>
          <GateList items={others} />
        </section>
      )}
    </>
  );
}
