import type { DeliveryServiceView, RolloutView } from "../../../../functions/api/views-delivery.ts";
import { getDeliveryOf } from "../../api-delivery.ts";
import { useNow } from "../../clock.ts";
import {
  goesBack,
  phaseText,
  rolloutStanding,
  STRATEGIES,
  sharesText,
  stepText,
  waitsForPerson,
} from "../../delivery-words.ts";
import { clockTime, duration, plural, told, words } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { DecisionList } from "../../parts/decision-list.tsx";
import { EvidenceSection } from "../../parts/delivery/evidence.tsx";
import { Flink } from "../../parts/delivery/flink.tsx";
import { Printed } from "../../parts/delivery/printed.tsx";
import { ReleaseDialog } from "../../parts/delivery/release-dialog.tsx";
import { RolloutButtons } from "../../parts/delivery/rollout-buttons.tsx";
import { RolloutHistory } from "../../parts/delivery/rollout-history.tsx";
import { Steps } from "../../parts/delivery/steps.tsx";
import { Versions } from "../../parts/delivery/versions.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { Ago, At } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { pageLink, serviceLink } from "../../router.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { members, numberOf } from "../../values.ts";

/** The platform's tick, where the configuration does not say. */
const EVERY_MS = 30_000;

/** One service's releases: the rollout under way or the last one, what may be done to it, and why it went as it did. */
export function Rollout({ name }: { name: string }) {
  const { value, failure, reload } = useResource(
    `delivery of ${name}`,
    (signal) => getDeliveryOf(name, signal),
    usePollMs(),
  );
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/delivery")}>Delivery</a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{name}</bdi>
        </h1>
        {value && <Deploy view={value} />}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`delivery of ${name}`} retry={reload} />
        ) : (
          <Loading what="its delivery" rows={8} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <Content view={value} />
        </>
      )}
    </>
  );
}

function Deploy({ view }: { view: DeliveryServiceView }) {
  const denial = useActDenial();
  const busy = view.summary.current ? "a rollout is under way" : undefined;
  return (
    <span class="act-buttons">
      <a href={serviceLink(view.summary.service)} class="beside-buttons">
        Load, scaling and history
      </a>
      <button
        type="button"
        data-deploy
        disabled={denial !== undefined || busy !== undefined}
        title={denial ?? busy}
        onClick={() => sheet.set(<ReleaseDialog view={view} onClose={closeSheet} />)}
      >
        Deploy a version
      </button>
      {denial && <span class="act-denied">{denial}</span>}
    </span>
  );
}

function Content({ view }: { view: DeliveryServiceView }) {
  const { rollout, summary } = view;
  const config = members(view.config);
  const service = summary.service;
  return (
    <>
      {rollout ? (
        <Now view={view} rollout={rollout} bakeMs={numberOf(config["bake"])} />
      ) : (
        <Empty title="Nothing has been rolled out yet.">
          <p>
            {summary.stable === undefined ? (
              "It is not known which version serves."
            ) : (
              <>
                <bdi class="mono">{summary.stable}</bdi> serves.
              </>
            )}{" "}
            Deploy a version above, or with
          </p>
          <p>
            <code>
              headgate deploy <bdi>{service}</bdi> --image registry.example/app:2.4.1 --why "release 2.4.1"
            </code>
          </p>
        </Empty>
      )}
      {view.trouble.map((text) => (
        <p key={text} class="note note-bad">
          <strong>Trouble:</strong> {told(text)}
        </p>
      ))}
      <section>
        <h2>Versions</h2>
        <Versions view={view} />
      </section>
      {view.flink !== undefined && <Flink state={view.flink} />}
      {rollout && <EvidenceSection rollout={rollout} everyMs={numberOf(config["every"]) ?? EVERY_MS} />}
      {rollout && <Release rollout={rollout} />}
      <section>
        <div class="section-head">
          <h2>What was decided lately</h2>
          <a href={`/decisions?noun=delivery&subject=${encodeURIComponent(`rollout:${service}`)}`}>All of it</a>
        </div>
        {view.decisions.length === 0 ? (
          <Empty title="Nothing was decided about it lately." />
        ) : (
          <DecisionList items={view.decisions} subject={false} caption="Decisions about its releases, newest first" />
        )}
      </section>
      <section>
        <h2>Rollouts so far</h2>
        <RolloutHistory service={service} />
      </section>
      <section>
        <h2>Configuration in force</h2>
        {!summary.configured && (
          <p class="muted">
            The file says nothing about its delivery: these are the defaults. Settings go under{" "}
            <code>
              delivery: <bdi>{service}</bdi>:
            </code>
            .
          </p>
        )}
        <details>
          <summary>
            {STRATEGIES[summary.strategy]}, mode {summary.mode}; all of it as JSON
          </summary>
          <pre>{JSON.stringify(view.config, null, 2)}</pre>
        </details>
      </section>
    </>
  );
}

