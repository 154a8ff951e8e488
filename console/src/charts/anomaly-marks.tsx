import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { clockTime, plural, told } from "../format.ts";
import { anomalyLink } from "../router.ts";
import { leftOf, rightOf } from "./options.ts";
import { placeSpans } from "./spans.ts";

/** Anomalies at the top of the chart they belong to: a triangle and a bar as long as they lasted, that open the drawer. */
export function AnomalyMarks(props: {
  items: readonly AnomalyView[];
  from: number;
  to: number;
  width: number;
  now: number;
}) {
  const { items, from, to, width, now } = props;
  const left = leftOf(width);
  const spans = placeSpans(items, { from, to, left, width: width - left - rightOf(width) });
  if (spans.length === 0) return null;
  return (
    <div class="anomaly-marks">
      {spans.map((span) => {
        const newest = span.items.at(-1);
        if (newest === undefined) return null;
        const more =
          span.items.length > 1 ? ` (and ${plural(span.items.length - 1, "anomaly", "anomalies")} before)` : "";
        const label = `Anomaly ${clockTime(newest.since, now)}: ${told(newest.sentence)}${more}`;
        const severe = span.items.some((item) => item.severity === "high");
        return (
          <a
            key={`${newest.signal}${newest.since}`}
            class={`anomaly-mark anomaly-${severe ? "high" : "medium"}`}
            href={anomalyLink(newest)}
            style={{ left: `${span.left}px`, width: `${span.width}px` }}
            title={label}
            aria-label={label}
          >
            <span class="triangle" />
            {span.items.length > 1 && <span class="anomaly-count">{span.items.length}</span>}
          </a>
        );
      })}
    </div>
  );
}
