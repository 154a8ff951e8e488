import { useEffect, useState } from "preact/hooks";
import type { TrafficServiceView } from "../../../../functions/api/views-traffic.ts";
import { getTraffic } from "../../api-traffic.ts";
import { clock } from "../../clock.ts";
import { number, quantity, words } from "../../format.ts";
import { DecisionList } from "../../parts/decision-list.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { BackendList } from "../../parts/traffic/backend-list.tsx";
import { Levels } from "../../parts/traffic/levels.tsx";
import { PickForm } from "../../parts/traffic/pick-form.tsx";
import { ReplayTable } from "../../parts/traffic/replay-table.tsx";
import { Failing, Requests } from "../../parts/traffic/service-list.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { Versions } from "../../parts/traffic/versions.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { pageLink, serviceLink } from "../../router.ts";
import { useSecondLook } from "../../second-look.ts";
import { configFacts } from "../../traffic-config.ts";
import { rateOf } from "../../traffic-rates.ts";
import { backendsText, besidesText, byState, PANIC, standingOf } from "../../traffic-words.ts";

const PAGE = 500;
const MOST = 10_000;

/** Traffic of one service: who gets it, who does not and why, and what another policy would make of it. */
export function TrafficService({ name }: { name: string }) {
  const [room, setRoom] = useState(PAGE);
  const { value, failure, reload } = useResource(
    `traffic ${name}`,
    (signal) => getTraffic(name, room, signal),
    usePollMs(),
  );
  useSecondLook(reload);
  useEffect(() => {
    if (room > PAGE) reload();
  }, [room, reload]);
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/traffic")}>Traffic</a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{name}</bdi>
        </h1>
        <a href={serviceLink(name)}>Load, scaling and history</a>
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`traffic of ${name}`} retry={reload} />
        ) : (
          <Loading what="its traffic" rows={8} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <Now view={value} />
          <section>
            <h2>Backends</h2>
            {value.backends.length === 0 ? (
              <Empty title="It has no backends.">
                <p>
                  They come from its fleet, from the configuration, from discovery, or with{" "}
                  <code>headgate traffic register</code>.
                </p>
              </Empty>
            ) : (
              <BackendList
                service={name}
                items={byState(value.backends)}
                windowMs={value.summary.gateway?.windowMs}
                ok={value.summary.backends.ok}
              />
            )}
            {value.cursor !== undefined && room < MOST && (
              <p class="more">
                <button type="button" onClick={() => setRoom(MOST)}>
                  Load all {value.summary.backends.total}
                </button>{" "}
                <span class="muted">These are the first {value.backends.length} by id.</span>
              </p>
            )}
          </section>
          <Levels view={value} />
          <Versions view={value} />
          <section>
            <h2>Why this backend?</h2>
            <PickForm service={name} />
          </section>
          <section>
            <h2>What if another policy?</h2>
            <ReplayTable service={name} />
          </section>
          <section>
            <h2>What was decided lately</h2>
            {value.decisions.length === 0 ? (
              <Empty title="Nothing was decided about it lately." />
            ) : (
              <DecisionList items={value.decisions} caption="Decisions about its traffic, newest first" />
            )}
          </section>
          <section>
            <h2>Configuration in force</h2>
            {!value.summary.configured && (
              <p class="muted">
                The file says nothing about its traffic: these are the defaults. Settings go under{" "}
                <code>traffic: {name}:</code>.
              </p>
            )}
            <dl class="facts">
              {configFacts(value.config, value.checksWithin).flatMap(([title, text]) => [
                <dt key={`${title} name`}>{title}</dt>,
                <dd key={title}>{text}</dd>,
              ])}
            </dl>
            <details>
              <summary>All of it, as JSON</summary>
              <pre>{JSON.stringify(value.config, null, 2)}</pre>
            </details>
          </section>
        </>
      )}
    </>
  );
}

function Now({ view }: { view: TrafficServiceView }) {
  const { summary } = view;
  const { gateway } = summary;
  const rate = rateOf(summary, clock.get()?.speed ?? 1);
  const beside = besidesText(gateway);
  return (
    <section aria-label="State" class="summary">
      <p class="summary-line" aria-live="polite">
        <StandingMark standing={standingOf(summary)} />
        <span>{backendsText(summary.backends)}</span>
        <span>{words(summary.policy)}</span>
        {gateway && (
          <>
            <span>
              <Requests one={summary} rate={rate} />
              {rate?.failing ? (
                <>
                  , <Failing rate={rate} />
                </>
              ) : null}
            </span>
            {gateway.p50Ms !== undefined && (
              <span>
                p50 {quantity(gateway.p50Ms, "ms")}
                {gateway.p99Ms !== undefined && `, p99 ${quantity(gateway.p99Ms, "ms")}`}
              </span>
            )}
          </>
        )}
      </p>
      {summary.panic && (
        <p class="note note-bad">
          <strong>Panic:</strong> {PANIC}.
        </p>
      )}
      {gateway ? (
        <p class="muted">
          {gateway.url && (
            <>
              Gateway <code>{gateway.url}</code>:{" "}
            </>
          )}
          {number(gateway.completed)} served and {number(gateway.failed)} failed of {number(gateway.arrived)} since it
          was opened, {gateway.inFlight} in flight, {gateway.queued}
          {gateway.queuePlaces === undefined ? "" : ` of ${gateway.queuePlaces}`} waiting
          {beside && `; ${beside}`}
          {(gateway.retriesRefused ?? 0) > 0 && `; ${gateway.retriesRefused} retries beyond the budget`}
          {(gateway.limited ?? 0) > 0 && `; ${gateway.limited} beyond the rate limit`}.
        </p>
      ) : (
        <p class="note">
          No gateway of this process serves it: who gets how much is not known here, which is not zero.
        </p>
      )}
    </section>
  );
}
