import type { AlertView } from "../../../functions/api/views-monitoring.ts";
import { alertName, alertText } from "../alert-words.ts";
import { clockTime } from "../format.ts";
import { Icon } from "../icons.tsx";
import { ruleLink } from "../router.ts";
import { leftOf, rightOf } from "./options.ts";

/** Alerts that are there now, from when on: a bell and a bar to the end of the axis, that lead to their rule. */
export function AlertMarks(props: {
  items: readonly AlertView[];
  from: number;
  to: number;
  width: number;
  now: number;
}) {
  const { items, from, to, width, now } = props;
  if (items.length === 0) return null;
  const left = leftOf(width);
  const plotWidth = width - left - rightOf(width);
  return (
    <section class="alert-marks" aria-label="Alerts on the time axis">
      {items.map((alert) => {
        const at = Math.min(1, Math.max(0, (alert.activeAt - from) / Math.max(1, to - from)));
        const start = Math.min(left + at * plotWidth, left + plotWidth - 24);
        const label = `${alert.state} since ${clockTime(alert.firedAt ?? alert.activeAt, now)}: ${alertText(alert)}`;
        return (
          <a
            key={`${alert.rule}${alert.fingerprint}`}
            class={`alert-mark alert-mark-${alert.state}`}
            href={ruleLink(alert.rule)}
            style={{ marginLeft: `${start}px`, width: `${width - start}px` }}
            title={label}
            aria-label={label}
          >
            <span class="alert-bar" style={{ width: `${left + plotWidth - start}px` }}>
              <Icon name="alerts" size={12} />
            </span>
            <bdi>{alertName(alert)}</bdi>
          </a>
        );
      })}
    </section>
  );
}
