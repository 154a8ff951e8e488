import type { RestoreDetail } from "../../../../functions/api/views-backup.ts";
import { getRestore } from "../../api-backup.ts";
import { restoreAct } from "../../backup-acts.ts";
import { restoreOver, restoreStanding, restoreText } from "../../backup-words.ts";
import { clock, useNow } from "../../clock.ts";
import { duration, number, told } from "../../format.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { Bar } from "../../parts/backup/bar.tsx";
import { RestorePlanView } from "../../parts/backup/restore-plan.tsx";
import { Decided } from "../../parts/delivery/decided.tsx";
import { Failed, Loading } from "../../parts/looks.tsx";
import { Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { useResource } from "../../resource.ts";
import { backupLink, pageLink } from "../../router.ts";

const EVERY_MS = 2_000;
const SHOWN = 500;

/** One restore: how far it is, what came of each partition and group, and who has a word in it. */
export function RestorePage({ plan, id }: { plan: string; id: string }) {
  const key = `restore ${id}`;
  const { value, failure, reload } = useResource(key, (signal) => getRestore(plan, id, signal), EVERY_MS);
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/backups")}>Backups</a> / <a href={backupLink(plan)}>{plan}</a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name mono-head">
          {id}
        </h1>
        {value && !restoreOver(value.job) && (
          <span class="act-buttons">
            {value.job.phase === "approval" && (
              <ActButton name="approve" label="Approve" primary act={restoreAct(plan, id, "approve")} />
            )}
            <ActButton name="cancel" label="Cancel…" act={restoreAct(plan, id, "cancel")} />
          </span>
        )}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`restore ${id}`} retry={reload} />
        ) : (
          <Loading what="the restore" rows={6} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <Now view={value} />
          <Results view={value} />
          {value.plan && (
            <section>
              <h2>Its plan</h2>
              <RestorePlanView plan={value.plan} />
            </section>
          )}
          <Decided
            noun="backup"
            subject={`restore:${id}`}
            caption="Decisions about this restore, newest first"
            none="Nothing was decided about it yet."
          />
        </>
      )}
    </>
  );
}

function Now({ view: { job, faults } }: { view: RestoreDetail }) {
  const now = useNow();
  const { totals, so, point, plan, cluster, by, why, startedAt, endedAt, approved, result, step, more } = job;
  const over = restoreOver(job);
  const lines = [...new Set([...job.faults, ...(faults ?? [])])];
  const share = totals.records > 0 ? Math.min(1, so.records / totals.records) : over ? 1 : undefined;
  return (
    <section aria-label="State" class="summary">
      <p class="summary-line" aria-live="polite" data-phase={job.phase}>
        <StandingMark standing={restoreStanding(job)} />
        {step && !over && <span>{step}</span>}
        <span>
          {over && endedAt !== undefined ? (
            <>
              <Ago at={endedAt} />, in {duration(endedAt - startedAt)}
            </>
          ) : (
            <>
              begun <Ago at={startedAt} />
            </>
          )}
        </span>
      </p>
      {job.phase !== "approval" && <Bar share={share} label="How far the restore is" />}
      <p>{restoreText(job, now, clock.get()?.speed ?? 1)}</p>
      {result && (
        <p>
          <bdi>{told(result)}</bdi>
        </p>
      )}
      {lines.map((text) => (
        <p key={text} class="note note-bad">
          <bdi>{told(text)}</bdi>
        </p>
      ))}
      {more > 0 && <p class="muted">and {more} more faults</p>}
      <dl class="facts">
        <dt>point</dt>
        <dd>
          <a class="mono" href={backupLink(plan, "points", point)}>
            {point}
          </a>
        </dd>
        <dt>into</dt>
        <dd>
          <bdi>{cluster}</bdi>
        </dd>
        <dt>by</dt>
        <dd>
          <bdi>{by}</bdi>: <bdi>{why}</bdi>
        </dd>
        {approved && (
          <>
            <dt>approved</dt>
            <dd>
              <Ago at={approved.at} /> by <bdi>{approved.by}</bdi>: <bdi>{approved.why}</bdi>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

const PARTITION = {
  done: { tone: "ok", icon: "ok", word: "whole" },
  more: { tone: "held", icon: "pending", word: "under way" },
  failed: { tone: "failing", icon: "failing", word: "failed" },
} as const;
const GROUP = {
  set: { tone: "ok", icon: "ok", word: "set, read back" },
  partly: { tone: "degraded", icon: "degraded", word: "partly set" },
  failed: { tone: "failing", icon: "failing", word: "failed" },
  left: { tone: "held", icon: "held", word: "left alone" },
} as const;

/** What came of each partition and group. */
function Results({ view: { partitions = [], groups = [], compared } }: { view: RestoreDetail }) {
  if (partitions.length === 0) return null;
  const checked = new Map(compared.map((one) => [`${one.topic}/${one.partition}`, one]));
  return (
    <section>
      <h2>Partitions and groups</h2>
      <div class="list">
        <Table class="runs parts-done">
          <caption class="unseen">Partitions of the restore</caption>
          <Thead>
            <Tr>
              <Th>State</Th>
              <Th>Partition</Th>
              <Th>Compared</Th>
              <Th>Ends at</Th>
            </Tr>
          </Thead>
          <Tbody>
            {partitions.slice(0, SHOWN).map((one) => {
              const seen = checked.get(`${one.target}/${one.partition}`);
              return (
                <Tr key={`${one.target}/${one.partition}`}>
                  <Td class="state">
                    <StandingMark standing={PARTITION[one.status]} />
                  </Td>
                  <Td class="what">
                    <bdi class="mono">
                      {one.target}/{one.partition}
                    </bdi>
                    {one.why && (
                      <span class="outcome">
                        <bdi>{told(one.why)}</bdi>
                      </span>
                    )}
                  </Td>
                  <Td class="compared">
                    {seen === undefined ? (
                      <span class="none">not yet</span>
                    ) : seen.differences === 0 ? (
                      `${number(seen.found)} records, all the same`
                    ) : (
                      <span class="bad">
                        {number(seen.differences)} not the same: {told(seen.examples[0] ?? "")}
                      </span>
                    )}
                  </Td>
                  <Td class="number">{one.end}</Td>
                </Tr>
              );
            })}
          </Tbody>
        </Table>
        {partitions.length > SHOWN && <p class="muted">and {partitions.length - SHOWN} more</p>}
      </div>
      {groups.length > 0 && (
        <ul class="fates">
          {groups.map((one) => (
            <li key={one.target}>
              <StandingMark standing={GROUP[one.status]} /> <bdi class="mono">{one.target}</bdi>{" "}
              {one.positions.filter(({ verified }) => verified).length} of {one.positions.length} positions
              {one.why && (
                <span class="outcome">
                  <bdi>{told(one.why)}</bdi>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
