import { useState } from "preact/hooks";
import type { TrafficReplayView } from "../../../../functions/api/views-traffic.ts";
import { replayTraffic } from "../../api-traffic.ts";
import { asFailure, type Failure } from "../../failure.ts";
import { duration, number, plural, told, words } from "../../format.ts";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";

type Figures = TrafficReplayView["policies"][number];

const COLUMNS: readonly (readonly [head: string, of: (one: Figures) => number | null, unit: string])[] = [
  ["p50", (one) => one.p50, " ms"],
  ["p99", (one) => one.p99, " ms"],
  ["Busiest over mean", (one) => one.maxOverMean, " ×"],
  ["Spread (cv)", (one) => one.cv, ""],
  ["Keys moved", (one) => one.movedKeysPct, " %"],
  ["Failed", (one) => one.failed, ""],
  ["Ejections", (one) => one.ejections, ""],
  ["Refused", (one) => one.refused, ""],
];

/** "+12 %" against the policy in force; for small counts the difference itself. Empty where nothing differs. */
function differenceText(value: number | null, today: number | null): string {
  if (value === null || today === null || value === today) return "";
  const gap = value - today;
  const sign = gap > 0 ? "+" : "−";
  if (Math.abs(today) < 10) return `${sign}${number(Math.abs(gap))}`;
  const percent = Math.round((Math.abs(gap) / today) * 100);
  return percent === 0 ? "" : `${sign}${percent}\u00a0%`;
}

/** The gateway's latest requests through every policy. Asked for by hand: it computes thousands of requests many times. */
export function ReplayTable({ service }: { service: string }) {
  const [asked, setAsked] = useState<{ readonly view?: TrafficReplayView; readonly failure?: Failure } | "waiting">({});
  const run = () => {
    setAsked("waiting");
    replayTraffic(service).then(
      (view) => setAsked({ view }),
      (error: unknown) => setAsked({ failure: asFailure(error) }),
    );
  };
  const { view, failure } = asked === "waiting" ? {} : asked;
  return (
    <>
      <p>
        <button type="button" data-replay disabled={asked === "waiting"} onClick={run}>
          {asked === "waiting" ? "Computing…" : view ? "Again, with the newest requests" : "Replay the latest requests"}
        </button>{" "}
        <span class="muted">Nothing is sent, nothing is changed.</span>
      </p>
      <div aria-live="polite">
        {failure && <p class="note">It could not be replayed: {failure.message}</p>}
        {view &&
          (view.requests === 0 ? (
            <p class="note">No gateway here has served a request yet.</p>
          ) : (
            <Replayed view={view} />
          ))}
      </div>
    </>
  );
}

const sentence = (text: string): string => `${told(text.charAt(0).toUpperCase() + text.slice(1))}.`;

function Replayed({ view }: { view: TrafficReplayView }) {
  const today = view.policies.find(({ policy }) => policy === view.current);
  const columns = COLUMNS.filter(([, of]) => view.policies.some((one) => of(one) !== null && of(one) !== 0));
  const span = view.from === null || view.to === null ? "" : ` of ${duration(view.to - view.from)}`;
  return (
    <>
      <p>
        <strong>{sentence(view.recommendation)}</strong>
      </p>
      <p class="muted">
        {plural(view.requests, "request")}
        {span}, {view.keys === 0 ? "without keys" : plural(view.keys, "different key")}; differences are against{" "}
        {words(view.current)}, which is in force.
      </p>
      <div class="wide-table">
        <Table class="replayed" data-replayed>
          <caption class="unseen">What each policy would have made of it</caption>
          <Thead>
            <Tr>
              <Th>Policy</Th>
              {columns.map(([head]) => (
                <Th key={head}>{head}</Th>
              ))}
            </Tr>
          </Thead>
          <Tbody>
            {[...(view.recorded ? [view.recorded] : []), ...view.policies].map((one) => (
              <Tr key={one.policy} class={one.policy === view.current ? "picked" : undefined}>
                <RowTh>
                  {one.policy === "recorded" ? "what really was" : words(one.policy)}
                  {one.policy === view.current && <span class="muted"> in force</span>}
                  {one.policy === view.recommended && one.policy !== view.current && <strong> recommended</strong>}
                </RowTh>
                {columns.map(([head, of, unit]) => {
                  const value = of(one);
                  const gap = one.policy === "recorded" ? "" : differenceText(value, today ? of(today) : null);
                  return (
                    <Td key={head} class="number">
                      {value === null ? <span class="none">not known</span> : `${number(value)}${unit}`}
                      {gap && <span class="gap"> {gap}</span>}
                    </Td>
                  );
                })}
              </Tr>
            ))}
          </Tbody>
        </Table>
      </div>
    </>
  );
}
