import { useState } from "preact/hooks";
import type { RoutedAlertView } from "../../../../functions/api/views-alerting.ts";
import { useNow } from "../../clock.ts";
import { clockTime, plural } from "../../format.ts";
import { otherLabels, routedName, routedText } from "../../routed-words.ts";
import { alertLink, go, groupLink } from "../../router.ts";
import { HeldList } from "../held-list.tsx";
import { Labels } from "../labels.tsx";
import { Td, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { RoutedState } from "./routed-state.tsx";

/** More than a person reads at once; the rest is a button away. */
const PAGE = 50;

const idOf = (alert: RoutedAlertView): string => alert.fingerprint;

/** Alerts that are routed, in the order given. Rows wait while the pointer is over the list. */
export function RoutedList({ items, caption }: { items: readonly RoutedAlertView[]; caption: string }) {
  const [room, setRoom] = useState(PAGE);
  return (
    <HeldList
      items={items}
      idOf={idOf}
      kind="routed"
      caption={caption}
      heads={["State", "Alert", "Goes to", "Since"]}
      row={(alert) => <RoutedRow key={idOf(alert)} alert={alert} />}
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

function RoutedRow({ alert }: { alert: RoutedAlertView }) {
  const link = alertLink(alert.fingerprint);
  const text = routedText(alert);
  const name = routedName(alert);
  const severity = alert.labels["severity"];
  return (
    <Tr
      data-row={alert.fingerprint}
      class={`routed-row-${alert.state}`}
      onClick={(event) => {
        if (
          event.target instanceof Element &&
          event.target.closest("a") === null &&
          getSelection()?.isCollapsed !== false
        )
          go(link);
      }}
    >
      <Td class="state">
        <RoutedState state={alert.state} />
        {severity && <bdi class="alert-severity">{severity}</bdi>}
      </Td>
      <Td class="what">
        <a href={link} data-row-link>
          <bdi>{text}</bdi>
        </a>
        {text !== name && <bdi class="alert-name">{name}</bdi>}
        <HeldBack alert={alert} />
        <Labels labels={otherLabels(alert.labels).filter(([label]) => label !== "severity")} />
      </Td>
      <Td class="goes">
        {alert.groups.map(({ id, receiver }) => (
          <a key={id} href={groupLink(id)}>
            <bdi>{receiver}</bdi>
          </a>
        ))}
      </Td>
      <Td class="when">
        <Ago at={alert.state === "resolved" ? alert.endsAt : alert.startsAt} />
      </Td>
    </Tr>
  );
}

/** Why an alert is not told of, as short as it gets; who sees to it where somebody does. */
function HeldBack({ alert }: { alert: RoutedAlertView }) {
  const now = useNow();
  const { suppressedBy, acknowledged } = alert;
  const silence = suppressedBy?.silencedBy[0];
  const parts = [
    silence === undefined
      ? ""
      : `silenced by ${silence.createdBy || "somebody"} until ${clockTime(silence.endsAt, now)}${(suppressedBy?.silencedBy.length ?? 0) > 1 ? ` and ${plural((suppressedBy?.silencedBy.length ?? 0) - 1, "more silence")}` : ""}`,
    suppressedBy && suppressedBy.inhibitedBy.length > 0
      ? `inhibited by ${routedName({ labels: suppressedBy.inhibitedBy[0]?.labels ?? {} })}`
      : "",
    suppressedBy && suppressedBy.mutedBy.length > 0 ? `muted by ${suppressedBy.mutedBy.join(", ")}` : "",
    suppressedBy?.cooldownUntil === undefined
      ? ""
      : `in its cooldown until ${clockTime(suppressedBy.cooldownUntil, now)}`,
    acknowledged ? `${acknowledged.by} sees to it${acknowledged.comment ? `: ${acknowledged.comment}` : ""}` : "",
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return <bdi class="outcome">{parts.join("; ")}</bdi>;
}
