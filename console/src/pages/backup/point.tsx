import type { BackupPointDetail } from "../../../../functions/api/views-backup.ts";
import { getHolds, getPoint, getVerifications } from "../../api-backup.ts";
import { holdAct, releaseAct, verifyAct } from "../../backup-acts.ts";
import { bytes, pointStanding, records } from "../../backup-words.ts";
import { duration, number, plural, told } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { Difference } from "../../parts/backup/difference.tsx";
import { GapList } from "../../parts/backup/gap-list.tsx";
import { HeldList } from "../../parts/held-list.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { Td, Tr } from "../../parts/table.tsx";
import { Ago, At } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { backupLink, pageLink } from "../../router.ts";

const SHOWN = 12;
/** A verification leaves no decision: only asking tells that it is done. */
const LOOKED_MS = 3_000;

/** One restore point: what it holds, where it lies, who has looked at it, and the way back. */
export function PointPage({ plan, id }: { plan: string; id: string }) {
  const { value, failure, reload } = useResource(
    `point ${plan}/${id}`,
    (signal) => getPoint(plan, id, signal),
    Math.max(10_000, usePollMs()),
  );
  const denial = useActDenial();
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/backups")}>Backups</a> /{" "}
        <a href={backupLink(plan)}>
          <bdi>{plan}</bdi>
        </a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name mono-head">
          {value?.id ?? id}
        </h1>
        {value && (
          <span class="act-buttons">
            {denial && <span class="act-denied">{denial}</span>}
            <ActButton name="verify" label="Verify" act={verifyAct(value, false)} />
            <ActButton name="verify-deep" label="Verify deeply" act={verifyAct(value, true)} />
            <a class="button primary" href={backupLink(plan, "points", value.id, "restore")}>
              Restore…
            </a>
          </span>
        )}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`restore point ${id}`} retry={reload} />
        ) : (
          <Loading what="the restore point" rows={8} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <Facts point={value} />
          <Verifications plan={plan} id={value.id} />
          <Holds plan={plan} id={value.id} />
          <Difference plan={plan} id={value.id} />
        </>
      )}
    </>
  );
}

function Facts({ point }: { point: BackupPointDetail }) {
  const { manifest, at, missing, faults } = point;
  const { totals, cluster, needs, parts, startedAt, finishedAt, gaps, warnings } = manifest;
  return (
    <>
      <section aria-label="State" class="summary">
        <p class="summary-line" aria-live="polite">
          <StandingMark standing={pointStanding(point)} />
          <span>
            cut <Ago at={point.cutAt} />
          </span>
          <span>{point.kind}</span>
        </p>
        {faults.map((text) => (
          <p key={text} class="note note-bad">
            <bdi>{told(text)}</bdi>
          </p>
        ))}
      </section>
      <section>
        <h2>What it holds</h2>
        <dl class="facts">
          <dt>held</dt>
          <dd>
            {plural(totals.topics, "topic")}, {plural(totals.partitions, "partition")}, {plural(totals.groups, "group")}
            , {records(totals.records)}
          </dd>
          <dt>added by its run</dt>
          <dd>
            {records(totals.newRecords)}, {bytes(totals.newBytes)}, stored as {bytes(totals.storedBytes)} at each place
            {totals.droppedRecords > 0 && `; ${number(totals.droppedRecords)} of aborted transactions left out`}
          </dd>
          <dt>parts</dt>
          <dd>{parts.map(({ kind, size }) => `${kind} (${bytes(size)})`).join(", ")}</dd>
          <dt>lies at</dt>
          <dd>
            {at.length === 0 ? <span class="bad">nowhere in order</span> : <bdi>{at.join(", ")}</bdi>}
            {missing.length > 0 && <span class="failing-some">; not whole at {missing.join(", ")}</span>}
          </dd>
          {cluster && (
            <>
              <dt>cluster</dt>
              <dd>
                <bdi>{cluster.name}</bdi> <code>{cluster.id}</code>, {plural(cluster.brokers, "broker")}
              </dd>
            </>
          )}
          <dt>needs</dt>
          <dd>
            {needs.length === 0 ? "no other point" : plural(needs.length, "earlier point")}
            {needs.slice(0, SHOWN).map((one) => (
              <span key={one.id}>
                {" "}
                <a class="mono" href={backupLink(point.plan, "points", one.id)}>
                  {one.id}
                </a>
              </span>
            ))}
            {needs.length > SHOWN && ` and ${needs.length - SHOWN} more`}
          </dd>
          <dt>made</dt>
          <dd>
            <At at={startedAt} />, in {duration(finishedAt - startedAt)}, by Headgate {manifest.by}
          </dd>
        </dl>
      </section>
      <section>
        <h2>Gaps and warnings</h2>
        <GapList gaps={gaps} warnings={warnings} />
      </section>
    </>
  );
}

function Verifications({ plan, id }: { plan: string; id: string }) {
  const { value, failure, reload } = useResource(
    `verifications ${plan}/${id}`,
    (signal) => getVerifications(plan, id, signal),
    LOOKED_MS,
  );
  return (
    <section>
      <h2>Verifications</h2>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="verifications" retry={reload} />
        ) : (
          <Loading what="verifications" />
        )
      ) : value.items.length === 0 ? (
        <Empty title="Nobody has looked at it yet." />
      ) : (
        <HeldList
          items={value.items}
          idOf={({ at }) => String(at)}
          kind="runs verifications"
          caption="Verifications of this point, newest first"
          heads={["Found", "What", "Read", "When", "Took"]}
          row={(one) => (
            <Tr key={one.at} data-verification={one.deep ? "deep" : "shallow"}>
              <Td class="state">
                <StandingMark
                  standing={
                    one.ok
                      ? { tone: "ok", icon: "ok", word: one.deep ? "ok, deep" : "ok" }
                      : one.usable
                        ? { tone: "degraded", icon: "degraded", word: "faults, usable" }
                        : { tone: "failing", icon: "failing", word: "damaged" }
                  }
                />
              </Td>
              <Td class="what">
                <bdi>{told(one.text)}</bdi>
                {one.faults.slice(0, 3).map(({ place, key, what }) => (
                  <span key={`${place} ${key}`} class="outcome">
                    <bdi>
                      {place}: {told(what)}
                    </bdi>
                  </span>
                ))}
                {one.unreachable.length > 0 && <span class="outcome">no answer from {one.unreachable.join(", ")}</span>}
              </Td>
              <Td class="number">
                {plural(one.objects, "object")}, {bytes(one.bytes)}
              </Td>
              <Td class="when">
                <Ago at={one.at} />
              </Td>
              <Td class="took">{duration(one.finishedAt - one.at)}</Td>
            </Tr>
          )}
        />
      )}
    </section>
  );
}

function Holds({ plan, id }: { plan: string; id: string }) {
  const { value } = useResource(`holds of ${plan}`, (signal) => getHolds(plan, signal), Math.max(5_000, usePollMs()));
  if (value === undefined) return null;
  const held = value.items.find((one) => one.id === id);
  return (
    <section>
      <div class="section-head">
        <h2>Hold</h2>
        {held ? (
          <ActButton name="release" label="Release…" act={releaseAct({ plan, id })} />
        ) : (
          <ActButton name="hold" label="Hold" act={holdAct({ plan, id })} />
        )}
      </div>
      {held ? (
        <p class="note">
          <strong>Held</strong> by <bdi>{held.by}</bdi>, <Ago at={held.at} />: <bdi>{held.reason}</bdi>
        </p>
      ) : (
        <p class="muted">Nobody holds it: it goes when the plan's retention says so.</p>
      )}
    </section>
  );
}
