import type { RolloutSummaryView } from "../../../functions/api/views-delivery.ts";
import { phaseText, rolloutStanding } from "../delivery-words.ts";
import { clockTime } from "../format.ts";
import { Icon } from "../icons.tsx";
import { deliveryLink } from "../router.ts";
import { leftOf, rightOf } from "./options.ts";

const LEAST_PX = 24;

/** Rollouts as long as they lasted, in bars above the charts, that lead to the service's releases. */
export function DeployMarks(props: {
  items: readonly RolloutSummaryView[];
  from: number;
  to: number;
  width: number;
  now: number;
}) {
  const { items, from, to, width, now } = props;
  const shown = items.filter((one) => one.startedAt <= to && (one.endedAt ?? to) >= from);
  if (shown.length === 0) return null;
  const left = leftOf(width);
  const plotWidth = width - left - rightOf(width);
  const x = (at: number) => left + Math.min(1, Math.max(0, (at - from) / Math.max(1, to - from))) * plotWidth;
  return (
    <section class="alert-marks" aria-label="Rollouts on the time axis">
      {shown.map((one) => {
        const start = Math.min(x(one.startedAt), left + plotWidth - LEAST_PX);
        const end = Math.max(start + LEAST_PX, x(one.endedAt ?? to));
        const { word } = rolloutStanding(one);
        const label = `${one.version}, ${word}, begun ${clockTime(one.startedAt, now)}: ${phaseText(one)}`;
        return (
          <a
            key={one.id}
            class="alert-mark deploy-mark"
            href={deliveryLink(one.service)}
            style={{ marginLeft: `${start}px`, width: `${width - start}px` }}
            title={label}
            aria-label={label}
          >
            <span class="alert-bar" style={{ width: `${end - start}px` }}>
              <Icon name="delivery" size={12} />
            </span>
            <bdi>
              {one.version} {word}
            </bdi>
          </a>
        );
      })}
    </section>
  );
}
