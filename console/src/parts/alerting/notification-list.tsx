import type { DeliveryView, NotificationView } from "../../../../functions/api/views-notifications.ts";
import { plural } from "../../format.ts";
import { Icon, type IconName } from "../../icons.tsx";
import { groupName } from "../../routed-words.ts";
import { drawerLink, go, groupLink, usePlace } from "../../router.ts";
import { HeldList } from "../held-list.tsx";
import { Td, Tr } from "../table.tsx";
import { Ago, At } from "../time.tsx";

const OUTCOMES: Readonly<Record<DeliveryView["status"], readonly [word: string, icon: IconName, bad: boolean]>> = {
  done: ["delivered", "ok", false],
  pending: ["under way", "pending", false],
  failed: ["failed", "failing", true],
  refused: ["refused", "failing", true],
  superseded: ["overtaken", "changed", false],
  skipped: ["skipped", "vetoed", false],
};

/** Notifications, newest first, with each attempt to deliver them and what was answered. */
export function NotificationList(props: { items: readonly NotificationView[]; caption: string; group?: boolean }) {
  const open = usePlace().query.get("decision");
  return (
    <HeldList
      items={props.items}
      idOf={idOf}
      kind="notified"
      caption={props.caption}
      heads={["Time", "What was told", "To", "Attempts and answers"]}
      row={(one) => (
        <NotificationRow key={idOf(one)} one={one} group={props.group ?? true} open={one.decision === open} />
      )}
    />
  );
}

/** One notification keeps its key when it is tried again by a later flush. */
const idOf = (one: NotificationView): string => `${one.decision} ${one.id}`;

function NotificationRow({ one, group, open }: { one: NotificationView; group: boolean; open: boolean }) {
  const link = drawerLink(one.decision);
  const [word, icon, bad] = OUTCOMES[one.outcome];
  return (
    <Tr
      data-row={one.decision}
      data-open={open || undefined}
      onClick={(event) => {
        if (
          event.target instanceof Element &&
          event.target.closest("a, details") === null &&
          getSelection()?.isCollapsed !== false
        )
          go(link);
      }}
    >
      <Td class="when">
        <At at={one.at} />
      </Td>
      <Td class="what">
        <a href={link} data-row-link aria-current={open ? "true" : undefined}>
          <span class={`told-${one.status}`}>{one.status}</span>: {one.reason}
        </a>
        <span class="outcome">
          {[one.firing > 0 ? `${one.firing} firing` : "", one.resolved > 0 ? `${one.resolved} resolved` : ""]
            .filter(Boolean)
            .join(", ")}
          {group && (
            <>
              {" of "}
              <a href={groupLink(one.group)} title={one.groupKey}>
                <bdi>{groupName({ labels: one.groupLabels })}</bdi>
              </a>
            </>
          )}
        </span>
      </Td>
      <Td class="to">
        <bdi>{one.receiver}</bdi> <code>{one.integration}</code>
      </Td>
      <Td class="answer">
        <span class={bad ? "health health-failing" : "health"}>
          <Icon name={icon} size={14} />
          {word}
        </span>
        <Attempts all={one.deliveries} to={`${one.receiver}/${one.integration}: `} />
      </Td>
    </Tr>
  );
}

/** More attempts than these are folded away; the newest say how it stands. */
const SHOWN = 3;

function Attempts({ all, to }: { all: readonly DeliveryView[]; to: string }) {
  if (all.length === 0) return null;
  const older = all.slice(0, -SHOWN);
  return (
    <>
      {older.length > 0 && (
        <details>
          <summary>{plural(older.length, "earlier attempt")}</summary>
          <AttemptLines all={older} to={to} />
        </details>
      )}
      <AttemptLines all={all.slice(-SHOWN)} to={to} />
    </>
  );
}

/** `to`: who was tried, which stands beside them already. */
function AttemptLines({ all, to }: { all: readonly DeliveryView[]; to: string }) {
  return (
    <ol class="attempts">
      {all.map((one, index) => {
        const answer = one.detail.startsWith(to) ? one.detail.slice(to.length) : one.detail;
        return (
          <li key={index}>
            {answer !== OUTCOMES[one.status][0] && <bdi>{answer} </bdi>}
            <span class="muted">
              {one.status !== "done" && `${OUTCOMES[one.status][0]}, `}
              <Ago at={one.at} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}
