import type { BackupPlan } from "../../../../functions/api/views-backup.ts";
import { getCoverage, getPoint } from "../../api-backup.ts";
import { bytes, records } from "../../backup-words.ts";
import { calmly } from "../../calm.ts";
import { number, plural, told } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { Failed, Loading } from "../looks.tsx";
import { RowTh, Td, Tr } from "../table.tsx";
import { WindowList } from "../window-list.tsx";
import { GapList } from "./gap-list.tsx";

const REST_MS = 60_000;
const EVERY_MS = 60_000;
const LEFT_OUT = 12;

type Topic = Awaited<ReturnType<typeof getCoverage>>["topics"][number];
const idOf = (one: Topic): string => one.name;

/** What the plan has and what it would take now: topics, parts, gaps, and what is left out. */
export function Coverage({ plan }: { plan: BackupPlan }) {
  const { plan: name, newest, parts } = plan;
  const stamp = newest?.id ?? "";
  const key = `coverage of ${name}`;
  const now = useResource(key, () => calmly(key, stamp, REST_MS, (signal) => getCoverage(name, signal)), EVERY_MS);
  return (
    <section>
      <h2>Coverage</h2>
      {newest && <Newest plan={name} id={newest.id} />}
      <p>
        <span class="muted">Parts of the plan:</span> {parts.join(", ")}
      </p>
      {now.value === undefined ? (
        now.failure ? (
          now.failure.kind === "missing" ? (
            <p class="muted">{now.failure.message}</p>
          ) : (
            <Failed failure={now.failure} what="coverage" retry={now.reload} />
          )
        ) : (
          <Loading what="coverage" />
        )
      ) : (
        <>
          <p>
            <span class="muted">A run now would take</span> {plural(now.value.topics.length, "topic")},{" "}
            {plural(now.value.partitions, "partition")}
            {now.value.bytes !== undefined && `, ${bytes(now.value.bytes)} in the cluster`}
            {now.value.groups !== undefined && `, ${plural(now.value.groups, "group")}`}.
          </p>
          {now.value.missing.map(({ need, why }) => (
            <p key={need} class="note note-bad">
              <strong>{need}</strong>: <bdi>{told(why)}</bdi>
            </p>
          ))}
          {now.value.warnings.map((why) => (
            <p key={why} class="note">
              <bdi>{told(why)}</bdi>
            </p>
          ))}
          <p>
            <span class="muted">Left out:</span>{" "}
            {now.value.excluded.length === 0 ? (
              "no topic"
            ) : (
              <bdi class="mono">
                {now.value.excluded.slice(0, LEFT_OUT).join(", ")}
                {now.value.excluded.length > LEFT_OUT && ` and ${now.value.excluded.length - LEFT_OUT} more`}
              </bdi>
            )}
          </p>
          <WindowList
            items={now.value.topics}
            idOf={idOf}
            kind="covered"
            caption="Topics of the plan"
            heads={["Topic", "Partitions", "Replicas", "Offsets", "In the cluster"]}
            rowHeight={{ wide: 32, narrow: 64 }}
            row={(one, index) => (
              <Tr key={one.name} aria-rowindex={index}>
                <RowTh class="name">
                  <bdi class="mono clip" title={one.name}>
                    {one.name}
                  </bdi>
                </RowTh>
                <Td class="number" data-label="partitions">
                  {one.partitions}
                </Td>
                <Td class="number replicas" data-label="replicas">
                  {one.replicationFactor}
                </Td>
                <Td class="number" data-label="offsets">
                  {number(one.offsets)}
                </Td>
                <Td class="number" data-label="">
                  {one.bytes === undefined ? <span class="none">not told</span> : bytes(one.bytes)}
                </Td>
              </Tr>
            )}
          />
        </>
      )}
    </section>
  );
}

/** What the newest point holds, and the sentences of its gaps. */
function Newest({ plan, id }: { plan: string; id: string }) {
  const key = `newest of ${plan}`;
  const { value } = useResource(key, () => calmly(key, id, REST_MS, (signal) => getPoint(plan, id, signal)), EVERY_MS);
  if (value === undefined) return null;
  const { totals, gaps, warnings } = value.manifest;
  return (
    <>
      <p>
        <span class="muted">The newest point has</span> {plural(totals.topics, "topic")},{" "}
        {plural(totals.partitions, "partition")}, {plural(totals.groups, "group")}, {records(totals.records)}.
      </p>
      <GapList gaps={gaps} warnings={warnings} />
    </>
  );
}
