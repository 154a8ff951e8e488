import { useMemo } from "preact/hooks";
import type { DecisionSummary } from "../../../functions/api/views.ts";
import type { RuleView } from "../../../functions/api/views-monitoring.ts";
import { getQueryRange } from "../api-monitoring.ts";
import { Chart } from "../charts/chart.tsx";
import { comparisonOf } from "../charts/expression.ts";
import { Marks } from "../charts/marks.tsx";
import { LINES_AT_MOST, queriedPlot } from "../charts/queried.ts";
import { now, useNow } from "../clock.ts";
import { useStill } from "../held.ts";
import { usePollMs } from "../poll.ts";
import { useRange } from "../range.ts";
import { useResource } from "../resource.ts";
import { useWidth } from "../width.ts";
import { Empty, Failed, Loading } from "./looks.tsx";
import { At } from "./time.tsx";

const MARKED = new Set(["fired", "resolved"]);

/** What the rule looks at over the page's time range, with the line it is compared with and its decisions on the axis. */
export function RuleChart({ rule, history }: { rule: RuleView; history: readonly DecisionSummary[] }) {
  const range = useRange();
  const comparison = comparisonOf(rule.expr);
  const asked = comparison?.expr ?? rule.expr;
  const answer = useResource(
    `query ${range.id} ${asked}`,
    (signal) => getQueryRange(asked, { from: now() - range.ms, to: now() }, signal),
    usePollMs(),
  );
  const [width, ref] = useWidth();
  const at = useNow();
  const still = useStill({ view: answer.value, history }, `${range.id} ${asked}`);
  const { view } = still.value;
  const marked = useMemo(
    () => still.value.history.filter((item) => MARKED.has(item.reason)).reverse(),
    [still.value.history],
  );
  const times = useMemo(() => marked.map((item) => item.at), [marked]);
  const plot = useMemo(
    () => view && queriedPlot(view, comparison ? "What is compared" : "The expression", comparison),
    [view, asked],
  );
  const oldest =
    plot && plot.lines.length > 0 ? Math.min(...plot.lines.map((line) => line.points[0]?.at ?? Infinity)) : undefined;
  return (
    <section class="charts" aria-label="The expression over time" ref={ref} {...still.hold}>
      {view === undefined || plot === undefined ? (
        answer.failure ? (
          <Failed failure={answer.failure} what="answer to the expression" retry={answer.reload} />
        ) : (
          <Loading what="the chart" rows={8} />
        )
      ) : plot.lines.length === 0 ? (
        <Empty title={`The expression has nothing in the last ${range.label}.`}>
          {comparison === undefined && <p>It gives a value only while it holds.</p>}
        </Empty>
      ) : (
        width > 0 && (
          <>
            <Marks items={marked} from={view.from} to={view.to} width={width} now={at} />
            <Chart plot={plot} from={view.from} to={view.to} decisions={times} width={width} last now={at} />
            {view.series.length > LINES_AT_MOST && (
              <p class="chart-note">
                The {LINES_AT_MOST} highest of {view.series.length} series.
              </p>
            )}
            {oldest !== undefined && oldest - view.from > (view.to - view.from) / 10 && (
              <p class="chart-note">
                No points before <At at={oldest} />:{" "}
                {view.source === "local-window"
                  ? "the window kept on this machine ends there."
                  : "there is no answer for them."}
              </p>
            )}
            {view.warnings.map((warning) => (
              <p key={warning} class="chart-note">
                {warning}
              </p>
            ))}
          </>
        )
      )}
    </section>
  );
}
