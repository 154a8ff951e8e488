import { useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clockTime, number, quantity } from "../format.ts";
import { useObservable } from "../store.ts";
import { shade } from "../theme.ts";
import { align } from "./align.ts";
import { AnomalyMarks } from "./anomaly-marks.tsx";
import { chartOptions, type Shown } from "./options.ts";
import type { Plot } from "./plot.ts";

export interface ChartProps {
  readonly plot: Plot;
  readonly from: number;
  readonly to: number;
  readonly decisions: readonly number[];
  readonly width: number;
  readonly last: boolean;
  readonly now: number;
}

/** One uPlot chart. The plot lives as long as its lines are the same ones; data flows into it. */
export function Chart({ plot, from, to, decisions, width, last, now }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const made = useRef<uPlot | undefined>(undefined);
  const shown = useRef<Shown>({ from, to, plot, decisions });
  shown.current = { from, to, plot, decisions };
  const shadeNow = useObservable(shade);
  const lines = plot.lines.map((line) => `${line.id} ${line.name} ${line.stroke.color}`).join("\n");
  const identity = `${lines}|${last}|${shadeNow}`;

  useLayoutEffect(() => {
    const target = host.current;
    if (target === null || width < 1) return;
    const say = (index: number | undefined) => {
      if (readout.current !== null && made.current !== undefined)
        readout.current.textContent = reading(made.current, shown.current.plot, index);
    };
    const next = new uPlot(
      chartOptions(plot, width, last, () => shown.current, say),
      align([]) as uPlot.AlignedData,
      target,
    );
    made.current = next;
    return () => {
      next.destroy();
      made.current = undefined;
    };
  }, [identity, width]);

  useLayoutEffect(() => {
    made.current?.setData(align(plot.lines) as unknown as uPlot.AlignedData);
  }, [plot, from, to, decisions, identity, width]);

  return (
    <section class="chart" aria-label={plot.title}>
      <header class="chart-head">
        <h3>
          {plot.title}
          {plot.unit !== "" && <span class="unit"> {plot.unit}</span>}
        </h3>
        <p ref={readout} class="chart-readout" aria-hidden="true" />
        {plot.missing.length > 0 && <span class="chart-missing">could not be read: {plot.missing.join(", ")}</span>}
      </header>
      <div class="chart-body">
        <div ref={host} class="chart-plot" role="img" aria-label={describe(plot, now)} />
        <AnomalyMarks items={plot.anomalies} from={from} to={to} width={width} now={now} />
      </div>
    </section>
  );
}

/** The values under the hover line, as words, and where they were expected; nothing where there is a gap. */
function reading(u: uPlot, plot: Plot, index: number | undefined): string {
  const at = index === undefined ? undefined : u.data[0][index];
  if (index === undefined || at === undefined) return "";
  const parts = plot.lines.map((line, place) => {
    const value = u.data[place + 1]?.[index];
    if (typeof value !== "number") return `${line.name} not known`;
    const band = plot.bands.find((one) => one.line === line.id)?.points.find((point) => point.at === at * 1000);
    const expected = band ? ` (expected ${number(band.low)} to ${number(band.high)})` : "";
    return `${line.name} ${quantity(value, plot.unit)}${expected}`;
  });
  return `${clockTime(at * 1000, at * 1000)}  ${parts.join(" · ")}`;
}

/** What the picture says, for those who do not see it. */
function describe(plot: Plot, now: number): string {
  const parts = plot.lines.map((line) => {
    const values = line.points.map((point) => point.value);
    const newest = line.points.at(-1);
    if (newest === undefined) return `${line.name} not known`;
    const band = plot.bands.find((one) => one.line === line.id)?.points.at(-1);
    const expected = band ? `, expected ${number(band.low)} to ${quantity(band.high, plot.unit)}` : "";
    return `${line.name} from ${quantity(Math.min(...values), plot.unit)} to ${quantity(Math.max(...values), plot.unit)}, ${quantity(newest.value, plot.unit)} at ${clockTime(newest.at, now)}${expected}`;
  });
  return `${plot.title}: ${parts.join("; ")}`;
}
