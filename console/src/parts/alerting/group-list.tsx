import { useState } from "preact/hooks";
import type { AlertGroupView } from "../../../../functions/api/views-alerting.ts";
import { groupName } from "../../routed-words.ts";
import { go, groupLink } from "../../router.ts";
import { HeldList } from "../held-list.tsx";
import { Labels } from "../labels.tsx";
import { Td, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { RoutedState } from "./routed-state.tsx";
import { SpeakButtons } from "./speak-buttons.tsx";

const PAGE = 50;

/** Open groups: what is gathered, who is told, when next. With `acts`: with the button that says somebody sees to it. */
export function GroupList(props: { items: readonly AlertGroupView[]; caption: string; acts?: boolean }) {
  const [room, setRoom] = useState(PAGE);
  return (
    <HeldList
      items={props.items}
      idOf={(group) => group.id}
      kind="groups"
      caption={props.caption}
      heads={["State", "Group", "Goes to", "Told last", "Next flush"]}
      row={(group) => <GroupRow key={group.id} group={group} acts={props.acts ?? false} />}
      most={room}
      more={(rows) =>
        rows > room && (
          <div class="more">
            <button type="button" onClick={() => setRoom(room + 2 * PAGE)}>
              Show more ({rows - room} left)
            </button>
          </div>
        )
      }
    />
  );
}

/** A group as one state: what fires counts, then what is held back. */
export const groupState = ({ counts, acknowledged, mutedBy }: AlertGroupView) =>
  counts.firing > 0
    ? acknowledged
      ? "acknowledged"
      : mutedBy.length > 0
        ? "suppressed"
        : "firing"
    : counts.suppressed > 0
      ? "suppressed"
      : "resolved";

/** "3 firing, 1 held back". */
export const countsText = ({ firing, suppressed, resolved }: AlertGroupView["counts"]): string =>
  [
    firing > 0 ? `${firing} firing` : "",
    suppressed > 0 ? `${suppressed} held back` : "",
    resolved > 0 ? `${resolved} resolved` : "",
  ]
    .filter(Boolean)
    .join(", ") || "no alerts";

function GroupRow({ group, acts }: { group: AlertGroupView; acts: boolean }) {
  const link = groupLink(group.id);
  const last = group.integrations.flatMap(({ lastAt }) => (lastAt === undefined ? [] : [lastAt]));
  const { escalation } = group;
  return (
    <Tr
      data-row={group.id}
      onClick={(event) => {
        if (
          event.target instanceof Element &&
          event.target.closest("a, button, dialog") === null &&
          getSelection()?.isCollapsed !== false
        )
          go(link);
      }}
    >
      <Td class="state">
        <RoutedState state={groupState(group)} />
      </Td>
      <Td class="what">
        <a href={link} data-row-link>
          <bdi>{groupName(group)}</bdi>
        </a>
        <span class="outcome">
          {countsText(group.counts)}
          {group.acknowledged && (
            <>
              {", "}
              <bdi>{group.acknowledged.by}</bdi> sees to it
            </>
          )}
          {escalation && !escalation.done && !group.acknowledged && (
            <>
              {", "}
              <bdi>{escalation.to}</bdi> is told <Ago at={escalation.at} />
            </>
          )}
          {group.mutedBy.length > 0 && `, muted by ${group.mutedBy.join(", ")}`}
        </span>
        <Labels labels={Object.entries(group.routeLabels)} />
        {acts && (
          <SpeakButtons
            brief
            acknowledged={group.acknowledged !== undefined}
            about={{ group: group.id, name: groupName(group), groups: 1, escalatesTo: escalation?.to }}
          />
        )}
      </Td>
      <Td class="goes">
        <bdi>{group.receiver}</bdi>
      </Td>
      <Td class="told-last">{last.length === 0 ? "not told yet" : <Ago at={Math.max(...last)} />}</Td>
      <Td class="when">{group.nextFlushAt === undefined ? "" : <Ago at={group.nextFlushAt} />}</Td>
    </Tr>
  );
}
