import type { CostReport } from "../../../../functions/api/views-cost.ts";
import { getReport, reportUrl } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { useNow } from "../../clock.ts";
import { type DayCost, dayText, NOT_SAID, restOf, type Stack, stackOf } from "../../cost-days.ts";
import { words } from "../../format.ts";
import { FilterChoice } from "../../parts/alerting/filter-field.tsx";
import { DaysChart } from "../../parts/cost/days-chart.tsx";
import { Drivers } from "../../parts/cost/drivers.tsx";
import { FigureLine, isMadeUp, Lacking, MadeUp, Money, NoFigure } from "../../parts/cost/figure.tsx";
import { GroupTable } from "../../parts/cost/group-table.tsx";
import { CostTabs } from "../../parts/cost/tabs.tsx";
import { Tree } from "../../parts/cost/tree.tsx";
import { ExportLinks } from "../../parts/export-links.tsx";
import { Failed, Loading } from "../../parts/looks.tsx";
import { useResource } from "../../resource.ts";
import { pageLink, usePlace } from "../../router.ts";

const DAY_MS = 86_400_000;
const REST_MS = 30_000;
/** Colours there are. */
const SERIES = 8;

const GROUPS: readonly (readonly [value: string, label: string])[] = [
  ["resource_type", "resource type"],
  ["resource_kind", "kind of resource"],
  ["region", "region"],
  ["account", "account"],
  ["category", "category"],
  ["usage_type", "usage type"],
  ["tenant", "tenant"],
];
const SPANS: readonly (readonly [value: string, label: string])[] = [
  ["7d", "7 days"],
  ["90d", "90 days"],
  ["month", "this month"],
];

const FORMATS = [
  ["csv", "CSV"],
  ["md", "Markdown"],
  ["html", "HTML"],
] as const;

/** The days that are meant, by the clock of the control plane. */
export function spanOf(span: string, now: number): { readonly from: string; readonly to: string } {
  const today = dayText(now);
  if (span === "month") return { from: `${today.slice(0, 8)}01`, to: today };
  const days = /^(\d{1,3})d$/.exec(span)?.[1];
  return { from: dayText(now - (Math.min(400, Number(days ?? 30)) - 1) * DAY_MS), to: today };
}

const memberOf = (by: string): string => by.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

interface Both {
  readonly days: CostReport;
  /** The sum of each day. */
  readonly sums: CostReport;
  readonly whole: CostReport;
}

/** What it costs: by day, by what it is for, and what changed. */
export function ReportPage() {
  const { query } = usePlace();
  const now = useNow();
  const by = query.get("by") ?? "service";
  const { from, to } = spanOf(query.get("span") ?? "30d", now);
  const basis = query.get("basis") ?? "";
  const key = `cost ${by} ${from} ${to} ${basis}`;
  const ask = async (signal: AbortSignal): Promise<Both> => {
    const days = await getReport({ from, to, basis, groupBy: `day,${by}` }, signal);
    const whole = await getReport({ from, to, basis, groupBy: by }, signal);
    const sums = whole.unallocated === "0" ? days : await getReport({ from, to, basis, groupBy: "day" }, signal);
    return { days, sums, whole };
  };
  const { value, failure, reload } = useResource(key, () => calmly(key, "", REST_MS, ask), REST_MS);
  return (
    <>
      <CostTabs />
      <div class="page-head">
        <h1 tabIndex={-1}>Cost</h1>
        <div class="filters">
          <FilterChoice name="span" label="Days" any="30 days" options={SPANS} />
          <FilterChoice name="by" label="By" any="service" options={GROUPS} />
          <FilterChoice
            name="basis"
            label="Basis"
            any="as configured"
            options={[
              ["billed", "billed"],
              ["effective", "effective"],
            ]}
          />
        </div>
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="report" retry={reload} />
        ) : (
          <Loading what="the report" rows={10} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <Shown both={value} by={by} from={from} to={to} />
        </>
      )}
    </>
  );
}

function Shown({ both: { days, sums, whole }, by, from, to }: { both: Both; by: string; from: string; to: string }) {
  const { status, total, unallocated } = whole;
  if (status !== "known" || total === null || unallocated === null)
    return <NoFigure status={status === "known" ? "none" : status} sources={whole.sources} />;
  const currency = whole.currency ?? "";
  const member = memberOf(by);
  const named = (value: unknown): string | null => (typeof value === "string" ? value : null);
  const dayCost = (row: CostReport["rows"][number]): DayCost => ({
    ...{ day: String(row["day"]), of: named(row[member]), cost: row.cost },
  });
  const stated = days.rows.map(dayCost);
  const rows = sums === days ? stated : [...stated, ...restOf(stated, sums.rows.map(dayCost))];
  const finalities = new Map(days.days.map((one) => [one.day, one.finality]));
  // The day that goes on: a bill that has nothing of it yet lacks nothing.
  const last = rows.some(({ day }) => day === to) ? to : dayText(Date.parse(to) - DAY_MS);
  const stack: Stack = stackOf(rows, finalities, from, last, SERIES);
  const colourOf = (name: string) => {
    const at = stack.series.indexOf(name);
    return at === -1 ? stack.series.length - 1 : at;
  };
  const parts = whole.rows.map((row) => {
    const name = named(row[member]) ?? NOT_SAID;
    return { name, cost: row.cost, colour: colourOf(name), utilization: row.utilization };
  });
  const noun = words(by);
  return (
    <>
      {isMadeUp(days.days) && <MadeUp />}
      <Lacking sources={whole.sources} />
      <p class="cost-total">
        <Money amount={total} currency={currency} />
      </p>
      <FigureLine figure={whole} days={days.days} />
      <ExportLinks
        name={`cost-${from}-${to}`}
        formats={FORMATS}
        url={(format) => reportUrl({ from, to, basis: whole.basis, groupBy: `day,${by}`, format })}
      />
      <section aria-label="By day">
        <DaysChart stack={stack} currency={currency} title={`Cost by day and ${noun}`} />
      </section>
      <section>
        <h2>By {noun}</h2>
        {by === "tenant" && (
          <p class="hint">
            By charge alone. What tenants share, such as a cluster, is dealt out under{" "}
            <a href={pageLink("/cost/tenants")}>tenants</a>.
          </p>
        )}
        <Tree parts={parts} currency={currency} title={`Cost by ${noun}`} />
        <GroupTable parts={parts} unallocated={unallocated} total={total} currency={currency} noun={noun} />
      </section>
      <Drivers from={from} to={to} />
    </>
  );
}
