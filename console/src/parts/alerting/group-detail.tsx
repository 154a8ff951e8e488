import type { AlertGroupView } from "../../../../functions/api/views-alerting.ts";
import { duration } from "../../format.ts";
import { Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { Ago, At } from "../time.tsx";

/** Timers of a group and what each integration was told last: why it is quiet, and until when. */
export function GroupDetail({ group }: { group: AlertGroupView }) {
  return (
    <>
      <GroupTimers group={group} />
      <IntegrationTable group={group} />
    </>
  );
}

function GroupTimers({ group }: { group: AlertGroupView }) {
  const { timing, openedAt, lastFlushAt, nextFlushAt, mutedBy, acknowledged, escalation } = group;
  return (
    <dl class="facts">
      <dt>next flush</dt>
      <dd data-next-flush>
        {nextFlushAt === undefined ? (
          "none is due"
        ) : (
          <>
            <Ago at={nextFlushAt} />, at <At at={nextFlushAt} />
          </>
        )}
      </dd>
      <dt>last flush</dt>
      <dd>{lastFlushAt === undefined ? "none yet" : <Ago at={lastFlushAt} />}</dd>
      {openedAt !== undefined && (
        <>
          <dt>open since</dt>
          <dd>
            <At at={openedAt} />
          </dd>
        </>
      )}
      <dt>timers</dt>
      <dd>
        group_wait {duration(timing.groupWaitMs)}, group_interval {duration(timing.groupIntervalMs)}, repeat_interval{" "}
        {duration(timing.repeatIntervalMs)}
      </dd>
      <dt>muted by</dt>
      <dd>{mutedBy.length === 0 ? "nothing" : <bdi>{mutedBy.join(", ")}</bdi>}</dd>
      <dt>acknowledged</dt>
      <dd>
        {acknowledged ? (
          <>
            by <bdi>{acknowledged.by}</bdi>, <Ago at={acknowledged.at} />
            {acknowledged.comment && (
              <>
                : <bdi>{acknowledged.comment}</bdi>
              </>
            )}
          </>
        ) : (
          "by nobody"
        )}
      </dd>
      {escalation && (
        <>
          <dt>escalation</dt>
          <dd>
            <bdi>{escalation.to}</bdi> {escalation.done ? "was told" : "is told unless somebody acknowledges"},{" "}
            <Ago at={escalation.at} />
          </dd>
        </>
      )}
      <dt>group key</dt>
      <dd>
        <code>
          <bdi>{group.groupKey}</bdi>
        </code>
      </dd>
    </dl>
  );
}

function IntegrationTable({ group }: { group: AlertGroupView }) {
  if (group.integrations.length === 0)
    return <p class="note">Receiver {group.receiver} has nothing to send with: nobody is told.</p>;
  return (
    <Table class="integrations">
      <caption class="unseen">What each integration was told last</caption>
      <Thead>
        <Tr>
          <Th>Integration</Th>
          <Th>Told last</Th>
          <Th>Of</Th>
          <Th>Told again</Th>
        </Tr>
      </Thead>
      <Tbody>
        {group.integrations.map((one) => (
          <Tr key={one.id}>
            <Td class="name">
              <code>{one.id}</code>
              {!one.sendable && <span class="outcome">read and checked, not sent to by Headgate</span>}
              {!one.sendResolved && <span class="outcome">is not told of the end</span>}
            </Td>
            <Td class="last">
              {one.lastAt === undefined ? (
                <span class="none">nothing yet</span>
              ) : (
                <>
                  {one.lastReason}, <Ago at={one.lastAt} />
                </>
              )}
            </Td>
            <Td class="of">
              {one.lastAt !== undefined && `${one.lastFiring ?? 0} firing, ${one.lastResolved ?? 0} resolved`}
            </Td>
            <Td class="again">
              {one.repeatAt === undefined ? "" : group.acknowledged ? "held back" : <Ago at={one.repeatAt} />}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
