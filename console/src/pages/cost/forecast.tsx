import { useState } from "preact/hooks";
import type { CostBudget, CostForecast } from "../../../../functions/api/views-cost.ts";
import { getBudgets, getCostAnomalies, getForecast } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { COST_VERDICTS, type CostVerdict, judgeAct } from "../../cost-acts.ts";
import { BUDGETS } from "../../cost-words.ts";
import { number, plural, told } from "../../format.ts";
import { money } from "../../money.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { longDay, MadeUp, Money, NoFigure, Notes } from "../../parts/cost/figure.tsx";
import { CostTabs } from "../../parts/cost/tabs.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { useResource } from "../../resource.ts";

const REST_MS = 30_000;
/** Every service is scored for it, day by day. */
const ANOMALIES_REST_MS = 300_000;

/** Where the month will end, whether it stays within what was meant, and which days were unusual. */
export function ForecastPage() {
  const { value, failure, reload } = useResource(
    "cost forecast",
    () => calmly("cost forecast", "", REST_MS, (signal) => getForecast(signal)),
    REST_MS,
  );
  return (
    <>
      <CostTabs />
      <h1 tabIndex={-1}>Forecast and budgets</h1>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="forecast" retry={reload} />
        ) : (
          <Loading what="the forecast" rows={3} />
        )
      ) : (
        <Foreseen view={value} />
      )}
      <Budgets />
      <Unusual />
    </>
  );
}

function Foreseen({ view }: { view: CostForecast }) {
  const { status, spent, expected, low, high, level, through, notes, sources } = view;
  if (status !== "known" && status !== "insufficient") return <NoFigure status={status} sources={sources} />;
  const currency = view.currency ?? "";
  const [least, most] = [Number(low), Number(high)];
  const top = Math.max(Number(spent ?? 0), most || 0) || 1;
  const share = (value: number) => `${Math.max(0, Math.min(100, (100 * value) / top))}%`;
  return (
    <section>
      {sources.some((one) => one.status === "read" && one.finality === "made_up") && <MadeUp />}
      <h2>
        {longDay(view.from)} to {longDay(view.to)}
      </h2>
      <p class="figure-line">
        <span class="cost-total">
          {spent === undefined ? <span class="none">not known</span> : <Money amount={spent} currency={currency} />}
        </span>
        <span class="muted">so far{through && `, whole days through ${longDay(through)}`}</span>
      </p>
      {expected === undefined || low === undefined || high === undefined ? (
        <p>The end of the month cannot be told yet.</p>
      ) : (
        <>
          <div
            class="foreseen"
            role="img"
            aria-label={`${money(expected, currency)} foreseen, between ${money(low, currency)} and ${money(high, currency)}`}
          >
            <span class="foreseen-band" style={{ left: share(least), width: share(most - least) }} />
            <span class="foreseen-spent" style={{ width: share(Number(spent ?? 0)) }} />
            <span class="foreseen-mark" style={{ left: share(Number(expected)) }} />
          </div>
          <p>
            <strong>{money(expected, currency)}</strong> foreseen for the whole month,{" "}
            {level !== undefined && `in ${number(100 * level)} of 100 months `}between {money(low, currency)} and{" "}
            {money(high, currency)}, <span class="muted">from {plural(view.history, "day")} of history</span>
          </p>
        </>
      )}
      <Notes notes={notes} />
    </section>
  );
}

function Budgets() {
  const { value, failure, reload } = useResource(
    "cost budgets",
    () => calmly("cost budgets", "", REST_MS, (signal) => getBudgets(signal)),
    REST_MS,
  );
  return (
    <section>
      <h2>Budgets</h2>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="budgets" retry={reload} />
        ) : (
          <Loading what="budgets" rows={3} />
        )
      ) : value.items.length === 0 ? (
        <Empty title="There is no budget.">
          <pre>{'cost:\n  budgets: { platform: { amount: "700" } }'}</pre>
        </Empty>
      ) : (
        <Table class="cost-budgets">
          <caption class="unseen">Budgets, what is spent of each, and where its period will end</caption>
          <Thead>
            <Tr>
              <Th>Budget</Th>
              <Th>State</Th>
              <Th>Spent</Th>
              <Th class="number">Foreseen</Th>
            </Tr>
          </Thead>
          <Tbody>
            {value.items.map((one) => (
              <BudgetRow key={one.name} one={one} />
            ))}
          </Tbody>
        </Table>
      )}
    </section>
  );
}

