import type { BackupPlan, BackupPoints } from "../../../../functions/api/views-backup.ts";
import { getDrills, getPlan, getPoints, getRecovery } from "../../api-backup.ts";
import { runAct } from "../../backup-acts.ts";
import { dialsOf, disruptedOf, planStanding } from "../../backup-words.ts";
import { calmly } from "../../calm.ts";
import { useNow } from "../../clock.ts";
import { duration } from "../../format.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { Coverage } from "../../parts/backup/coverage.tsx";
import { Dials } from "../../parts/backup/dials.tsx";
import { Drills } from "../../parts/backup/drills.tsx";
import { RestoreList, RunHistory } from "../../parts/backup/history.tsx";
import { PointList } from "../../parts/backup/point-list.tsx";
import { Retention } from "../../parts/backup/retention.tsx";
import { RunNow } from "../../parts/backup/run-now.tsx";
import { TimeLine } from "../../parts/backup/time-line.tsx";
import { Decided } from "../../parts/delivery/decided.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { Ago } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { pageLink } from "../../router.ts";

/** Destinations are listed for this: not with every decision. */
const REST_MS = 5_000;
/** Verifications and drills of all points are read for it. */
const RECOVERY_REST_MS = 30_000;

/** One plan: what there is to go back to, whether that was ever proven, and what it costs. */
export function Plan({ name }: { name: string }) {
  const { value, failure, reload } = useResource(`backup ${name}`, (signal) => getPlan(name, signal), usePollMs());
  const now = useNow();
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/backups")}>Backups</a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{name}</bdi>
        </h1>
        {value && (
          <ActButton name="run" label="Run now" off={value.running && "A run is under way"} act={runAct(value)} />
        )}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`plan ${name}`} retry={reload} />
        ) : (
          <Loading what="the plan" rows={8} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <p class="summary-line" aria-live="polite">
            <StandingMark standing={planStanding(value, now)} />
            <span>each {duration(value.everyMs)}</span>
            {value.nextAt !== undefined && !value.running && (
              <span>
                next run <Ago at={value.nextAt} />
              </span>
            )}
            <span>
              to <bdi>{value.destinations.join(", ")}</bdi>
            </span>
            {value.cluster && (
              <span>
                of cluster <bdi>{value.cluster}</bdi>
              </span>
            )}
          </p>
          {value.running && <RunNow run={value.running} />}
          <Known plan={value} />
        </>
      )}
    </>
  );
}

/** What lies at the destinations, and what is reckoned from it. */
function Known({ plan }: { plan: BackupPlan }) {
  const { plan: name, newest, ended, running } = plan;
  const everyMs = usePollMs();
  const now = useNow();
  const stamp = `${newest?.id} ${newest?.verified} ${ended[0]?.id}`;
  const [pointsKey, drillsKey] = [`points of ${name}`, `drills of ${name}`];
  const points = useResource(
    pointsKey,
    () => calmly(pointsKey, stamp, REST_MS, (signal) => getPoints(name, signal)),
    Math.max(REST_MS, everyMs),
  );
  const drills = useResource(
    drillsKey,
    () => calmly(drillsKey, stamp, REST_MS, (signal) => getDrills(name, signal)),
    Math.max(REST_MS, everyMs),
  );
  const recoveryKey = `recovery of ${name}`;
  const recovery = useResource(
    recoveryKey,
    () => calmly(recoveryKey, stamp, RECOVERY_REST_MS, (signal) => getRecovery(name, signal)),
    RECOVERY_REST_MS,
  );
  const state = recovery.value?.plans.find((one) => one.plan === name);
  return (
    <>
      {points.value && drills.value && (
        <section>
          <h2>How much could be lost, and how long it takes to be back</h2>
          {state ? (
            disruptedOf(state).map(({ names, dials }) => (
              <section key={names.join()} aria-label={names.join(", ")}>
                <h3 class="disrupted">When this is lost: {names.join(", ")}</h3>
                <Dials dials={dials} />
              </section>
            ))
          ) : (
            <Dials dials={dialsOf(points.value.points, drills.value.items[0], now)} />
          )}
        </section>
      )}
      <section>
        <h2>Restore points</h2>
        {points.value ? (
          <Points plan={plan} view={points.value} />
        ) : points.failure ? (
          <Failed failure={points.failure} what="restore points" retry={points.reload} />
        ) : (
          <Loading what="restore points" rows={6} />
        )}
      </section>
      <Coverage plan={plan} />
      {drills.value ? (
        <Drills plan={name} drills={drills.value} />
      ) : (
        drills.failure && <p class="note">Drills are not known: {drills.failure.message}</p>
      )}
      <RestoreList plan={name} title="Restores" />
      <Retention plan={plan} />
      <section>
        <h2>Runs that are over</h2>
        <RunHistory runs={ended} />
      </section>
      <Decided
        noun="backup"
        subject={`run:${name}`}
        caption="Decisions about runs of this plan, newest first"
        none={running ? "The first run is under way." : "Nothing was decided about it yet."}
      />
    </>
  );
}

function Points({ plan, view }: { plan: BackupPlan; view: BackupPoints }) {
  const { points, unreadable, unreachable } = view;
  return (
    <>
      {unreachable.map(({ place, why }) => (
        <p key={place} class="note note-bad">
          <strong>
            <bdi>{place}</bdi> does not answer:
          </strong>{" "}
          <bdi>{why}</bdi> What lies there only is not shown.
        </p>
      ))}
      {unreadable.map(({ id, why }) => (
        <p key={id} class="note note-bad">
          <strong class="mono">{id}</strong> cannot be read: <bdi>{why}</bdi>
        </p>
      ))}
      {points.length === 0 ? (
        <Empty title="There is no restore point yet.">
          <p>The first one comes with the first run: by schedule, or by the button above.</p>
        </Empty>
      ) : (
        <>
          <TimeLine points={points} everyMs={plan.everyMs} />
          <PointList points={points} />
        </>
      )}
    </>
  );
}
