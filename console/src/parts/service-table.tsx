import { useEffect, useState } from "preact/hooks";
import type { ServiceSummary } from "../../../functions/api/views.ts";
import { quantity } from "../format.ts";
import { serviceLink } from "../router.ts";
import { useWindow } from "../window.ts";
import { Counts } from "./counts.tsx";
import { withoutSubject } from "./decision-list.tsx";
import { Health } from "./health.tsx";
import { openRow } from "./open-row.ts";
import { Sparkline } from "./sparkline.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "./table.tsx";
import { Ago } from "./time.tsx";

const narrow = matchMedia("(max-width: 719px)");
const WIDE_PX = 48;
const NARROW_PX = 128;

/** A real table whose rows are drawn only where the screen is; under 720 px its rows are cards of one height. */
export function ServiceTable({ services }: { services: readonly ServiceSummary[] }) {
  const [cards, setCards] = useState(narrow.matches);
  useEffect(() => {
    const change = () => setCards(narrow.matches);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  const { ref, visible } = useWindow<HTMLTableSectionElement>({
    count: services.length,
    rowHeight: cards ? NARROW_PX : WIDE_PX,
  });
  return (
    <Table class="services" aria-rowcount={services.length + 1}>
      <caption class="unseen">Services</caption>
      <Thead>
        <Tr aria-rowindex={1}>
          {["Service", "Health", "Instances", "CPU", "Memory", "Load, last hour", "Mode", "Last decision"].map(
            (title) => (
              <Th key={title}>{title}</Th>
            ),
          )}
        </Tr>
      </Thead>
      <Tbody ref={ref}>
        {visible.before > 0 && <tr class="spacer" style={{ height: `${visible.before}px` }} />}
        {services.slice(visible.first, visible.end).map((service, index) => (
          <ServiceRow key={service.name} service={service} index={visible.first + index + 2} />
        ))}
        {visible.after > 0 && <tr class="spacer" style={{ height: `${visible.after}px` }} />}
      </Tbody>
    </Table>
  );
}

function ServiceRow({ service, index }: { service: ServiceSummary; index: number }) {
  const link = serviceLink(service.name);
  return (
    <Tr aria-rowindex={index} data-row={service.name} onClick={openRow(link)}>
      <RowTh class="name">
        <a href={link} data-row-link title={service.name}>
          <bdi>{service.name}</bdi>
        </a>
      </RowTh>
      <Td class="health-cell">
        <Health health={service.health} />
      </Td>
      <Td class="count-cell">
        <Counts service={service} />
      </Td>
      <Td class="number" data-label="cpu">
        <Latest service={service} metric="cpu" />
      </Td>
      <Td class="number" data-label="memory">
        <Latest service={service} metric="memory" />
      </Td>
      <Td class="load">
        <Sparkline
          points={service.load.points}
          unit={service.load.unit}
          metric={service.load.metric}
          width={120}
          height={26}
        />
        {service.load.points.length > 0 && <Latest service={service} metric={service.load.metric} />}
      </Td>
      <Td class="mode">
        {service.mode && <span class="mode-label">mode </span>}
        {service.mode ?? "not scaled"}
      </Td>
      <Td class="last">
        {service.lastDecision && (
          <span class="two-lines" title={service.lastDecision.sentence}>
            <Ago at={service.lastDecision.at} />: {withoutSubject(service.lastDecision)}
          </span>
        )}
      </Td>
    </Tr>
  );
}

/** The newest value of a metric, or that there is none. */
export function Latest({ service, metric }: { service: ServiceSummary; metric: string }) {
  const value = service.latest[metric];
  return value === undefined ? <span class="none">not known</span> : <span>{quantity(value.value, value.unit)}</span>;
}
