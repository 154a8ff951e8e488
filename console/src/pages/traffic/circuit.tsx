import { useEffect, useState } from "preact/hooks";
import type { CircuitDetailView } from "../../../../functions/api/views-breakers.ts";
import { getCircuit } from "../../api-traffic.ts";
import { admitsText, circuitStanding, countdownText, countedText, forcedText, inForce } from "../../circuit-words.ts";
import { useNow } from "../../clock.ts";
import { clockTime, plural, words } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { DecisionList } from "../../parts/decision-list.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { Ago } from "../../parts/time.tsx";
import { ForceDialog, ReleaseDialog } from "../../parts/traffic/force-dialog.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { pageLink, trafficLink } from "../../router.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { breakerText } from "../../traffic-config.ts";

const PAGE = 50;
const MOST = 500;

/** One circuit: what a caller meets, why, since when, and what a person can do about it. */
export function CircuitPage({ name }: { name: string }) {
  const [room, setRoom] = useState(PAGE);
  const { value, failure, reload } = useResource(
    `circuit ${name}`,
    (signal) => getCircuit(name, room, signal),
    usePollMs(),
  );
  // More of it is asked for under the same name: what is shown stays until it has come.
  useEffect(() => {
    if (room > PAGE) reload();
  }, [room, reload]);
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/traffic/circuits")}>Circuits</a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{name}</bdi>
        </h1>
        {value && <CircuitButtons view={value} />}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="such circuit" retry={reload} />
        ) : (
          <Loading what="the circuit" rows={8} />
        )
      ) : (
        <>
          <Standing view={value} />
          <section>
            <h2>Its rule</h2>
            <dl class="facts">
              {breakerText(value.policy).flatMap(([title, text]) => [
                <dt key={`${title} name`}>{title}</dt>,
                <dd key={title}>{text}</dd>,
              ])}
            </dl>
          </section>
          <section>
            <h2>What became of it</h2>
            {value.history.length === 0 ? (
              <Empty title="It has never been anything but closed." />
            ) : (
              <DecisionList items={value.history} subject={false} caption="Changes of this circuit, newest first" />
            )}
            {value.history.length >= room && room < MOST && (
              <div class="more">
                <button type="button" onClick={() => setRoom(Math.min(MOST, room * 3))}>
                  Show more
                </button>
              </div>
            )}
          </section>
        </>
      )}
    </>
  );
}

function CircuitButtons({ view }: { view: CircuitDetailView }) {
  const denial = useActDenial();
  return (
    <span class="act-buttons">
      {view.forced && (
        <button
          type="button"
          data-circuit="release"
          disabled={denial !== undefined}
          title={denial}
          onClick={() => sheet.set(<ReleaseDialog circuit={view} onClose={closeSheet} />)}
        >
          Release
        </button>
      )}
      <button
        type="button"
        data-circuit="force"
        disabled={denial !== undefined}
        title={denial}
        onClick={() => sheet.set(<ForceDialog circuit={view} onClose={closeSheet} />)}
      >
        {view.forced ? "Force otherwise" : "Force"}
      </button>
      {denial && <span class="act-denied">{denial}</span>}
    </span>
  );
}

/** Circuits of gateways are called after a service and its backend. */
const serviceOf = (name: string): string | undefined => /^([^/]+)\/./u.exec(name)?.[1];

function Standing({ view }: { view: CircuitDetailView }) {
  const now = useNow();
  const circuit = inForce(view, now);
  const counted = countedText(view.policy, circuit, now);
  const countdown = countdownText(circuit, now);
  const service = serviceOf(view.circuit);
  const { last, probes } = circuit;
  return (
    <section aria-label="State" class="summary">
      <p class="summary-line" aria-live="polite">
        <StandingMark standing={circuitStanding(circuit)} />
        <span>
          since <Ago at={circuit.since} />
        </span>
        <strong>{admitsText(circuit)}</strong>
      </p>
      {circuit.forced && (
        <p class="note">
          <strong>{words(circuitStanding(circuit).word)}</strong> <bdi>{forcedText(circuit.forced, now)}</bdi>
        </p>
      )}
      <dl class="facts">
        {counted && (
          <>
            <dt>counted</dt>
            <dd data-counted>{counted}</dd>
          </>
        )}
        {countdown && (
          <>
            <dt>open until</dt>
            <dd>{countdown}</dd>
          </>
        )}
        {probes.length > 0 && (
          <>
            <dt>probes</dt>
            <dd>
              {probes.map(({ owner, until }) => (
                <span key={owner} class="probe">
                  <code>
                    <bdi>{owner}</bdi>
                  </code>
                  {until > now ? `, lost unless answered by ${clockTime(until, now)}` : ", lost"}
                </span>
              ))}
            </dd>
          </>
        )}
        {circuit.opens > 0 && (
          <>
            <dt>openings</dt>
            <dd>{plural(circuit.opens, "opening")} in a row without a close between them</dd>
          </>
        )}
        {last && (
          <>
            <dt>last change</dt>
            <dd>
              {words(last.reason)}, <Ago at={last.at} />, by <bdi>{last.by}</bdi>
            </dd>
          </>
        )}
        <dt>epoch</dt>
        <dd>
          {circuit.epoch}{" "}
          <span class="muted">(outcomes of calls that were admitted in an earlier one do not count)</span>
        </dd>
        {service && (
          <>
            <dt>service</dt>
            <dd>
              <a href={trafficLink(service)}>
                <bdi>{service}</bdi>
              </a>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
