import { useEffect, useMemo, useState } from "preact/hooks";
import type { ForecastView } from "../../../../functions/api/views-autoscaling.ts";
import type { TuningView } from "../../../../functions/api/views-autoscaling-tune.ts";
import { getDecision } from "../../api.ts";
import { calmly } from "../../calm.ts";
import { Chart } from "../../charts/chart.tsx";
import { useNow } from "../../clock.ts";
import { number } from "../../format.ts";
import { scalingRows } from "../../known-scaling.ts";
import { getRegret, getScalingForecast, getTuning } from "../../lab/api-scaling.ts";
import { forecastPlot, forecastText } from "../../lab/forecast.ts";
import { proposalAct } from "../../lab/tuning.ts";
import { regretText } from "../../lab/tuning-words.ts";
import { withoutText } from "../../lab/words.ts";
import { usePollMs } from "../../poll.ts";
import { useRange } from "../../range.ts";
import { type Resource, useResource } from "../../resource.ts";
import { members } from "../../values.ts";
import { useWidth } from "../../width.ts";
import { ActButton } from "../backup/act.tsx";
import { Ago } from "../time.tsx";

/** Weeks are played for it: it is asked for seldom. */
const REGRET_REST_MS = 600_000;

/** What the policies of a service know beside its measurements: forecast, what was picked for it, lag. */
export function ScalingPanel({
  name,
  types,
  last,
}: {
  name: string;
  types: readonly string[];
  last: string | undefined;
}) {
  const forecasts = types.includes("predictive") || types.includes("auto");
  return (
    <>
      {types.includes("auto") && <Tuning name={name} />}
      {types.includes("kafka-lag") && last !== undefined && <Lag decision={last} />}
      {forecasts && <Forecasts name={name} />}
    </>
  );
}

function Lag({ decision }: { decision: string }) {
  const { value } = useResource(`decision ${decision}`, (signal) => getDecision(decision, signal), REGRET_REST_MS);
  const rows = scalingRows(members(value?.decision.input), value?.decision.at ?? 0).filter((row) => row.name === "lag");
  if (value === undefined || rows.length === 0) return null;
  return (
    <p class="traffic-line" data-scaling="lag">
      <span class="muted">Lag</span>
      {rows.map((row) => (
        <span key={row.from}>
          {row.value ?? <span class="none">not known</span>}, {row.from}
        </span>
      ))}
      <span class="muted">
        at the last decision, <Ago at={value.decision.at} />
      </span>
    </p>
  );
}

function Forecasts({ name }: { name: string }) {
  const everyMs = usePollMs();
  const seen = useResource(`forecast ${name}`, (signal) => getScalingForecast(name, signal), everyMs);
  const [width, host] = useWidth();
  return (
    <section class="charts scaling-forecast" aria-label="Forecast" ref={host}>
      <ForecastBody seen={seen} width={width} />
    </section>
  );
}

function ForecastBody({ seen, width }: { seen: Resource<ForecastView>; width: number }) {
  const { value, failure } = seen;
  const now = useNow();
  const range = useRange();
  const drawn = useMemo(() => value?.policies.map((view) => ({ view, plot: forecastPlot(view) })) ?? [], [value]);
  if (value === undefined)
    return failure ? (
      <p class="note">The forecast cannot be read: {failure.message}</p>
    ) : (
      <p class="muted">Loading the forecast…</p>
    );
  if (drawn.length === 0)
    return <p class="muted">There is no forecast yet: the first one comes with the next decision.</p>;
  return (
    <>
      {drawn.map(({ view, plot }) => {
        const [first, newest] = [view.points[0], view.points.at(-1)];
        return (
          <div key={view.policy} data-forecast={view.metric}>
            {first && newest && width > 0 && plot.lines.length > 0 ? (
              <Chart
                plot={plot}
                from={Math.max(first.at, now - range.ms)}
                to={newest.at}
                decisions={[]}
                width={width}
                last
                now={now}
              />
            ) : (
              <p class="muted">Nothing is known of {view.metric} yet: what was not measured is not zero.</p>
            )}
            <p class={view.trusted ? "muted" : "note"}>{forecastText(view).join(" ")}</p>
          </div>
        );
      })}
    </>
  );
}

/** `auto` at work: what runs, what is proposed, and what it cost against the best that is known. */
function Tuning({ name }: { name: string }) {
  // What a person answered makes it another answer.
  const [answers, setAnswers] = useState(0);
  const everyMs = usePollMs();
  const { value, failure, reload } = useResource(`tuning ${name}`, (signal) => getTuning(name, signal), everyMs);
  useEffect(() => {
    if (answers > 0) reload();
  }, [answers]);
  if (value === undefined)
    return failure ? (
      <p class="muted" data-scaling="tuning">
        What auto has picked cannot be told: {failure.message}
      </p>
    ) : (
      <p class="muted" data-scaling="tuning">
        Loading what auto has picked…
      </p>
    );
  return <TuningState name={name} view={value} answers={answers} answered={() => setAnswers(answers + 1)} />;
}

/** Dear to answer, so it comes after everything else, and its failure hides nothing. */
function RegretLine({ name, stamp }: { name: string; stamp: string }) {
  const { value, failure } = useResource(
    `regret ${name} ${stamp}`,
    () => calmly(`regret ${name}`, stamp, REGRET_REST_MS, (signal) => getRegret(name, signal)),
    REGRET_REST_MS,
  );
  if (value !== undefined) return <p>{regretText(value)}</p>;
  return (
    <p class="muted">
      {failure
        ? `What auto's choice cost cannot be told: ${failure.message}`
        : "Playing the recorded load to tell what auto's choice cost…"}
    </p>
  );
}

function TuningState({
  name,
  view,
  answers,
  answered,
}: {
  name: string;
  view: TuningView;
  answers: number;
  answered: () => void;
}) {
  const { pick, proposal, last } = view.tuning;
  return (
    <section aria-label="Choice of the policy" class="scaling-tuning" data-scaling="tuning">
      <p>
        <span class="muted">auto runs</span> <strong>{pick?.name ?? "the default forecast"}</strong>
        {pick ? (
          <span class="muted">
            , picked <Ago at={pick.at} />
          </span>
        ) : (
          <span class="muted">: nothing has been picked yet{last?.why === undefined ? "" : `, ${last.why}`}</span>
        )}
        .
      </p>
      {pick?.fault !== undefined && (
        <p class="note">What was picked cannot be run, so the service holds: {pick.fault}</p>
      )}
      {last?.without !== undefined && <p class="muted">{withoutText(last.without)}</p>}
      {proposal && (
        <div class="note scaling-proposal">
          <p>
            <strong>Proposed:</strong> {proposal.name}, found <Ago at={proposal.at} />: {number(proposal.cost)}{" "}
            task-hours with its bad minutes on days that the choice had not seen, J {number(proposal.j)}
            {pick && ` (in force: ${number(pick.j)})`}.
          </p>
          <p class="act-buttons">
            <ActButton
              name="apply-proposal"
              label="Apply…"
              primary
              act={proposalAct(name, proposal, pick, "apply", answered)}
            />
            <ActButton
              name="dismiss-proposal"
              label="Dismiss…"
              act={proposalAct(name, proposal, pick, "dismiss", answered)}
            />
          </p>
        </div>
      )}
      <RegretLine name={name} stamp={`${answers} ${last?.at ?? 0}`} />
    </section>
  );
}
