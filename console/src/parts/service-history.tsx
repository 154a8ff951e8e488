import { useMemo } from "preact/hooks";
import type { DecisionSummary, SeriesView, ServiceSummary } from "../../../functions/api/views.ts";
import type { AnomalyServiceView } from "../../../functions/api/views-anomaly.ts";
import type { RolloutSummaryView } from "../../../functions/api/views-delivery.ts";
import type { AlertView } from "../../../functions/api/views-monitoring.ts";
import { getDecisions, getSeries } from "../api.ts";
import { AlertMarks } from "../charts/alert-marks.tsx";
import { Chart } from "../charts/chart.tsx";
import { DeployMarks } from "../charts/deploy-marks.tsx";
import { Marks } from "../charts/marks.tsx";
import { chartedOn, plotsOf, unreadPanels } from "../charts/panels.ts";
import type { Plot } from "../charts/plot.ts";
import { thresholdsOf } from "../charts/thresholds.ts";
import { now, useNow } from "../clock.ts";
import { clockTime } from "../format.ts";
import { useStill } from "../held.ts";
import { usePollMs } from "../poll.ts";
import { useRange } from "../range.ts";
import { useResource } from "../resource.ts";
import { pageLink } from "../router.ts";
import { useWidth } from "../width.ts";
import { DecisionList } from "./decision-list.tsx";
import { Empty, Failed, Loading } from "./looks.tsx";

const DECISIONS_AT_MOST = 300;
const LISTED = 20;
/** Decisions of a person: they stand on the axis beside what Headgate did by itself. */
const BY_HAND = new Set(["paused", "resumed", "override_set", "override_cleared", "external_change"]);

/** Charts stacked on one time axis, with the decisions on it and, below, in words. */
export function ServiceHistory(props: {
  name: string;
  runsOn: ServiceSummary["runsOn"];
  autoscaling: unknown;
  anomaly: AnomalyServiceView | undefined;
  /** What was expected is still being asked for: charts wait, so that none is pushed in between them later. */
  waiting: boolean;
  alerts: readonly AlertView[];
  rollouts: readonly RolloutSummaryView[];
}) {
  const { name, runsOn, autoscaling, anomaly, waiting, alerts, rollouts } = props;
  const range = useRange();
  const everyMs = usePollMs();
  const series = useResource(
    `series ${range.id} ${name}`,
    (signal) => getSeries(name, { from: now() - range.ms, to: now() }, chartedOn(runsOn), signal),
    everyMs,
  );
  const decisions = useResource(
    `decisions of ${range.id} ${name}`,
    (signal) =>
      getDecisions({ subject: name, from: String(Math.floor(now() - range.ms)), limit: DECISIONS_AT_MOST }, signal),
    everyMs,
  );
  const [width, ref] = useWidth();
  const at = useNow();
  const thresholds = useMemo(() => thresholdsOf(autoscaling), [autoscaling]);
  const still = useStill(
    { view: waiting ? undefined : series.value, items: decisions.value?.items ?? [], anomaly, alerts, rollouts },
    `${range.id} ${name}`,
  );
  const { view, items } = still.value;
  const shownAnomaly = still.value.anomaly;
  const marked = useMemo(() => items.filter(isMarked).reverse(), [items]);
  const times = useMemo(() => marked.map((item) => item.at), [marked]);
  const plots = useMemo(() => (view ? plotsOf(view, thresholds, shownAnomaly) : []), [view, thresholds, shownAnomaly]);
  return (
    <>
      <section class="charts" aria-label="History" ref={ref} {...still.hold}>
        {view === undefined ? (
          series.failure ? (
            <Failed failure={series.failure} what="measurements" retry={series.reload} />
          ) : (
            <Loading what="charts" rows={10} />
          )
        ) : plots.length === 0 && view.series.every((item) => item.status === "failed") ? (
          <Unread />
        ) : plots.length === 0 ? (
          <Empty title={`Nothing was measured in the last ${range.label}.`}>
            <p>No measurement means not known: Headgate holds until there is one.</p>
          </Empty>
        ) : (
          width > 0 && (
            <>
              <Marks items={marked} from={view.from} to={view.to} width={width} now={at} />
              <DeployMarks items={still.value.rollouts} from={view.from} to={view.to} width={width} now={at} />
              <AlertMarks items={still.value.alerts} from={view.from} to={view.to} width={width} now={at} />
              {plots.map((plot, index) => (
                <Chart
                  key={plot.id}
                  plot={plot}
                  from={view.from}
                  to={view.to}
                  decisions={times}
                  width={width}
                  last={index === plots.length - 1}
                  now={at}
                />
              ))}
              {view && <MissingPanels view={view} />}
              <BandsFrom plots={plots} view={view} now={at} />
            </>
          )
        )}
      </section>
      <section>
        <div class="section-head">
          <h2>Decisions, last {range.label}</h2>
          <a href={`${pageLink("/decisions").split("?")[0]}?subject=${encodeURIComponent(name)}`}>
            All of this service
          </a>
        </div>
        {decisions.value === undefined ? (
          decisions.failure ? (
            <Failed failure={decisions.failure} what="decisions" retry={decisions.reload} />
          ) : (
            <Loading what="decisions" />
          )
        ) : decisions.value.items.length === 0 ? (
          <Empty title={`Nothing was decided in the last ${range.label}.`} />
        ) : (
          <DecisionList
            items={decisions.value.items.slice(0, LISTED)}
            subject={false}
            caption="Decisions of this service, newest first"
          />
        )}
      </section>
    </>
  );
}

/** The source did not answer: that nothing was measured would be another thing to say. */
function Unread() {
  return (
    <div class="look look-error" role="alert">
      <p class="look-title">The measurements cannot be read</p>
      <p>The API answers, but what it reads them from does not. It is tried again by itself.</p>
      <p class="muted">What is not known is not zero: Headgate changes nothing meanwhile.</p>
    </div>
  );
}

/** Charts that are not there because their measurements could not be read, said instead of left out. */
function MissingPanels({ view }: { view: SeriesView }) {
  const failed = unreadPanels(view);
  if (failed.length === 0) return null;
  return <p class="chart-missing">Could not be read: {failed.map((title) => title.toLowerCase()).join(", ")}.</p>;
}

/** Bands are kept for the last points only: that they begin later than the lines is said. */
function BandsFrom({ plots, view, now: at }: { plots: readonly Plot[]; view: SeriesView; now: number }) {
  const starts = plots.flatMap((plot) => plot.bands.flatMap((band) => band.points[0]?.at ?? []));
  if (starts.length === 0) return null;
  const oldest = Math.min(...starts);
  if (oldest - view.from < (view.to - view.from) / 10) return null;
  return (
    <p class="chart-note">What was expected is shown from {clockTime(oldest, at)} on: older points are not kept.</p>
  );
}

const isMarked = (item: DecisionSummary): boolean => item.acted || BY_HAND.has(item.reason);
