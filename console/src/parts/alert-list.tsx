import { useState } from "preact/hooks";
import type { AlertView } from "../../../functions/api/views-monitoring.ts";
import { alertName, alertText, tellingLabels } from "../alert-words.ts";
import { go, ruleLink } from "../router.ts";
import { AlertState } from "./alert-state.tsx";
import { HeldList } from "./held-list.tsx";
import { Labels } from "./labels.tsx";
import { Td, Tr } from "./table.tsx";
import { Ago } from "./time.tsx";

/** More than a person reads at once; the rest is a button away. */
const PAGE = 50;

const idOf = (alert: AlertView): string => `${alert.rule}/${alert.fingerprint}`;

/** Alerts as sentences, most urgent first. Rows wait while the pointer is over the list. */
export function AlertList({
  items,
  caption,
  named = true,
}: {
  items: readonly AlertView[];
  caption: string;
  named?: boolean;
}) {
  const [room, setRoom] = useState(PAGE);
  return (
    <HeldList
      items={items}
      idOf={idOf}
      kind="alerts"
      caption={caption}
      heads={["State", "Alert", "Value", "Since"]}
      row={(alert) => <AlertRow key={idOf(alert)} alert={alert} named={named} />}
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

function AlertRow({ alert, named }: { alert: AlertView; named: boolean }) {
  const link = ruleLink(alert.rule);
  const { description, summary } = alert.annotations;
  const text = alertText(alert);
  return (
    <Tr
      data-row={idOf(alert)}
      class={`alert-${alert.state}`}
      onClick={(event) => {
        if (
          named &&
          event.target instanceof Element &&
          event.target.closest("a") === null &&
          getSelection()?.isCollapsed !== false
        )
          go(link);
      }}
    >
      <Td class="state">
        <AlertState state={alert.state} />
        {alert.labels["severity"] && <bdi class="alert-severity">{alert.labels["severity"]}</bdi>}
      </Td>
      <Td class="what">
        {named ? (
          <a href={link} data-row-link>
            <bdi>{text}</bdi>
          </a>
        ) : (
          <strong>
            <bdi>{text}</bdi>
          </strong>
        )}
        {named && text !== alertName(alert) && <bdi class="alert-name">{alertName(alert)}</bdi>}
        {summary && description && <bdi class="outcome">{description}</bdi>}
        <Labels labels={tellingLabels(alert.labels).filter(([name]) => name !== "severity")} />
      </Td>
      <Td class="value">{alert.value}</Td>
      <Td class="when">
        <Ago at={sinceOf(alert)} />
        {alert.keepFiringSince !== undefined && alert.state === "firing" && (
          <span class="outcome">
            gone <Ago at={alert.keepFiringSince} />, kept firing
          </span>
        )}
      </Td>
    </Tr>
  );
}

const sinceOf = (alert: AlertView): number =>
  alert.state === "resolved"
    ? (alert.resolvedAt ?? alert.activeAt)
    : alert.state === "firing"
      ? (alert.firedAt ?? alert.activeAt)
      : alert.activeAt;
