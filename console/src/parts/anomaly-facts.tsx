import type { AnomalyServiceView, AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { useNow } from "../clock.ts";
import { duration, number, quantity, unitText, words } from "../format.ts";
import { scoreText } from "./anomaly-words.tsx";
import { Ago, At } from "./time.tsx";

const ENDED: Readonly<Record<NonNullable<AnomalyView["ended"]>, string>> = {
  calm: "back where it is expected",
  settled: "the new level counts as usual",
  fine: "somebody said it was fine",
  removed: "no longer configured",
};

/** What was seen, where it was expected, and how long it lasted. */
export function Facts({ view, anomaly }: { view: AnomalyServiceView; anomaly: AnomalyView }) {
  const now = useNow();
  const signal = view.service.signals.find((one) => one.name === anomaly.signal);
  const unit = signal?.unit ?? "";
  const { low, high, since, until, ended } = anomaly;
  return (
    <dl class="facts">
      <dt>value</dt>
      <dd>{quantity(anomaly.value, unit)}</dd>
      <dt>expected</dt>
      <dd>
        {low === undefined || high === undefined
          ? "not known"
          : `${number(low)} to ${number(high)} ${unitText(unit)}`.trimEnd()}
      </dd>
      <dt>score</dt>
      <dd>
        {scoreText(anomaly.score)}, an alarm from {view.service.threshold} on
        {anomaly.alarms > 1 ? `; ${anomaly.alarms} alarms, the newest ` : ""}
        {anomaly.alarms > 1 && <Ago at={anomaly.lastAt} />}
      </dd>
      <dt>channel</dt>
      <dd>{words(anomaly.kind)}</dd>
      <dt>since</dt>
      <dd>
        <At at={since} />
      </dd>
      <dt>until</dt>
      <dd>
        {until === undefined ? (
          `still open, for ${duration(Math.max(0, now - since))}`
        ) : (
          <>
            <At at={until} /> ({duration(until - since)}): {ended ? ENDED[ended] : "over"}
          </>
        )}
      </dd>
      {signal && (
        <>
          <dt>measured as</dt>
          <dd>
            <code>{signal.source}</code>
          </dd>
        </>
      )}
    </dl>
  );
}

/** Words on points of this anomaly. */
export function Said({ view, anomaly }: { view: AnomalyServiceView; anomaly: AnomalyView }) {
  const end = anomaly.until ?? Number.POSITIVE_INFINITY;
  const said = view.judgements.filter(
    (one) => one.signal === anomaly.signal && one.at >= anomaly.since && one.at <= end,
  );
  if (said.length === 0) return null;
  return (
    <section>
      <h3>What people said</h3>
      <ul class="bullets">
        {said.map((one) => (
          <li key={`${one.saidAt}${one.by}`}>
            <bdi>{one.by}</bdi> said <strong>{one.verdict}</strong> <Ago at={one.saidAt} />: {one.why}
          </li>
        ))}
      </ul>
    </section>
  );
}
