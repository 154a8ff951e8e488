import type { DeliveryServiceView, RolloutView } from "../../../../functions/api/views-delivery.ts";
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
import { Ago, At } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";
import { Printed } from "./printed.tsx";
import { RolloutButtons } from "./rollout-buttons.tsx";
import { Steps } from "./steps.tsx";

/** Where the rollout is, what may be done to it, and its plan; of one that is over, how it ended. */
export function RolloutNow({
  view,
  rollout,
  bakeMs,
}: {
  view: DeliveryServiceView;
  rollout: RolloutView;
  bakeMs: number | undefined;
}) {
  const now = useNow();
  const { paused, failure, started, hooks, approved } = rollout;
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
