import { getAlertRoutes, getEscalations, getGroups } from "../../api-alerting.ts";
import { plural } from "../../format.ts";
import { GroupList, groupState } from "../../parts/alerting/group-list.tsx";
import { AlertingPage } from "../../parts/alerting/off.tsx";
import { OnDuty } from "../../parts/alerting/on-duty.tsx";
import { Receivers } from "../../parts/alerting/receivers.tsx";
import { Empty, Loading } from "../../parts/looks.tsx";
import { Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { byNeed, groupName } from "../../routed-words.ts";
import { groupLink } from "../../router.ts";

const AT_MOST = 500;

/** For whoever carries the pager: what waits for somebody, who is told next, who sees to what, and how they are reached. */
export function OnCall() {
  const everyMs = usePollMs();
  const resource = useResource("alerting groups {}", (signal) => getGroups({ limit: AT_MOST }, signal), everyMs);
  const items = resource.value?.items ?? [];
  const waiting = items.filter((group) => groupState(group) === "firing");
  const seen = items.filter((group) => group.acknowledged !== undefined);
  return (
    <AlertingPage
      title={
        resource.value === undefined
          ? "On call"
          : waiting.length === 0
            ? "Nothing waits for a person"
            : `${plural(waiting.length, "group waits", "groups wait")} for a person`
      }
      what="groups"
      resource={resource}
    >
      {() => (
        <>
          <section>
            <h2>Nobody sees to it yet</h2>
            {waiting.length === 0 ? (
              <Empty title="Whatever fires is acknowledged or held back." />
            ) : (
              <GroupList items={[...waiting].sort(byNeed)} caption="Groups nobody has acknowledged" acts />
            )}
          </section>
          <OnDuty />
          <Escalations names={new Map(items.map((group) => [group.id, groupName(group)]))} />
          <section>
            <h2>Somebody sees to it</h2>
            {seen.length === 0 ? (
              <p class="muted">Nothing is acknowledged.</p>
            ) : (
              <GroupList items={[...seen].sort(byNeed)} caption="Acknowledged groups" />
            )}
          </section>
          <Reach />
        </>
      )}
    </AlertingPage>
  );
}

function Escalations({ names }: { names: ReadonlyMap<string, string> }) {
  const { value } = useResource("alerting escalations", getEscalations, usePollMs());
  const open = value?.items.filter((one) => one.acknowledged === undefined) ?? [];
  return (
    <section>
      <h2>Who is told next</h2>
      {open.length === 0 ? (
        <p class="muted">{value === undefined ? "Looking…" : "Nobody: no escalation is due."}</p>
      ) : (
        <Table class="escalations">
          <caption class="unseen">Escalations, the soonest first</caption>
          <Thead>
            <Tr>
              <Th>When</Th>
              <Th>Who</Th>
              <Th>About</Th>
            </Tr>
          </Thead>
          <Tbody>
            {open.map((one) => (
              <Tr key={`${one.group} ${one.to}`}>
                <Td class="when">
                  {one.done && "told "}
                  <Ago at={one.at} />
                </Td>
                <Td class="who-next">
                  <bdi>{one.to}</bdi> <span class="muted">after</span> <bdi>{one.receiver}</bdi>
                </Td>
                <Td class="what">
                  <a href={groupLink(one.group)} title={one.groupKey}>
                    <bdi>{names.get(one.group) ?? one.groupKey}</bdi>
                  </a>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </section>
  );
}

function Reach() {
  const { value } = useResource("alerting routes", getAlertRoutes, usePollMs());
  if (value === undefined) return <Loading what="receivers" />;
  return (
    <>
      {value.timeIntervals.length > 0 && (
        <section>
          <h2>Time intervals</h2>
          <ul class="intervals">
            {value.timeIntervals.map((one) => (
              <li key={one.name}>
                <bdi>{one.name}</bdi>{" "}
                <span class={one.active ? "interval-now" : "muted"}>
                  {one.active ? "holds now" : "does not hold now"}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>How people are reached</h2>
        <Receivers receivers={value.receivers} />
      </section>
    </>
  );
}
