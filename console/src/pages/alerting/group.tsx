import type { AlertGroupsView, AlertGroupView } from "../../../../functions/api/views-alerting.ts";
import { getGroups, getHistory } from "../../api-alerting.ts";
import { GroupDetail } from "../../parts/alerting/group-detail.tsx";
import { countsText, groupState } from "../../parts/alerting/group-list.tsx";
import { NotificationList } from "../../parts/alerting/notification-list.tsx";
import { RoutedList } from "../../parts/alerting/routed-list.tsx";
import { RoutedState } from "../../parts/alerting/routed-state.tsx";
import { SpeakButtons } from "../../parts/alerting/speak-buttons.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { byUrgency, groupName, matchersOf, matcherText } from "../../routed-words.ts";
import { pageLink } from "../../router.ts";

const AT_MOST = 500;

/** The group among the open ones, read page by page; undefined: it is empty or gone. */
async function findGroup(id: string, signal: AbortSignal): Promise<{ readonly group: AlertGroupView | undefined }> {
  let cursor: string | undefined;
  do {
    const page: AlertGroupsView = await getGroups({ limit: AT_MOST, ...(cursor && { cursor }) }, signal);
    const group = page.items.find((one) => one.id === id);
    if (group) return { group };
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { group: undefined };
}

/** One group: its alerts, its timers, what was told. */
export function Group({ id }: { id: string }) {
  const { value, failure, reload } = useResource(`group ${id}`, (signal) => findGroup(id, signal), usePollMs());
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/alerts/groups")}>Groups</a>
      </p>
      {value === undefined ? (
        <>
          <h1 tabIndex={-1}>Group</h1>
          {failure ? (
            <Failed failure={failure} what="such group" retry={reload} />
          ) : (
            <Loading what="the group" rows={8} />
          )}
        </>
      ) : value.group === undefined ? (
        <>
          <h1 tabIndex={-1}>Group</h1>
          <Empty title="It has no alerts now.">
            <p>
              What it told is below, as long as that is kept. <code>{id}</code>
            </p>
          </Empty>
        </>
      ) : (
        <Open group={value.group} />
      )}
      {value !== undefined && <Told id={id} />}
    </>
  );
}

function Open({ group }: { group: AlertGroupView }) {
  const all = group.counts.firing + group.counts.suppressed + group.counts.resolved;
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{groupName(group)}</bdi>
        </h1>
        <SpeakButtons
          acknowledged={group.acknowledged !== undefined}
          {...(Object.keys(group.labels).length > 0 ? { matchers: matchersOf(group.labels).map(matcherText) } : {})}
          about={{ group: group.id, name: groupName(group), groups: 1, escalatesTo: group.escalation?.to }}
        />
      </div>
      <section aria-label="State" class="summary">
        <p class="summary-line">
          <RoutedState state={groupState(group)} />
          <span>{countsText(group.counts)}</span>
          <span>
            goes to <bdi>{group.receiver}</bdi>
          </span>
        </p>
        <GroupDetail group={group} />
      </section>
      <section>
        <h2>Alerts</h2>
        <RoutedList items={[...group.alerts].sort(byUrgency)} caption="Alerts of this group" />
        {all > group.alerts.length && (
          <p class="muted">
            These are {group.alerts.length} of {all}.
          </p>
        )}
      </section>
    </>
  );
}

function Told({ id }: { id: string }) {
  const { value, failure, reload } = useResource(
    `group history ${id}`,
    (signal) => getHistory({ group: id, limit: 50 }, signal),
    usePollMs(),
  );
  return (
    <section>
      <h2>What was told</h2>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="history" retry={reload} />
        ) : (
          <Loading what="what was told" />
        )
      ) : value.items.length === 0 ? (
        <Empty title="Nobody was told of it yet." />
      ) : (
        <NotificationList items={value.items} caption="Notifications of this group, newest first" group={false} />
      )}
    </section>
  );
}
