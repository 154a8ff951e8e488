import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { keyOf } from "../anomaly-key.ts";
import { duration, told } from "../format.ts";
import { anomalyLink, go, serviceLink, usePlace } from "../router.ts";
import { headline, Severity, scoreText } from "./anomaly-words.tsx";
import { HeldList } from "./held-list.tsx";
import { Judge } from "./judge.tsx";
import { Td, Tr } from "./table.tsx";
import { Ago } from "./time.tsx";

/** Anomalies as sentences. Rows wait while the pointer is over the list; open ones can be judged in place. */
export function AnomalyList({ items, caption }: { items: readonly AnomalyView[]; caption: string }) {
  const open = usePlace().query.get("anomaly");
  return (
    <HeldList
      items={items}
      idOf={keyOf}
      kind="anomalies"
      caption={caption}
      heads={["Severity", "Service", "What was seen", "Score", "When"]}
      row={(anomaly) => <AnomalyRow key={keyOf(anomaly)} anomaly={anomaly} open={keyOf(anomaly) === open} />}
    />
  );
}

function AnomalyRow({ anomaly, open }: { anomaly: AnomalyView; open: boolean }) {
  const link = anomalyLink(anomaly);
  const { service, since, until, facts } = anomaly;
  return (
    <Tr
      data-row={`anomaly ${keyOf(anomaly)}`}
      data-open={open || undefined}
      class={until === undefined ? "open" : undefined}
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
        <Severity anomaly={anomaly} />
      </Td>
      <Td class="subject">
        <a href={serviceLink(service)} title={service}>
          <bdi>{service}</bdi>
        </a>
      </Td>
      <Td class="what">
        <a href={link} data-row-link aria-current={open ? "true" : undefined}>
          {told(headline(anomaly))}
        </a>
        {facts.length > 0 && <span class="outcome">{told(facts.join("; "))}</span>}
        {until === undefined && <Judge anomaly={anomaly} />}
      </Td>
      <Td class="value">{scoreText(anomaly.score)}</Td>
      <Td class="when">
        <Ago at={since} />
        {until !== undefined && <span class="outcome">for {duration(until - since)}</span>}
      </Td>
    </Tr>
  );
}
