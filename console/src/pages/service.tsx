import { useMemo } from "preact/hooks";
import type { ServiceView } from "../../../functions/api/views.ts";
import type { DeliveryServiceView, RolloutSummaryView } from "../../../functions/api/views-delivery.ts";
import { isAbout } from "../alert-words.ts";
import { getService } from "../api.ts";
import { getAnomaly } from "../api-anomaly.ts";
import { getDeliveryOf } from "../api-delivery.ts";
import { getAlerts } from "../api-monitoring.ts";
import { useNow } from "../clock.ts";
import { clockTime } from "../format.ts";
import { ActButtons, actsFor } from "../parts/act-buttons.tsx";
import { Behaviour } from "../parts/behaviour.tsx";
import { Counts } from "../parts/counts.tsx";
import { withoutSubject } from "../parts/decision-list.tsx";
import { DeliveryLine } from "../parts/delivery/line.tsx";
import { Health } from "../parts/health.tsx";
import { Instances } from "../parts/instances.tsx";
import { Failed, Loading } from "../parts/looks.tsx";
import { ScalingLater } from "../parts/scaling/later.tsx";
import { ServiceHistory } from "../parts/service-history.tsx";
import { Latest } from "../parts/service-table.tsx";
import { Ago } from "../parts/time.tsx";
import { TrafficLine } from "../parts/traffic/line.tsx";
import { usePollMs } from "../poll.ts";
import { useResource } from "../resource.ts";
import { drawerLink, labLink } from "../router.ts";

const RUNS_ON = {
  local: "local processes",
  ecs: "on ECS",
  flink: "a job on Flink",
  "managed-flink": "on Managed Flink",
  other: "",
} as const satisfies Record<ServiceView["service"]["runsOn"], string>;

/** One service: how it is, what may be done to it, and its history on one time axis. */
export function Service({ name }: { name: string }) {
  const everyMs = usePollMs();
  const { value, failure, reload } = useResource(`service ${name}`, (signal) => getService(name, signal), everyMs);
  const scored = value?.anomaly !== undefined;
  const anomaly = useResource(
    scored ? `anomaly ${name}` : `unscored ${name}`,
    async (signal) => (scored ? getAnomaly(name, signal) : undefined),
    everyMs,
  );
  const alerts = useResource("alerts", getAlerts, everyMs);
  const delivery = useResource(`delivery of ${name}`, (signal) => getDeliveryOf(name, signal), everyMs).value;
  const rollouts = useMemo(() => (delivery ? rolloutsOf(delivery) : []), [delivery]);
  const about = useMemo(() => alerts.value?.items.filter((one) => isAbout(one, name)) ?? [], [alerts.value, name]);
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{name}</bdi>
        </h1>
        {value && <ActButtons service={value.service} acts={actsFor(value.service)} />}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`service ${name}`} retry={reload} />
        ) : (
          <Loading what="the service" rows={8} />
        )
      ) : (
        <>
          <Summary view={value} />
          <TrafficLine name={name} />
          {delivery && <DeliveryLine view={delivery} />}
          <ScalingLater name={name} autoscaling={value.autoscaling} last={value.service.lastDecision?.id} />
          {anomaly.value && <Behaviour view={anomaly.value} />}
          {scored && anomaly.value === undefined && anomaly.failure && (
            <p class="note">What was expected of it cannot be read: {anomaly.failure.message}</p>
          )}
          <ServiceHistory
            name={name}
            runsOn={value.service.runsOn}
            autoscaling={value.autoscaling}
            anomaly={anomaly.value}
            waiting={scored && anomaly.loading}
            alerts={about}
            rollouts={rollouts}
          />
          {value.service.status && <Instances status={value.service.status} />}
        </>
      )}
    </>
  );
}

/** The one under way and those that ended, as far as they are kept. */
const rolloutsOf = ({ summary, ended }: DeliveryServiceView): readonly RolloutSummaryView[] => [
  ...(summary.current ? [summary.current] : []),
  ...ended,
];

function Summary({ view }: { view: ServiceView }) {
  const { service } = view;
  const now = useNow();
  const { paused, override, status, lastDecision } = service;
  return (
    <section aria-label="State" class="summary">
      <p class="summary-line">
        <Health health={service.health} />
        <Counts service={service} />
        <span>
          cpu <Latest service={service} metric="cpu" />
        </span>
        <span>
          memory <Latest service={service} metric="memory" />
        </span>
        <span>
          load <Latest service={service} metric="requests" />
        </span>
        {service.mode && (
          <span>
            mode {service.mode}, min {service.min}, max {service.max}
          </span>
        )}
        {service.mode && <a href={labLink(service.name)}>Policy lab</a>}
        <span>{RUNS_ON[service.runsOn]}</span>
      </p>
      {lastDecision && (
        <p class="last-decision">
          <span class="muted">
            Last decision <Ago at={lastDecision.at} />:
          </span>{" "}
          <a href={drawerLink(lastDecision.id)}>{withoutSubject(lastDecision)}</a>
        </p>
      )}
      {status?.trouble && (
        <p class="note note-bad">
          <strong>Trouble:</strong> {status.trouble}
        </p>
      )}
      {service.health === "unknown" && (
        <p class="note">
          The fleet does not answer for this service. What is not known is not zero: Headgate changes nothing meanwhile.
        </p>
      )}
      {paused && (
        <p class="note">
          <strong>Paused{paused.direction === "all" ? "" : paused.direction === "out" ? " outward" : " inward"}</strong>{" "}
          by <bdi>{paused.by}</bdi>{" "}
          {paused.until === undefined ? "until somebody resumes it" : `until ${clockTime(paused.until, now)}`}:{" "}
          {paused.why}
        </p>
      )}
      {override && (
        <p class="note">
          <strong>Held at {override.desired}</strong> by <bdi>{override.by}</bdi> until {clockTime(override.until, now)}
          : {override.why}
        </p>
      )}
      {service.mode === undefined && (
        <p class="note">Headgate does not scale this service: it has no entry under autoscaling.</p>
      )}
    </section>
  );
}
