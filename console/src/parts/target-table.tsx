import type { TargetsView } from "../../../functions/api/views-monitoring.ts";
import { tellingLabels } from "../alert-words.ts";
import { duration } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import { Labels } from "./labels.tsx";
import { Table, Tbody, Td, Th, Thead, Tr } from "./table.tsx";
import { Ago } from "./time.tsx";

type Target = TargetsView["items"][number];

const SHAPES: Readonly<Record<Target["health"], IconName>> = { up: "ok", down: "failing", unknown: "unknown" };
const RANK = { down: 0, unknown: 1, up: 2 } as const;
/** What a page can carry; those that are down come first. */
const AT_MOST = 200;

/** What is scraped, and how that went last; what is down first. */
export function TargetTable({ items }: { items: readonly Target[] }) {
  const shown = items.toSorted((a, b) => RANK[a.health] - RANK[b.health]).slice(0, AT_MOST);
  return (
    <>
      <Table class="targets">
        <caption class="unseen">Scrape targets</caption>
        <Thead>
          <Tr>
            <Th>Health</Th>
            <Th>Target</Th>
            <Th>Samples</Th>
            <Th>Took</Th>
            <Th>Last scrape</Th>
          </Tr>
        </Thead>
        <Tbody>
          {shown.map((target) => (
            <Tr key={`${target.job} ${target.url}`}>
              <Td class="state">
                <span class={target.health === "down" ? "health health-failing" : "health"}>
                  <Icon name={SHAPES[target.health]} size={14} />
                  {target.health === "unknown" ? "not scraped yet" : target.health}
                </span>
              </Td>
              <Td class="what">
                <strong>
                  <bdi>{target.job}</bdi>
                </strong>{" "}
                <code>{target.url}</code>
                {target.error && <bdi class="outcome bad">{target.error}</bdi>}
                <Labels
                  labels={tellingLabels(target.labels).filter(([name]) => name !== "job" && name !== "instance")}
                />
              </Td>
              <Td class="value">{target.samples ?? ""}</Td>
              <Td class="took">{target.durationMs === undefined ? "" : duration(target.durationMs)}</Td>
              <Td class="when">{target.lastScrapeAt === undefined ? "never" : <Ago at={target.lastScrapeAt} />}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {items.length > AT_MOST && (
        <p class="muted">
          The first {AT_MOST} of {items.length} targets; all are at <code>/api/v1/monitoring/targets</code>.
        </p>
      )}
    </>
  );
}
