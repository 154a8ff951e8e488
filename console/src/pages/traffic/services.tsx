import { useEffect } from "preact/hooks";
import type { TrafficServiceSummary } from "../../../../functions/api/views-traffic.ts";
import { getTrafficServices } from "../../api-traffic.ts";
import { clock } from "../../clock.ts";
import { FilterChoice, FilterText } from "../../parts/alerting/filter-field.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { TrafficList } from "../../parts/traffic/service-list.tsx";
import { TrafficTabs } from "../../parts/traffic/tabs.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { usePlace } from "../../router.ts";
import { useSecondLook } from "../../second-look.ts";
import { rateOf } from "../../traffic-rates.ts";
import { byNeed, needsPerson, PANIC, trafficLine } from "../../traffic-words.ts";

const STATES: Readonly<Record<string, readonly [label: string, fits: (one: TrafficServiceSummary) => boolean]>> = {
  trouble: ["needs a person", needsPerson],
  panic: ["panic", ({ panic }) => panic],
  circuits: ["a circuit is open", ({ backends }) => backends.circuitOpen > 0],
  ejected: ["ejected or unhealthy", ({ backends }) => backends.ejected + backends.unhealthy > 0],
  draining: ["draining", ({ backends }) => backends.draining > 0],
  ok: ["all ok", (one) => one.backends.ok === one.backends.total],
};
const CHOICES = Object.entries(STATES).map(([id, [label]]) => [id, label] as const);

/** Where requests go, service by service. */
export function Traffic() {
  const { query } = usePlace();
  const { value, failure, reload } = useResource("traffic", getTrafficServices, usePollMs());
  useSecondLook(reload);
  // Of all of them, so that what is scrolled to later has been counted as well.
  useEffect(() => {
    for (const one of value?.items ?? []) rateOf(one, clock.get()?.speed ?? 1);
  }, [value]);
  const name = (query.get("name") ?? "").toLowerCase();
  const fits = STATES[query.get("state") ?? ""]?.[1];
  const shown = value?.items
    .filter((one) => one.service.toLowerCase().includes(name) && (fits?.(one) ?? true))
    .sort(byNeed);
  return (
    <>
      <TrafficTabs />
      <h1 tabIndex={-1} class={value ? "state" : undefined} aria-live="polite">
        {value ? trafficLine(value.items) : "Traffic"}
      </h1>
      <search class="filters">
        <FilterText name="name" label="Name contains" eager />
        <FilterChoice name="state" label="State" any="all" options={CHOICES} />
      </search>
      {value?.items.some(({ panic }) => panic) && (
        <p class="note">
          <strong>Panic:</strong> {PANIC}.
        </p>
      )}
      {shown === undefined ? (
        failure ? (
          <Failed failure={failure} what="traffic" retry={reload} />
        ) : (
          <Loading what="traffic" rows={8} />
        )
      ) : shown.length > 0 ? (
        <TrafficList key={`${name} ${query.get("state") ?? ""}`} items={shown} />
      ) : value?.items.length === 0 ? (
        <Empty title="No service has traffic yet.">
          <p>
            Name services under <code>services:</code> or <code>traffic:</code> in <code>headgate.yaml</code>, or
            register backends with <code>headgate traffic register</code>.
          </p>
        </Empty>
      ) : (
        <Empty title="No service fits these filters.">
          <p>
            <a href="/traffic">Show all</a>
          </p>
        </Empty>
      )}
    </>
  );
}
