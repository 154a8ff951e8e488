import type { ServiceSummary } from "../../../functions/api/views.ts";
import { quantity } from "../format.ts";
import { serviceLink } from "../router.ts";
import { useWindow } from "../window.ts";
import { Counts } from "./counts.tsx";
import { Health } from "./health.tsx";
import { Sparkline } from "./sparkline.tsx";

const ROW_PX = 92;

/** Services as a grid of cells; of a thousand only those on the screen are drawn. */
export function ServiceGrid({ services }: { services: readonly ServiceSummary[] }) {
  const { ref, visible } = useWindow<HTMLUListElement>({
    count: services.length,
    rowHeight: ROW_PX,
    minColumnWidth: 264,
    gap: 8,
  });
  return (
    <ul
      ref={ref}
      class="grid"
      style={{
        "--columns": String(visible.columns),
        paddingTop: `${visible.before}px`,
        paddingBottom: `${visible.after}px`,
      }}
    >
      {services.slice(visible.first, visible.end).map((service, index) => (
        <li
          key={service.name}
          class={`cell cell-${service.health}`}
          aria-posinset={visible.first + index + 1}
          aria-setsize={services.length}
          data-row={service.name}
        >
          <a href={serviceLink(service.name)} data-row-link>
            <span class="cell-name">
              <bdi>{service.name}</bdi>
            </span>
          </a>
          <div class="cell-line">
            <Health health={service.health} />
            <span>
              <Counts service={service} />
              {service.latest["cpu"] && (
                <span class="cell-cpu">cpu {quantity(service.latest["cpu"].value, service.latest["cpu"].unit)}</span>
              )}
            </span>
          </div>
          <span class="cell-load">{newestLoad(service)}</span>
          <Sparkline
            points={service.load.points}
            unit={service.load.unit}
            metric={service.load.metric}
            width={104}
            height={32}
          />
        </li>
      ))}
    </ul>
  );
}

/** The newest value of what the sparkline draws; where nothing is known, it says so itself. */
function newestLoad(service: ServiceSummary): string {
  const newest = service.load.points.at(-1);
  return newest === undefined ? "" : quantity(newest.value, service.load.unit);
}