function BudgetRow({ one }: { one: CostBudget }) {
  const { name, spent, percent, forecast, amount, currency, alertAt } = one;
  return (
    <Tr data-budget={name}>
      <RowTh class="name">
        <bdi>{one.tenant === undefined ? name : `${one.tenant}, tenant`}</bdi>
        <span class="outcome">
          {money(amount, currency)} a {one.every}
          {alertAt.length > 0 && `, alerts at ${alertAt.map((at) => `${number(at)}\u00a0%`).join(", ")}`}
        </span>
      </RowTh>
      <Td>
        <StandingMark standing={BUDGETS[one.state]} />
        {one.text && (
          <span class="outcome">
            <bdi>{told(one.text)}</bdi>
          </span>
        )}
      </Td>
      <Td class="spent">
        {spent === undefined || percent === undefined ? (
          <span class="none">not known</span>
        ) : (
          <>
            <progress class="bar" max={100} value={Math.min(100, percent)} aria-label={`${name}: how much is spent`} />
            <Money amount={spent} currency={currency} /> <span class="muted">{number(percent)}&nbsp;%</span>
          </>
        )}
      </Td>
      <Td class="number" data-label="foreseen">
        {forecast === undefined ? <span class="none">not known</span> : money(forecast, currency)}
        {one.low !== undefined && one.high !== undefined && (
          <span class="outcome">
            {money(one.low, currency)} to {money(one.high, currency)}
          </span>
        )}
      </Td>
    </Tr>
  );
}

function Unusual() {
  const { value, failure } = useResource(
    "cost anomalies",
    () => calmly("cost anomalies", "", ANOMALIES_REST_MS, (signal) => getCostAnomalies(signal)),
    ANOMALIES_REST_MS,
  );
  // What was said here, until the next answer knows it too.
  const [words, setWords] = useState<Readonly<Record<string, CostVerdict>>>({});
  if (value === undefined) return failure ? <p class="muted">Unusual days are not known: {failure.message}</p> : null;
  return (
    <section>
      <h2>Unusual days</h2>
      {value.items.length === 0 ? (
        <p class="muted">
          {value.sources.some(({ status }) => status === "read")
            ? "No day of the last 30 was unusual."
            : "Not known: no source has bills of the last 30 days."}
        </p>
      ) : (
        <Table class="cost-plain unusual">
          <caption class="unseen">Days that cost otherwise than expected, newest first</caption>
          <Thead>
            <Tr>
              <Th>Day</Th>
              <Th>Of</Th>
              <Th class="number">Cost</Th>
              <Th>What</Th>
            </Tr>
          </Thead>
          <Tbody>
            {value.items.map((one) => (
              <Tr key={one.id} data-unusual={one.id}>
                <Td>{longDay(one.day)}</Td>
                <RowTh>
                  <bdi>{one.of}</bdi>
                </RowTh>
                <Td class="number">
                  <Money amount={one.cost} currency={value.currency ?? ""} />
                </Td>
                <Td>
                  <bdi>{told(one.text)}</bdi>
                  <Said word={words[one.id] ?? one.feedback} />
                  <span class="act-buttons">
                    {COST_VERDICTS.map(([verdict, label], at) => (
                      <ActButton
                        key={verdict}
                        name={verdict}
                        label={`${label}…`}
                        act={judgeAct(one, at, (word) => setWords((all) => ({ ...all, [one.id]: word })))}
                      />
                    ))}
                  </span>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </section>
  );
}

function Said({ word }: { word: CostVerdict | undefined }) {
  const said = COST_VERDICTS.find(([verdict]) => verdict === word)?.[1];
  return said === undefined ? null : <span class="outcome">Somebody said: {said.toLowerCase()}.</span>;
}
