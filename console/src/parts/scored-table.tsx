import { useState } from "preact/hooks";
import type { AnomalyServiceSummary } from "../../../functions/api/views-anomaly.ts";
import { words } from "../format.ts";
import { serviceLink } from "../router.ts";
import { AnomalyState } from "./anomaly-state.tsx";
import { scoreText } from "./anomaly-words.tsx";
import { openRow } from "./open-row.ts";
import { Table, Tbody, Td, Th, Thead, Tr } from "./table.tsx";
import { Ago } from "./time.tsx";

/** The most unusual stand first; the rest is a button away. */
const PAGE = 100;

/** Scored services: how unusual each is as a whole, and what moved first. */
export function ScoredTable({ items }: { items: readonly AnomalyServiceSummary[] }) {
  const [room, setRoom] = useState(PAGE);
  return (
    <>
      <Table class="scored">
        <caption class="unseen">Scored services, the most unusual first</caption>
        <Thead>
          <Tr>
            <Th>Service</Th>
            <Th>State</Th>
            <Th>Joint score</Th>
            <Th>What moved first</Th>
            <Th>Signals</Th>
            <Th>Mode</Th>
            <Th>Newest point</Th>
          </Tr>
        </Thead>
        <Tbody>
          {items.slice(0, room).map((item) => (
            <ScoredRow key={item.service} item={item} />
          ))}
        </Tbody>
      </Table>
      {items.length > room && (
        <div class="more">
          <button type="button" onClick={() => setRoom(room + PAGE)}>
            Show more ({items.length - room} left)
          </button>
        </div>
      )}
    </>
  );
}

function ScoredRow({ item }: { item: AnomalyServiceSummary }) {
  const link = serviceLink(item.service);
  const { driver, jointScore, threshold } = item;
  return (
    <Tr data-row={`scored ${item.service}`} onClick={openRow(link)}>
      <Td class="subject">
        <a href={link} data-row-link title={item.service}>
          <bdi>{item.service}</bdi>
        </a>
      </Td>
      <Td class="state">
        <AnomalyState state={item.state} />
      </Td>
      <Td class="value">
        {jointScore === undefined ? (
          <span class="none">not known</span>
        ) : (
          <Score score={jointScore} threshold={threshold} />
        )}
      </Td>
      <Td class="what">
        {driver ? (
          <>
            <bdi>{words(driver.signal)}</bdi> {driver.movement} first, <Ago at={driver.at} />
          </>
        ) : (
          <span class="muted">nothing unusual</span>
        )}
      </Td>
      <Td class="signals">
        {item.signals.map((signal) => (
          <span key={signal.name} class={`signal-dot signal-${signal.state}`}>
            <bdi>{words(signal.name)}</bdi>
            {signal.score !== undefined && signal.score > 0 ? ` ${scoreText(signal.score)}` : ""}
          </span>
        ))}
      </Td>
      <Td class="mode">{item.mode}</Td>
      <Td class="when">{item.newestAt === undefined ? "never" : <Ago at={item.newestAt} />}</Td>
    </Tr>
  );
}

/** A score beside its threshold: a bar with a notch, and the number. */
function Score({ score, threshold }: { score: number; threshold: number }) {
  const alarm = score >= threshold;
  return (
    <span class={alarm ? "score score-alarm" : "score"} title={`an alarm from ${threshold} on`}>
      <svg width="56" height="8" viewBox="0 0 56 8" aria-hidden="true">
        <path class="score-rail" d="M0 4H56" />
        <path class="score-fill" d={`M0 4H${(Math.min(1, Math.max(0, score)) * 56).toFixed(1)}`} />
        <path class="score-notch" d={`M${(threshold * 56).toFixed(1)} 0V8`} />
      </svg>
      {scoreText(score)}
    </span>
  );
}
