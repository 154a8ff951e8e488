import { useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { SeriesView } from "../../../functions/api/views.ts";
import { clockTime, quantity } from "../format.ts";
import { useObservable } from "../store.ts";
import { shade } from "../theme.ts";
import { align } from "./align.ts";
import { chartOptions, type Shown } from "./options.ts";
import { nameOf, type Panel, seriesOf } from "./panels.ts";
import type { Threshold } from "./thresholds.ts";

export interface ChartProps {
  readonly panel: Panel;
  readonly view: SeriesView;
  readonly thresholds: readonly Threshold[];
  readonly decisions: readonly number[];
  readonly width: number;
  readonly last: boolean;
  readonly now: number;
}

/** One uPlot chart. The plot lives as long as its lines are the same ones; data flows into it. */
export function Chart({ panel, view, thresholds, decisions, width, last, now }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const series = seriesOf(panel, view);
  const metrics = series.map((item) => item.metric);
  const failing = new Set(
    series
      .filter((item) => item.metric === "errors" && item.points.some(({ value }) => value > 0))
      .map((one) => one.metric),
  );
  const shown = useRef<Shown>({ from: 0, to: 1, metrics, failing, thresholds, decisions });
  shown.current = {
    from: view.from,
    to: view.to,
    metrics,
    failing,
    thresholds: thresholds.filter((line) => metrics.includes(line.metric)),
    decisions,
  };
  const missing = view.series.filter((item) => panel.metrics.includes(item.metric) && item.status === "failed");
  const shadeNow = useObservable(shade);
  const identity = `${metrics.join()}|${failing.size}|${last}|${shadeNow}`;

  useLayoutEffect(() => {
    const target = host.current;
    if (target === null || width < 1) return;
    const say = (index: number | undefined) => {
      if (readout.current !== null && plot.current !== undefined)
        readout.current.textContent = reading(plot.current, shown.current.metrics, panel.unit, index);
    };
    const made = new uPlot(
      chartOptions(panel, width, last, () => shown.current, say),
      align([]) as uPlot.AlignedData,
      target,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = undefined;
    };
  }, [identity, width]);

  useLayoutEffect(() => {
    plot.current?.setData(align(series) as unknown as uPlot.AlignedData);
  }, [view, thresholds, decisions, identity, width]);

  return (
    <section class="chart" aria-label={panel.title}>
      <header class="chart-head">
        <h3>
          {panel.title}
          {panel.unit !== "" && <span class="unit"> {panel.unit}</span>}
        </h3>
        <p ref={readout} class="chart-readout" aria-hidden="true" />
        {missing.length > 0 && (
          <span class="chart-missing">could not be read: {missing.map((item) => nameOf(item.metric)).join(", ")}</span>
        )}
      </header>
      <div ref={host} class="chart-plot" role="img" aria-label={describe(panel, series, now)} />
    </section>
  );
}

/** The values under the hover line, as words; nothing where there is a gap. */
function reading(u: uPlot, metrics: readonly string[], unit: string, index: number | undefined): string {
  if (index === undefined) return "";
  const at = u.data[0][index];
  if (at === undefined) return "";
  const parts = metrics.map((metric, line) => {
    const value = u.data[line + 1]?.[index];
    return `${nameOf(metric)} ${typeof value === "number" ? quantity(value, unit) : "not known"}`;
  });
  return `${clockTime(at * 1000, at * 1000)}  ${parts.join(" · ")}`;
}

/** What the picture says, for those who do not see it. */
function describe(panel: Panel, series: ReturnType<typeof seriesOf>, now: number): string {
  const parts = series.map((item) => {
    const values = item.points.map((point) => point.value);
    const newest = item.points.at(-1);
    return `${nameOf(item.metric)} from ${quantity(Math.min(...values), panel.unit)} to ${quantity(Math.max(...values), panel.unit)}, ${newest ? `${quantity(newest.value, panel.unit)} at ${clockTime(newest.at, now)}` : ""}`;
  });
  return `${panel.title}: ${parts.join("; ")}`;
}
