import { useState } from "preact/hooks";
import type { BackupPoint } from "../../../../functions/api/views-backup.ts";
import { bytes, pointStanding } from "../../backup-words.ts";
import { number, plural } from "../../format.ts";
import { backupLink } from "../../router.ts";
import { openRow } from "../open-row.ts";
import { RowTh, Td, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";
import { WindowList } from "../window-list.tsx";

const HEADS = ["Cut", "State", "Records", "Added", "Stored", "Gaps", "Lies at"];

const idOf = (one: BackupPoint): string => one.id;

/** What stands below shall not be a mile away. */
const FIRST = 8;

/** Restore points, the newest first; the older ones when they are asked for. */
export function PointList({ points }: { points: readonly BackupPoint[] }) {
  const [all, setAll] = useState(false);
  return (
    <>
      <WindowList
        items={all ? points : points.slice(0, FIRST)}
        idOf={idOf}
        kind="points"
        caption="Restore points, newest first"
        heads={HEADS}
        rowHeight={{ wide: 48, narrow: 104 }}
        row={(one, index) => {
          const link = backupLink(one.plan, "points", one.id);
          return (
            <Tr key={one.id} aria-rowindex={index} data-row={one.id} onClick={openRow(link)}>
              <RowTh class="name">
                <a href={link} data-row-link title={one.id}>
                  <Ago at={one.cutAt} />
                </a>
                <span class="outcome mono clip">{one.id}</span>
              </RowTh>
              <Td class="state">
                <StandingMark standing={pointStanding(one)} title={one.faults[0]} />
              </Td>
              <Td class="number">{number(one.records)}</Td>
              <Td class="number added">
                {number(one.newRecords)} <span class="muted">{one.kind}</span>
              </Td>
              <Td class="number stored">{bytes(one.storedBytes)}</Td>
              <Td class="gaps">
                {one.gaps > 0 ? <span class="failing-some">{plural(one.gaps, "gap")}</span> : "none"}
              </Td>
              <Td class="at">
                <span class="two-lines">
                  {one.at.length === 0 ? <span class="bad">nowhere in order</span> : <bdi>{one.at.join(", ")}</bdi>}
                  {one.missing.length > 0 && <span class="failing-some">, not {one.missing.join(", ")}</span>}
                </span>
              </Td>
            </Tr>
          );
        }}
      />
      {!all && points.length > FIRST && (
        <div class="more">
          <button type="button" onClick={() => setAll(true)}>
            Show all {points.length}
          </button>
        </div>
      )}
    </>
  );
}
