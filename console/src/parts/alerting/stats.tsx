import { useState } from "preact/hooks";
import type { AlertStatsView } from "../../../../functions/api/views-notifications.ts";
import { useNow } from "../../clock.ts";
import { clockTime, duration, number } from "../../format.ts";
import { Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";

const percent = (share: number): string => `${Math.round(share * 100)}\u00a0%`;
const NOISY = 8;

/** How alerting did: how fast somebody saw to it, how long it lasted, which rules made noise. */
export function Stats({ view }: { view: AlertStatsView }) {
  const now = useNow();
  const [all, setAll] = useState(false);
  const measures: readonly (readonly [name: string, value: string, bad?: boolean])[] = [
    ["incidents", number(view.incidents)],
    ["to acknowledge, mean (MTTA)", view.mttaMs === undefined ? "not known" : duration(view.mttaMs)],
    ["to resolve, mean (MTTR)", view.mttrMs === undefined ? "not known" : duration(view.mttrMs)],
    ["notifications", number(view.notifications)],
    ["not delivered", number(view.failed), view.failed > 0],
  ];
  const noise = all ? view.noise : view.noise.slice(0, NOISY);
  return (
    <>
      <dl class="measures">
        {measures.map(([name, value, bad]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={bad ? "bad" : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
      {view.readFrom > view.from && (
        <p class="note">More was told than could be read at once: figures begin at {clockTime(view.readFrom, now)}.</p>
      )}
      {view.noise.length > 0 && (
        <Table class="noise">
          <caption class="unseen">Rules by how much they told, noisiest first</caption>
          <Thead>
            <Tr>
              <Th>Alert</Th>
              <Th>Told</Th>
              <Th>Incidents</Th>
              <Th>Nobody did anything</Th>
              <Th>Came back within 1 h</Th>
              <Th>Median length</Th>
            </Tr>
          </Thead>
          <Tbody>
            {noise.map((one) => (
              <Tr key={one.alertname}>
                <Td class="name">
                  <bdi>{one.alertname}</bdi>
                </Td>
                <Td class="value" data-label="told">
                  {one.notifications}
                </Td>
                <Td class="value" data-label="incidents">
                  {one.incidents}
                </Td>
                <Td class="value" data-label="nobody did anything">
                  {percent(one.ignoredShare)}
                </Td>
                <Td class="value" data-label="came back">
                  {percent(one.flapping)}
                </Td>
                <Td class="value" data-label="median">
                  {one.medianMs === undefined ? <span class="none">still open</span> : duration(one.medianMs)}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {view.noise.length > noise.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {view.noise.length}
        </button>
      )}
    </>
  );
}
