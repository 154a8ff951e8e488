import { useMemo } from "preact/hooks";
import type { RolloutView } from "../../../../functions/api/views-delivery.ts";
import { Chart } from "../../charts/chart.tsx";
import { evidencePlots, isBlind } from "../../charts/evidence.ts";
import { useNow } from "../../clock.ts";
import { ratioText, VERDICTS, visibleText } from "../../delivery-words.ts";
import { clockTime, duration, number, plural, told, words } from "../../format.ts";
import { useStill } from "../../held.ts";
import { nameWords, show } from "../../values.ts";
import { useWidth } from "../../width.ts";
import { Empty } from "../looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";

const RULES = {
  sequential: "a sequential test: it may be looked at with every tick",
  threshold: "the platform's thresholds",
  kayenta: "Kayenta's judge",
} as const;

type Evidence = NonNullable<RolloutView["evidence"]>;

/** What the gate has seen and how near it is to a verdict: curve against its limit, then the counts it comes from. */
export function EvidenceSection({ rollout, everyMs }: { rollout: RolloutView; everyMs: number }) {
  const { verdict, evidence, curve } = rollout;
  return (
    <section>
      <h2>Evidence</h2>
      {verdict === undefined && curve.length === 0 && (evidence?.tick ?? 0) === 0 ? (
        <Empty title={rollout.endedAt === undefined ? "Nothing has been judged yet." : "Nothing was judged."}>
          {rollout.endedAt === undefined && <p>The gate begins when the new version gets its first share.</p>}
        </Empty>
      ) : (
        <>
          {verdict && (
            <p class="verdict-line" aria-live="polite">
              <StandingMark standing={VERDICTS[verdict.verdict]} />
              <span>{told(verdict.text)}</span>
              <span class="muted">
                {words(verdict.reason)}, <Ago at={verdict.at} />
              </span>
            </p>
          )}
          <Curve rollout={rollout} everyMs={everyMs} />
          {evidence && <Numbers evidence={evidence} rollout={rollout} everyMs={everyMs} />}
        </>
      )}
    </section>
  );
}

function Curve({ rollout, everyMs }: { rollout: RolloutView; everyMs: number }) {
  const [width, ref] = useWidth();
  const now = useNow();
  const still = useStill({ view: rollout.curve }, rollout.id);
  const curve = still.value.view;
  const plots = useMemo(() => evidencePlots(curve, everyMs), [curve, everyMs]);
  const decided = rollout.verdict?.verdict === "fail" ? [rollout.verdict.at] : NOTHING;
  const blind = curve.filter(isBlind).length;
  const first = curve[0]?.at;
  const last = curve.at(-1)?.at;
  if (first === undefined || last === undefined) return null;
  const to = Math.max(last + everyMs, Math.min(rollout.endedAt ?? now, last + (last - first) / 10));
  const from = Math.min(first - everyMs, to - 10 * everyMs);
  return (
    <section class="charts evidence" aria-label="Evidence over time" ref={ref} {...still.hold}>
      {width > 0 &&
        plots.map((plot, index) => (
          <Chart
            key={plot.id}
            plot={plot}
            from={from}
            to={to}
            decisions={decided}
            width={width}
            last={index === plots.length - 1}
            now={now}
          />
        ))}
      {first - rollout.startedAt > KEPT_AWAY_MS && curve.length >= KEPT && (
        <p class="chart-note">Shown from {clockTime(first, now)} on: of older looks only the verdict is kept here.</p>
      )}
      {blind > 0 && <p class="chart-note">{plural(blind, "look")} had no data: gaps, not zeros.</p>}
    </section>
  );
}

/** Fewer points than the API reads back are all there are. */
const KEPT = 100;
const KEPT_AWAY_MS = 600_000;
const NOTHING: readonly number[] = [];
const METRICS = { errors: "errors", slow: "slow requests" } as const;
const rate = ({ count, requests }: { readonly count: number; readonly requests: number }): string =>
  requests === 0 ? "no requests" : `${number(count)} of ${number(requests)}`;
const share = ({ count, requests }: { readonly count: number; readonly requests: number }): string =>
  requests === 0 ? "" : `${number((100 * count) / requests)}\u00a0%`;

function Numbers({ evidence, rollout, everyMs }: { evidence: Evidence; rollout: RolloutView; everyMs: number }) {
  const { rule, tick, joint, limit, alpha, historyTicks, metrics = [], values, missing, visibleRatio } = evidence;
  return (
    <>
      {metrics.length > 0 && (
        <div class="list wide-cards">
          <Table class="metrics">
            <caption class="unseen">Counts of both versions, by what is counted</caption>
            <Thead>
              <Tr>
                <Th>What</Th>
                <Th>
                  New, <bdi class="mono">{rollout.version}</bdi>
                </Th>
                <Th>
                  Old, <bdi class="mono">{rollout.from ?? "–"}</bdi>
                </Th>
                <Th>Ratio (95 % interval)</Th>
                <Th>Would be seen</Th>
                <Th>Shown not to be worse</Th>
              </Tr>
            </Thead>
            <Tbody>
              {metrics.map((one) => (
                <Tr key={one.metric} data-metric={one.metric}>
                  <RowTh class="name">{METRICS[one.metric]}</RowTh>
                  <Td data-label="new">
                    {rate(one.canary)} <span class="muted">{share(one.canary)}</span>
                  </Td>
                  <Td data-label="old">
                    {rate(one.baseline)} <span class="muted">{share(one.baseline)}</span>
                  </Td>
                  <Td data-label="ratio">{ratioText(one) ?? <span class="none">none to tell</span>}</Td>
                  <Td data-label="would be seen">{visibleText(one.visibleRatio ?? null)}</Td>
                  <Td data-label="not worse">
                    {one.cleared
                      ? `yes, by less than ${number(one.passRatio)} ×`
                      : `not yet: ${number(Math.max(0, one.passLog))} of ${number(one.passLimit)}`}
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </div>
      )}
      <dl class="facts">
        <dt>rule</dt>
        <dd>
          {RULES[rule]}
          {alpha !== undefined && `; of ${Math.round(1 / alpha)} good releases it fails one at the most`}
        </dd>
        <dt>looked</dt>
        <dd>
          {plural(tick, "look")}, one every {duration(everyMs)}
          {historyTicks !== undefined && `; ${plural(historyTicks, "look")} of the old version before it`}
          {missing !== undefined && missing.ticks > 0 && `; ${plural(missing.ticks, "look")} without data`}
        </dd>
        {joint !== undefined && limit !== undefined && (
          <>
            <dt>against it</dt>
            <dd data-evidence>
              e-value {number(joint)} of {number(limit)}, at which it fails
            </dd>
          </>
        )}
        {visibleRatio !== undefined && (
          <>
            <dt>would be seen</dt>
            <dd>
              {visibleRatio === null ? "no ratio of errors at this traffic" : `errors ${visibleText(visibleRatio)}`}
            </dd>
          </>
        )}
        {Object.entries(values ?? {}).flatMap(([name, value]) => [
          <dt key={`${name} name`}>{nameWords(name)}</dt>,
          <dd key={name}>{typeof value === "number" ? number(value) : show(value)}</dd>,
        ])}
      </dl>
    </>
  );
}
