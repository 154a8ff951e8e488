import type { BackupDrill, BackupDrills } from "../../../../functions/api/views-backup.ts";
import { drillAct } from "../../backup-acts.ts";
import { bytes, DRILLED, records } from "../../backup-words.ts";
import { duration, number, plural, told } from "../../format.ts";
import { backupLink } from "../../router.ts";
import { Empty } from "../looks.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";
import { ActButton } from "./act.tsx";
import { Trend } from "./trend.tsx";

const LISTED = 12;

/** Restores that were tried: how long they took and how old what they brought back was, with the steps of each. */
export function Drills({ plan, drills }: { plan: string; drills: BackupDrills }) {
  const { items, current, nextAt } = drills;
  const shown = items.slice(0, 30);
  return (
    <section>
      <div class="section-head">
        <h2>Drills</h2>
        <ActButton name="drill" label="Hold a drill" off={current && "A drill is under way"} act={drillAct(plan)} />
      </div>
      <p class="summary-line" aria-live="polite">
        {current ? (
          <>
            <StandingMark standing={{ tone: "held", icon: "pending", word: "drill under way" }} />
            <span>
              {current.phase}, begun <Ago at={current.startedAt} /> by <bdi>{current.by}</bdi>
            </span>
          </>
        ) : nextAt === undefined ? (
          <span class="muted">Held when somebody says so.</span>
        ) : (
          <span class="muted">
            The next one <Ago at={nextAt} />
          </span>
        )}
      </p>
      {items.length === 0 ? (
        <Empty title="No drill has been held.">
          <p>Until one has, nobody knows whether a restore works and how long it takes.</p>
        </Empty>
      ) : (
        <>
          <div class="trends">
            <Trend name="RTO" drills={shown} of={({ rtoMs }) => rtoMs} asked={({ objective }) => objective.rto} />
            <Trend name="RPO" drills={shown} of={({ rpoMs }) => rpoMs} asked={({ objective }) => objective.rpo} />
          </div>
          {items.slice(0, LISTED).map((one, index) => (
            <details key={one.id} class="drill" open={index === 0}>
              <summary>
                <StandingMark standing={DRILLED[one.status]} /> <Ago at={one.endedAt} />, RTO {duration(one.rtoMs)}, RPO{" "}
                {duration(one.rpoMs)}
              </summary>
              <Report drill={one} />
            </details>
          ))}
        </>
      )}
    </section>
  );
}

function Report({ drill }: { drill: BackupDrill }) {
  const { plan, point, cluster, by, why, steps, rtoMs, topics, groups, savepoints, faults, left, objective } = drill;
  return (
    <div class="drill-report">
      <p>
        <a href={backupLink(plan, "points", point)} class="mono">
          {point}
        </a>{" "}
        restored into <bdi>{cluster}</bdi> by <bdi>{by}</bdi>
        {why !== "" && (
          <>
            : <bdi>{why}</bdi>
          </>
        )}
        . {records(drill.records)}, {bytes(drill.bytes)}; groups {groups.restored} of {groups.of}
        {objective.rto !== undefined && `; objective RTO ${duration(objective.rto)}`}
        {objective.rpo !== undefined && `; objective RPO ${duration(objective.rpo)}`}.
      </p>
      {[...faults, ...left.map((one) => `Not removed again: ${one}`)].map((text) => (
        <p key={text} class="note note-bad">
          <bdi>{told(text)}</bdi>
        </p>
      ))}
      <ol class="drill-steps" aria-label="Steps of the drill">
        {steps.map(({ step, ms }) => (
          <li key={step}>
            <span>{step}</span>
            <span class="share-track" aria-hidden="true">
              <span style={{ width: `${rtoMs > 0 ? (100 * ms) / rtoMs : 0}%` }} />
            </span>
            <span class="number">{duration(ms)}</span>
          </li>
        ))}
      </ol>
      <ul class="drill-topics">
        {topics.slice(0, 50).map((one) => (
          <li key={one.topic}>
            <bdi class="mono">{one.topic}</bdi> {plural(one.partitions, "partition")}, {records(one.records)},{" "}
            {one.differences === 0 ? "all the same" : <span class="bad">{number(one.differences)} not the same</span>}
            {one.newestAgeMs !== undefined && `, newest record ${duration(one.newestAgeMs)} old`}
          </li>
        ))}
        {topics.length > 50 && <li class="muted">and {topics.length - 50} more topics</li>}
        {savepoints.map((one) => (
          <li key={one.job}>
            job <bdi class="mono">{one.job}</bdi> {one.status}
            {one.why && (
              <>
                : <bdi>{told(one.why)}</bdi>
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
