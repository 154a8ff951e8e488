import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { DecisionSummary, SeriesView, ServiceSummary } from "../../../functions/api/views.ts";
import { getDecisions, getSeries } from "../api.ts";
import { Chart } from "../charts/chart.tsx";
import { Marks } from "../charts/marks.tsx";
import { chartedOn, PANELS, seriesOf } from "../charts/panels.ts";
import { thresholdsOf } from "../charts/thresholds.ts";
import { now, useNow } from "../clock.ts";
import { useStill } from "../held.ts";
import { usePollMs } from "../poll.ts";
import { useRange } from "../range.ts";
import { useResource } from "../resource.ts";
import { pageLink } from "../router.ts";
import { DecisionList } from "./decision-list.tsx";
import { Empty, Failed, Loading } from "./looks.tsx";

const DECISIONS_AT_MOST = 300;
const LISTED = 20;
/** Decisions of a person: they stand on the axis beside what Headgate did by itself. */
const BY_HAND = new Set(["paused", "resumed", "override_set", "override_cleared", "external_change"]);

/** Charts stacked on one time axis, with the decisions on it and, below, in words. */
export function ServiceHistory(props: { name: string; runsOn: ServiceSummary["runsOn"]; autoscaling: unknown }) {
  const { name, runsOn, autoscaling } = props;
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
  const still = useStill({ view: series.value, items: decisions.value?.items ?? [] }, `${range.id} ${name}`);
  const { view, items } = still.value;
  const marked = useMemo(() => items.filter(isMarked).reverse(), [items]);
  const times = useMemo(() => marked.map((item) => item.at), [marked]);
  const panels = view ? PANELS.filter((panel) => seriesOf(panel, view).length > 0) : [];
  return (
    <>
      <section class="charts" aria-label="History" ref={ref} {...still.hold}>
        {view === undefined ? (
          series.failure ? (
            <Failed failure={series.failure} what="measurements" retry={series.reload} />
          ) : (
            <Loading what="charts" rows={10} />
          )
        ) : panels.length === 0 && view.series.every((item) => item.status === "failed") ? (
          <Unread />
        ) : panels.length === 0 ? (
          <Empty title={`Nothing was measured in the last ${range.label}.`}>
            <p>No measurement means not known: Headgate holds until there is one.</p>
          </Empty>
        ) : (
          width > 0 && (
            <>
              <Marks items={marked} from={view.from} to={view.to} width={width} now={at} />
              {panels.map((panel, index) => (
                <Chart
                  key={panel.id}
                  panel={panel}
                  view={view}
                  thresholds={thresholds}
                  decisions={times}
                  width={width}
                  last={index === panels.length - 1}
                  now={at}
                />
              ))}
              {view && <MissingPanels view={view} />}
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
  const failed = PANELS.filter(
    (panel) =>
      seriesOf(panel, view).length === 0 &&
      view.series.some((item) => panel.metrics.includes(item.metric) && item.status === "failed"),
  );
  if (failed.length === 0) return null;
  return <p class="chart-missing">Could not be read: {failed.map((panel) => panel.title.toLowerCase()).join(", ")}.</p>;
}

const isMarked = (item: DecisionSummary): boolean => item.acted || BY_HAND.has(item.reason);

/** Width of an element, as it changes. */
function useWidth() {
  const ref = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    setWidth(Math.floor(element.clientWidth));
    return () => observer.disconnect();
  }, []);
  return [width, ref] as const;
}
