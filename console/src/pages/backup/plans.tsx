import type { BackupDrillNote, BackupPlan } from "../../../../functions/api/views-backup.ts";
import { getDrills, getPlans } from "../../api-backup.ts";
import { runAct } from "../../backup-acts.ts";
import { backupsLine, planStanding, RUN_PHASES, runShare, runText } from "../../backup-words.ts";
import { calmly } from "../../calm.ts";
import { useNow } from "../../clock.ts";
import { duration, plural, told } from "../../format.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { Bar } from "../../parts/backup/bar.tsx";
import { RestoreList } from "../../parts/backup/history.tsx";
import { HeldList } from "../../parts/held-list.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { openRow } from "../../parts/open-row.ts";
import { RowTh, Td, Tr } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { backupLink } from "../../router.ts";

const REST_MS = 30_000;
/** Plans whose drills are told in the first line: each costs a look at its destinations. */
const DRILLS_OF = 10;

type Newest = Pick<BackupDrillNote, "endedAt" | "status" | "verdict">;

/** The newest drill of each of the first plans. */
async function newestDrills(signal: AbortSignal): Promise<readonly Newest[]> {
  const { plans } = await getPlans(signal);
  const each = plans.slice(0, DRILLS_OF).map(async ({ plan }) => (await getDrills(plan, signal)).items.slice(0, 1));
  return (await Promise.all(each)).flat();
}

/** Plans of backups: is there a restore point, is it sound, and when comes the next. */
export function Plans() {
  const { value, failure, reload } = useResource("backup plans", getPlans, usePollMs());
  const drills = useResource(
    "newest drills",
    () => calmly("newest drills", "", REST_MS, (signal) => newestDrills(signal)),
    REST_MS,
  );
  const now = useNow();
  const plans = value?.plans;
  return (
    <>
      <h1 tabIndex={-1} class={plans ? "state" : undefined} aria-live="polite">
        {plans ? backupsLine(plans, drills.value, now) : "Backups"}
      </h1>
      {plans === undefined ? (
        failure ? (
          <Failed failure={failure} what="backups" retry={reload} />
        ) : (
          <Loading what="backups" rows={4} />
        )
      ) : plans.length === 0 ? (
        <Empty title="There is no backup plan yet.">
          <p>
            Name one under <code>backup:</code> in <code>headgate.yaml</code>, with a cluster under{" "}
            <code>streams:</code> and places under <code>destinations:</code>:
          </p>
          <pre>{"backup:\n  hourly: { every: 1h, keep: 30d, to: [primary, secondary] }"}</pre>
        </Empty>
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <HeldList
            items={plans}
            idOf={({ plan }) => plan}
            kind="plans"
            caption="Plans of backups"
            heads={["Plan", "State", "Newest point", "Next run", "Lies at", "Act"]}
            row={(one) => <Row key={one.plan} one={one} now={now} />}
          />
          {plans.slice(0, DRILLS_OF).map(({ plan }) => (
            <RestoreList key={plan} plan={plan} title={plans.length > 1 ? `Restores of ${plan}` : "Restores"} />
          ))}
        </>
      )}
    </>
  );
}

function Row({ one, now }: { one: BackupPlan; now: number }) {
  const { plan, newest, running, nextAt, destinations, everyMs, parts } = one;
  const link = backupLink(plan);
  return (
    <>
      <Tr data-row={plan} onClick={openRow(link)}>
        <RowTh class="name">
          <a href={link} data-row-link title={plan}>
            <bdi>{plan}</bdi>
          </a>
          <span class="outcome">
            each {duration(everyMs)}: {parts.join(", ")}
          </span>
        </RowTh>
        <Td class="state">
          <StandingMark standing={planStanding(one, now)} />
        </Td>
        <Td class="newest">
          {newest ? (
            <>
              <Ago at={newest.cutAt} />
              <span class="outcome">
                {newest.gaps > 0 ? <span class="failing-some">{plural(newest.gaps, "gap")}</span> : "no gaps"}
                {newest.alarming[0] && (
                  <>
                    : <bdi>{told(newest.alarming[0])}</bdi>
                  </>
                )}
              </span>
            </>
          ) : (
            <span class="none">none</span>
          )}
        </Td>
        <Td class="next">
          {running ? "under way" : nextAt === undefined ? <span class="none">not known</span> : <Ago at={nextAt} />}
        </Td>
        <Td class="at">
          {destinations.map((name) => (
            <span key={name} class="destination">
              <bdi>{name}</bdi>
              {newest?.missing.includes(name) && <span class="failing-some"> lacks it</span>}
            </span>
          ))}
        </Td>
        <Td class="acts" onClick={(event) => event.stopPropagation()}>
          <ActButton name="run" label="Run now" off={running && "A run is under way"} act={runAct(one)} />
        </Td>
      </Tr>
      {running && (
        <Tr class="running">
          <Td colSpan={6}>
            <Bar share={runShare(running)} label={`How far the run of ${plan} is`} />
            <span>
              {RUN_PHASES[running.phase]}: {runText(running)}
            </span>
          </Td>
        </Tr>
      )}
    </>
  );
}
