import { useState } from "preact/hooks";
import type { TrafficBackendView } from "../../../../functions/api/views-traffic.ts";
import type { BackendAct } from "../../backend-acts.ts";
import { circuitStanding, inForce } from "../../circuit-words.ts";
import { useNow } from "../../clock.ts";
import { duration, number } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { circuitLink } from "../../router.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { BACKEND_STATES, backendWhy, ejectedText } from "../../traffic-words.ts";
import { HeldList } from "../held-list.tsx";
import { RowTh, Td, Tr } from "../table.tsx";
import { BackendDialog } from "./backend-dialog.tsx";
import { ShareBar } from "./share-bars.tsx";
import { StandingMark } from "./standing.tsx";

const ROOM = 50;

const idOf = (one: TrafficBackendView): string => one.id;

/** Backends with all that is known of each. `windowMs`: what "lately" means; absent: no gateway here sees them. */
export function BackendList(props: {
  service: string;
  items: readonly TrafficBackendView[];
  windowMs: number | undefined;
  /** Backends that are ok, of all. */
  ok: number;
}) {
  const [room, setRoom] = useState(ROOM);
  const lately = props.windowMs === undefined ? "" : `, last ${duration(props.windowMs)}`;
  return (
    <HeldList
      items={props.items}
      idOf={idOf}
      kind="backends"
      caption="Backends, those in whose way something is first"
      heads={["Backend", "State", `Share${lately}`, "In flight", "p50, p99", "Failed", "Circuit", "By hand"]}
      row={(one) => <BackendRow key={one.id} service={props.service} one={one} ok={props.ok} />}
      most={room}
      more={(rows) =>
        rows > room && (
          <div class="more">
            <button type="button" onClick={() => setRoom(room + 4 * ROOM)}>
              Show more ({rows - room} left)
            </button>
          </div>
        )
      }
    />
  );
}

const places = ({ zone, region, version, tags, weight, priority, source }: TrafficBackendView): readonly string[] => [
  ...(version === undefined ? [] : [`version ${version}`]),
  ...(zone === undefined ? [] : [`zone ${zone}`]),
  ...(region === undefined ? [] : [`region ${region}`]),
  ...(weight === 1 ? [] : [`weight ${weight}`]),
  ...(priority === 0 ? [] : [`level ${priority}`]),
  ...tags,
  `from ${source}`,
];

function BackendRow({ service, one, ok }: { service: string; one: TrafficBackendView; ok: number }) {
  const now = useNow();
  const { gateway } = one;
  const why = backendWhy(one, now);
  const ejected = one.state === "ejected" ? undefined : ejectedText(one, now);
  return (
    <Tr data-row={one.id} data-state={one.state}>
      <RowTh class="name">
        <bdi class="backend-id" title={one.id}>
          {one.id}
        </bdi>
        <span class="outcome">
          {one.id !== `${one.host}:${one.port}` && (
            <code>
              <bdi>{`${one.host}:${one.port}`}</bdi>{" "}
            </code>
          )}
          <bdi>{places(one).join(" · ")}</bdi>
        </span>
      </RowTh>
      <Td class="state">
        <StandingMark standing={BACKEND_STATES[one.state]} />
        {why && (
          <span class="outcome">
            <bdi>{why}</bdi>
          </span>
        )}
        {gateway?.usable && one.state !== "ok" && <span class="outcome">used all the same: panic</span>}
        {gateway?.slowStartPercent !== undefined && gateway.slowStartPercent < 100 && (
          <span class="outcome">starts slowly: {Math.round(gateway.slowStartPercent)} % of its weight</span>
        )}
        {one.state === "ejected" && <span class="outcome">{ejectedText(one, now)}</span>}
        {ejected && <span class="outcome">was ejected {ejected}</span>}
      </Td>
      <Td class="share">{gateway?.share === undefined ? <NotSeen /> : <ShareBar share={gateway.share} />}</Td>
      <Td class="number" data-label="in flight">
        {gateway ? gateway.active : <NotSeen />}
      </Td>
      <Td class="number times" data-label="p50, p99">
        {gateway?.p50Ms === undefined ? (
          <NotSeen />
        ) : (
          `${number(gateway.p50Ms)}, ${gateway.p99Ms === undefined ? "?" : number(gateway.p99Ms)} ms`
        )}
      </Td>
      <Td class="number" data-label="failed">
        {gateway ? (
          <span class={gateway.failures > 0 ? undefined : "muted"}>
            {number(gateway.failures)} of {number(gateway.requests)}
          </span>
        ) : (
          <NotSeen />
        )}
      </Td>
      <Td class="circuit-cell">
        <Circuit service={service} one={one} now={now} />
      </Td>
      <Td class="acts">
        <BackendButtons service={service} one={one} others={ok - (one.state === "ok" ? 1 : 0)} />
      </Td>
    </Tr>
  );
}

/** No gateway here has seen any: not known, and no zero. */
const NotSeen = () => <span class="none">not seen</span>;

function Circuit({ service, one, now }: { service: string; one: TrafficBackendView; now: number }) {
  if (one.circuit === undefined) return <span class="muted">none</span>;
  const { status, since, forced } = one.circuit;
  const { forced: held } = inForce({ forced: forced as never }, now);
  const mark = <StandingMark standing={circuitStanding({ status, ...(held === undefined ? {} : { forced: held }) })} />;
  // Only what is kept has a page: one that never counted anything is known to its gateway alone.
  return since === undefined ? mark : <a href={circuitLink(`${service}/${one.id}`)}>{mark}</a>;
}

function BackendButtons(props: { service: string; one: TrafficBackendView; others: number }) {
  const { service, one, others } = props;
  const denial = useActDenial();
  const open = (act: BackendAct) =>
    sheet.set(<BackendDialog act={act} service={service} backend={one} others={others} onClose={closeSheet} />);
  if (one.source === "fleet") return <span class="muted">kept by its fleet</span>;
  const draining = one.drainingSince !== undefined;
  const inFile = one.source === "config" ? "It stands in the configuration file: take it out there" : undefined;
  return (
    <span class="act-buttons">
      <button
        type="button"
        data-backend={draining ? "undo" : "drain"}
        disabled={denial !== undefined}
        title={denial}
        aria-label={`${draining ? "Use again" : "Drain"} ${one.id}`}
        onClick={() => open(draining ? "undo" : "drain")}
      >
        {draining ? "Use again" : "Drain"}
      </button>
      <button
        type="button"
        data-backend="remove"
        disabled={denial !== undefined || inFile !== undefined}
        title={denial ?? inFile}
        aria-label={`Remove ${one.id}`}
        onClick={() => open("remove")}
      >
        Remove
      </button>
    </span>
  );
}
