import { useMemo } from "preact/hooks";
import type { AnomalyServiceView, AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { Chart } from "../charts/chart.tsx";
import { scoredOf, scoredPlot } from "../charts/scored.ts";
import { useNow } from "../clock.ts";
import { useWidth } from "../width.ts";

const BEFORE_MS = 60 * 60_000;
const AFTER_MS = 20 * 60_000;

/** The signal around its anomaly, as far as its points are kept. */
export function AnomalyChart({ view, anomaly }: { view: AnomalyServiceView; anomaly: AnomalyView }) {
  const [width, ref] = useWidth();
  const now = useNow();
  const newest = view.service.newestAt ?? anomaly.lastAt;
  const from = anomaly.since - BEFORE_MS;
  const to = Math.min(newest, (anomaly.until ?? newest) + AFTER_MS);
  const plot = useMemo(() => {
    const one = scoredOf(view, { from, to }).find(({ signal }) => signal.name === anomaly.signal);
    return one && one.points.length > 1 ? scoredPlot(one) : undefined;
  }, [view, anomaly.signal, from, to]);
  return (
    <section class="charts" aria-label="The signal around it" ref={ref}>
      {plot !== undefined && width > 0 && (
        <Chart plot={plot} from={from} to={to} decisions={NONE} width={width} last now={now} />
      )}
    </section>
  );
}

const NONE: readonly number[] = [];
