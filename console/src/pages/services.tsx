import type { ServiceSummary } from "../../../functions/api/views.ts";
import { getServices } from "../api.ts";
import { plural } from "../format.ts";
import { Empty, Failed, Loading } from "../parts/looks.tsx";
import { ServiceTable } from "../parts/service-table.tsx";
import { usePollMs } from "../poll.ts";
import { useResource } from "../resource.ts";
import { go, usePlace, withQuery } from "../router.ts";

const STATES: readonly {
  readonly id: string;
  readonly label: string;
  readonly fits: (service: ServiceSummary) => boolean;
}[] = [
  { id: "", label: "all", fits: () => true },
  {
    id: "trouble",
    label: "needs a person",
    fits: (service) => service.health !== "ok" || service.paused !== undefined || service.override !== undefined,
  },
  { id: "ok", label: "healthy", fits: (service) => service.health === "ok" },
];

/** Every service, filtered by name and state; the filters are in the address. */
export function Services() {
  const services = useResource("services", getServices, usePollMs());
  const { query } = usePlace();
  const name = query.get("name") ?? "";
  const state = STATES.find((item) => item.id === (query.get("health") ?? "")) ?? STATES[0];
  const { value } = services;
  const shown = value?.items.filter(
    (item) => item.name.toLowerCase().includes(name.toLowerCase()) && (state?.fits(item) ?? true),
  );
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Services</h1>
        {value && <p class="muted">{plural(value.items.length, "service")}</p>}
      </div>
      <search class="filters">
        <label>
          Name contains
          <input
            type="search"
            value={name}
            onInput={(event) => go(withQuery({ name: event.currentTarget.value }), { replace: true })}
          />
        </label>
        <label>
          State
          <select value={state?.id} onChange={(event) => go(withQuery({ health: event.currentTarget.value }))}>
            {STATES.map((item) => (
              <option key={item.id} value={item.id}>
                {item.label}
              </option>
            ))}
          </select>
        </label>
      </search>
      {shown === undefined ? (
        services.failure ? (
          <Failed failure={services.failure} what="services" retry={services.reload} />
        ) : (
          <Loading what="services" rows={8} />
        )
      ) : shown.length === 0 ? (
        <Empty title={value?.items.length === 0 ? "No services yet." : "No service fits these filters."}>
          {value?.items.length !== 0 && (
            <p>
              <a href="/services">Show all</a>
            </p>
          )}
        </Empty>
      ) : (
        <ServiceTable services={shown} />
      )}
    </>
  );
}
