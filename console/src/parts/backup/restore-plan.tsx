import type { RestorePlanned } from "../../../../functions/api/views-backup.ts";
import { bytes } from "../../backup-words.ts";
import { number, plural, told } from "../../format.ts";
import { LANDS, landingText, totalsText } from "../../restore-form.ts";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";

const SHOWN = 200;
const ACTION = { create: "is created", continue: "goes on where it is", append: "is added to" } as const;

/** What a restore does, as its plan explains itself. */
export function RestorePlanView({ plan }: { plan: RestorePlanned }) {
  const { topics, groups, jobs, warnings, refusals } = plan;
  return (
    <div class="restore-plan">
      {refusals.map(({ path, why }) => (
        <p key={`${path} ${why}`} class="note note-bad">
          <strong>Refused</strong> <bdi>{told(why)}</bdi> {path !== "" && <code>{path}</code>}
        </p>
      ))}
      {warnings.map((text) => (
        <p key={text} class="note">
          <bdi>{told(text)}</bdi>
        </p>
      ))}
      <p>
        <strong>{totalsText(plan)}</strong>
      </p>
      <div class="list">
        <Table class="restored">
          <caption class="unseen">Topics of the restore</caption>
          <Thead>
            <Tr>
              <Th>Topic</Th>
              <Th>What happens</Th>
              <Th>Partitions</Th>
              <Th>Records</Th>
              <Th>Bytes</Th>
            </Tr>
          </Thead>
          <Tbody>
            {topics.slice(0, SHOWN).map((one) => (
              <Topic key={one.target} one={one} />
            ))}
          </Tbody>
        </Table>
        {topics.length > SHOWN && <p class="muted">and {topics.length - SHOWN} more topics</p>}
      </div>
      {groups.length > 0 && (
        <>
          <h3>Groups</h3>
          <ul class="fates">
            {groups.slice(0, SHOWN).map((one) => (
              <li key={one.source}>
                <bdi class="mono">{one.source === one.target ? one.source : `${one.source} → ${one.target}`}</bdi>:{" "}
                {told(landingText(one))}
                {one.positions.length > 0 && (
                  <details>
                    <summary>positions</summary>
                    <ul class="hint">
                      {one.positions.slice(0, SHOWN).map(({ topic, partition, lands, offset, source, why }) => (
                        <li key={`${topic}/${partition}`}>
                          {topic}/{partition} from {source.offset}: {LANDS[lands]}
                          {offset !== undefined && ` at ${offset}`}
                          {why && `, ${told(why)}`}
                        </li>
                      ))}
                    </ul>
                  </details>
                )}
              </li>
            ))}
            {groups.length > SHOWN && <li class="muted">and {groups.length - SHOWN} more</li>}
          </ul>
        </>
      )}
      {jobs.length > 0 && (
        <>
          <h3>Flink jobs</h3>
          <ul class="fates">
            {jobs.map(({ name, why, matches }) => (
              <li key={name}>
                <bdi class="mono">{name}</bdi> {matches ? "" : "does not match: "}
                {told(why)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Topic({ one }: { one: RestorePlanned["topics"][number] }) {
  const { source, target, action, parts, partitions, replicationFactor, held, settled, notes } = one;
  const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + of(part), 0);
  const translated = parts.filter(({ offsets }) => offsets === "translated");
  const whys = [...new Set(translated.flatMap(({ why }) => (why === undefined ? [] : [why])))];
  const offsets =
    translated.length === 0
      ? "every offset as it was"
      : translated.length === parts.length
        ? "offsets are translated"
        : `offsets of ${plural(translated.length, "partition")} are translated`;
  return (
    <Tr>
      <RowTh class="name">
        <bdi class="mono">{source === target ? source : `${source} → ${target}`}</bdi>
      </RowTh>
      <Td class="what">
        {ACTION[action]}, {offsets}
        {whys.concat(notes).map((text) => (
          <span key={text} class="outcome">
            {told(text)}
          </span>
        ))}
        {(settled.length > 0 || held.length > 0) && (
          <details>
            <summary>settings</summary>
            <p class="hint">
              while records come in:{" "}
              {held.map(({ name, value }) => `${name}=${value ?? "default"}`).join(", ") || "none"}
            </p>
            <p class="hint">
              afterwards: {settled.map(({ name, value }) => `${name}=${value ?? "default"}`).join(", ") || "none"}
            </p>
          </details>
        )}
      </Td>
      <Td class="number" data-label="partitions">
        {partitions} × {replicationFactor}
      </Td>
      <Td class="number" data-label="records">
        {parts.some(({ atMost }) => atMost) && "at most "}
        {number(sum(({ records }) => records))}
      </Td>
      <Td class="number" data-label="">
        {bytes(sum((part) => part.bytes))}
      </Td>
    </Tr>
  );
}
