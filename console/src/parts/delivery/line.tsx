import type { DeliveryServiceView } from "../../../../functions/api/views-delivery.ts";
import { phaseText, rolloutStanding } from "../../delivery-words.ts";
import { deliveryLink } from "../../router.ts";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";

/** Which version a service is and what is being rolled out, on its page. */
export function DeliveryLine({ view }: { view: DeliveryServiceView }) {
  const { rollout, summary } = view;
  return (
    <p class="traffic-line">
      <span class="muted">Release</span>
      {summary.stable !== undefined && <bdi class="mono">{summary.stable}</bdi>}
      {rollout && (
        <>
          <StandingMark standing={rolloutStanding(rollout)} />
          <span>
            <bdi>{phaseText(rollout)}</bdi>, <Ago at={rollout.endedAt ?? rollout.since} />
          </span>
        </>
      )}
      <a href={deliveryLink(summary.service)}>Releases</a>
    </p>
  );
}
