import type { BackupRunOver } from "../../../../functions/api/views-backup.ts";
import { getRestores } from "../../api-backup.ts";
import { bytes, OUTCOMES, restoreStanding } from "../../backup-words.ts";
import { duration, number, told } from "../../format.ts";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { backupLink } from "../../router.ts";
import { HeldList } from "../held-list.tsx";
import { Empty } from "../looks.tsx";
import { Td, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";

/** Runs that are over, with what came of them. */
export function RunHistory({ runs }: { runs: readonly BackupRunOver[] }) {
  if (runs.length === 0) return <Empty title="No run has ended yet." />;
  return (
    <HeldList
      items={runs}
      idOf={({ id }) => id}
      kind="runs"
      caption="Runs of this plan that are over, newest first"
      heads={["Outcome", "What came of it", "Read", "Ended", "Took"]}
      row={(one) => (
        <Tr key={one.id}>
          <Td class="state">
            <StandingMark standing={OUTCOMES[one.outcome]} />
          </Td>
          <Td class="what">
            <bdi>{told(one.text)}</bdi>
          </Td>
          <Td class="number">
            {one.point ? `${number(one.point.newRecords)} records, ${bytes(one.point.newBytes)}` : ""}
          </Td>
          <Td class="when">
            <Ago at={one.endedAt} />
          </Td>
          <Td class="took">{duration(one.endedAt - one.startedAt)}</Td>
        </Tr>
      )}
    />
  );
}

/** Restores of a plan; nothing where there are none. */
export function RestoreList({ plan, title }: { plan: string; title: string }) {
  const { value } = useResource(`restores of ${plan}`, (signal) => getRestores(plan, signal), usePollMs());
  if (value === undefined || value.items.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <HeldList
        items={value.items}
        idOf={({ id }) => id}
        kind="runs"
        caption={`Restores of ${plan}, newest first`}
        heads={["State", "Restore", "Records", "Begun", "By"]}
        row={(one) => (
          <Tr key={one.id} data-row={one.id}>
            <Td class="state">
              <StandingMark standing={restoreStanding(one)} />
            </Td>
            <Td class="what">
              <a href={backupLink(plan, "restores", one.id)} data-row-link class="mono">
                {one.id}
              </a>
              <span class="outcome">
                <bdi>{told(one.result ?? one.why)}</bdi>
              </span>
            </Td>
            <Td class="number">{number(one.so.records)}</Td>
            <Td class="when">
              <Ago at={one.startedAt} />
            </Td>
            <Td class="took">
              <bdi>{one.by}</bdi>
            </Td>
          </Tr>
        )}
      />
    </section>
  );
}
