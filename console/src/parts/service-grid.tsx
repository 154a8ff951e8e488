import { useEffect, useState } from "preact/hooks";
import type { ServiceSummary } from "../../../functions/api/views.ts";
import { quantity } from "../format.ts";
import { pageLink, serviceLink } from "../router.ts";
import { Counts } from "./counts.tsx";
import { Health } from "./health.tsx";
import { Sparkline } from "./sparkline.tsx";

const narrow = matchMedia("(max-width: 719px)");
/** More would push the last decisions, the second question of the page, out of reach. */
const AT_MOST = { wide: 24, narrow: 8 } as const;
const RANK = { failing: 0, degraded: 1, unknown: 2, ok: 3 } as const;

/** Services as a grid of cells. Of many the worst come first, and the rest is a link away. */
export function ServiceGrid({ services }: { services: readonly ServiceSummary[] }) {
  const [few, setFew] = useState(narrow.matches);
  useEffect(() => {
    const change = () => setFew(narrow.matches);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  const room = few ? AT_MOST.narrow : AT_MOST.wide;
  const shown =
    services.length <= room ? services : services.toSorted((a, b) => RANK[a.health] - RANK[b.health]).slice(0, room);
  return (
    <>
      <ul class="grid">
        {shown.map((service) => (
          <Cell key={service.name} service={service} />
        ))}
      </ul>
      {shown.length < services.length && (
        <p>
          <a href={pageLink("/services")}>All {services.length} services</a>
        </p>
      )}
    </>
  );
}

function Cell({ service }: { service: ServiceSummary }) {
  const cpu = service.latest["cpu"];
  return (
    <li class={`cell cell-${service.health}`} data-row={service.name}>
      <a href={serviceLink(service.name)} data-row-link title={service.name}>
        <span class="cell-name">
          <bdi>{service.name}</bdi>
        </span>
      </a>
      <div class="cell-line">
        <Health health={service.health} />
        <span>
          <Counts service={service} />
          {cpu && <span class="cell-cpu">cpu {quantity(cpu.value, cpu.unit)}</span>}
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
  );
}

/** The newest value of what the sparkline draws; where nothing is known, it says so itself. */
function newestLoad(service: ServiceSummary): string {
  const newest = service.load.points.at(-1);
  return newest === undefined ? "" : quantity(newest.value, service.load.unit);
}