function Now({
  view,
  rollout,
  bakeMs,
}: {
  view: DeliveryServiceView;
  rollout: RolloutView;
  bakeMs: number | undefined;
}) {
  const now = useNow();
  const { paused, failure, verdict, started, hooks, approved } = rollout;
  const over = rollout.endedAt !== undefined;
  const step = stepText(rollout);
  const promoted = approved["promote"];
  return (
    <section aria-label="Rollout" class="summary rollout">
      <div class="rollout-head">
        <p class="summary-line" aria-live="polite">
          <StandingMark standing={rolloutStanding(rollout)} />
          <strong class="phase">
            <bdi>{phaseText(rollout)}</bdi>
          </strong>
          {step && <span>{step}</span>}
          <span>{STRATEGIES[rollout.strategy]}</span>
          <span>
            {over ? "ended " : "since "}
            <Ago at={rollout.endedAt ?? rollout.since} />
          </span>
        </p>
        <RolloutButtons rollout={rollout} commands={view.commands} bakeMs={bakeMs} />
      </div>
      {paused && (
        <p class="note">
          <strong>Paused</strong> by <bdi>{paused.by}</bdi>, <Ago at={paused.at} />
          {paused.why !== "" && (
            <>
              : <bdi>{told(paused.why)}</bdi>
            </>
          )}
        </p>
      )}
      {failure && (
        <div class="note note-bad">
          <p>
            <strong>
              {goesBack(rollout) && !over ? "Goes back" : "Went back"}: {words(failure.reason)}.
            </strong>{" "}
            <bdi>{told(failure.text)}</bdi> <Ago at={failure.at} />
            {failure.attempts !== undefined && `, after ${plural(failure.attempts, "check")}`}
          </p>
          {failure.logs && failure.logs.length > 0 && <Printed lines={failure.logs} />}
        </div>
      )}
      <Steps rollout={rollout} approved={approved} now={now} />
      <dl class="facts">
        <dt>begun</dt>
        <dd>
          <Ago at={rollout.startedAt} /> by <bdi>{started.by}</bdi>
          {started.why !== "" && (
            <>
              : <bdi>{started.why}</bdi>
            </>
          )}
        </dd>
        {!over && verdict && (
          <>
            <dt>gate</dt>
            <dd>{told(verdict.text)}</dd>
          </>
        )}
        {rollout.served && !over && (
          <>
            <dt>served</dt>
            <dd>
              <bdi>{sharesText(rollout.served)}</bdi>
              {rollout.verifiedAt !== undefined && (
                <>
                  , seen <Ago at={rollout.verifiedAt} />
                </>
              )}
            </dd>
          </>
        )}
        {Object.entries(hooks).map(([hook, { status, detail, at, asked }]) => (
          <>
            <dt key={`${hook} name`}>hook {hook}</dt>
            <dd key={hook}>
              <span class={status === "failed" ? "bad" : undefined}>{status}</span>
              {detail !== undefined && (
                <>
                  : <bdi>{told(detail)}</bdi>
                </>
              )}
              , asked {plural(asked, "time")}, <Ago at={at} />
            </dd>
          </>
        ))}
        {promoted && (
          <>
            <dt>promotion</dt>
            <dd>
              approved by <bdi>{promoted.by}</bdi>, <Ago at={promoted.at} />
            </dd>
          </>
        )}
        {!over && (
          <>
            <dt>deadline</dt>
            <dd>
              <At at={rollout.deadline} />
              {rollout.deadline > now
                ? `, in ${duration(rollout.deadline - now)}: then it is rolled back`
                : ": over, it is rolled back"}
            </dd>
            <dt>looked at</dt>
            <dd>
              {view.dueAt === undefined
                ? waitsForPerson(rollout)
                  ? "again when somebody has spoken"
                  : "with the next news"
                : view.dueAt <= now
                  ? "now"
                  : `next at ${clockTime(view.dueAt, now)}`}
              {view.pending > 0 && `; ${plural(view.pending, "action")} being done or tried again`}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Release({ rollout }: { rollout: RolloutView }) {
  const { release, size } = rollout;
  const environment = Object.entries(release.environment);
  return (
    <section>
      <h2>
        What is in <bdi class="mono">{release.version}</bdi>
      </h2>
      <dl class="facts">
        {release.image && (
          <>
            <dt>image</dt>
            <dd>
              <bdi class="mono">{release.image}</bdi>
            </dd>
          </>
        )}
        {release.command && (
          <>
            <dt>command</dt>
            <dd>
              <bdi class="mono">{release.command.join(" ")}</bdi>
            </dd>
          </>
        )}
        <dt>instances</dt>
        <dd>
          {size}, each {release.resources.memoryMb} MiB and {plural(release.resources.cpus, "core")}
        </dd>
        {environment.length > 0 && (
          <>
            <dt>environment</dt>
            <dd>
              {environment.map(([name, value]) => (
                <bdi key={name} class="mono variable">
                  {name}={value}
                </bdi>
              ))}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
