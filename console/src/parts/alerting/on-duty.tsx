import type { OncallNowView, OncallView } from "../../../../functions/api/views-oncall.ts";
import { getOncall } from "../../api-oncall.ts";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { At } from "../time.tsx";

/** Who is on call now, and whom escalations would tell; nothing where no schedule is configured. */
export function OnDuty() {
  const { value } = useResource("oncall", getOncall, usePollMs());
  if (value === undefined || value.schedules.length + value.escalations.length === 0) return null;
  return (
    <section>
      <h2>Who is on call</h2>
      {value.schedules.length > 0 && <Schedules items={value.schedules} />}
      {value.escalations.length > 0 && <Levels items={value.escalations} />}
    </section>
  );
}

const NOBODY = <strong>nobody</strong>;

function Schedules({ items }: { items: OncallView["schedules"] }) {
  return (
    <Table class="on-duty">
      <caption class="unseen">Who is on call by each schedule</caption>
      <Thead>
        <Tr>
          <Th>Schedule</Th>
          <Th>On call</Th>
          <Th>Until</Th>
          <Th>Then</Th>
        </Tr>
      </Thead>
      <Tbody>
        {items.map((one) => (
          <Tr key={one.schedule}>
            <Td>
              <bdi>{one.schedule}</bdi> <span class="muted">{one.zone}</span>
            </Td>
            <Td>
              <Who item={one} />
            </Td>
            <Td>{one.until !== undefined && <At at={one.until} />}</Td>
            <Td>{one.until === undefined ? "" : one.next === undefined ? NOBODY : <bdi>{one.next}</bdi>}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function Who({ item: { person, name, by } }: { item: OncallNowView }) {
  if (person === undefined) return NOBODY;
  return (
    <>
      <bdi>{name ?? person}</bdi>
      {by?.override !== undefined && <span class="muted"> stands in</span>}
    </>
  );
}

function Levels({ items }: { items: OncallView["escalations"] }) {
  return (
    <ul class="intervals">
      {items.map(({ escalation, levels }) => (
        <li key={escalation}>
          <bdi>{escalation}</bdi>{" "}
          <span class="muted">
            tells {levels.map(({ tells }) => (tells.length > 0 ? tells.join(", ") : "nobody")).join("; then ")}
          </span>
        </li>
      ))}
    </ul>
  );
}
