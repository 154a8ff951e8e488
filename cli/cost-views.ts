import type {
  CostAnomaliesView,
  CostBudgetsView,
  CostDriversView,
  CostForecastView,
  CostSourcesView,
  CostTenantDetailView,
  CostTenantsView,
} from "../functions/cost/views.ts";
import { answer } from "./client.ts";
import { text, texts, type Verb } from "./command.ts";
import { BASIS, basisOf, dayOf, FOCUS, READING, readingOf, SPAN, spanOf } from "./cost-options.ts";
import { tellReading } from "./cost-report.ts";
import { amount, standingText } from "./cost-text.ts";
import { asked, WHERE, withCost } from "./cost-where.ts";
import { UsageError } from "./errors.ts";
import { plain } from "./io.ts";

const told = () => import("./cost-text.ts");

/** Verbs that read files, too, take what reading needs only together with files. */
function filesOf(options: Parameters<typeof texts>[0], help: string): readonly string[] {
  const paths = texts(options, "focus");
  if (paths.length > 0) {
    if (text(options, "config") !== undefined) throw new UsageError("--focus or --config, not both", help);
    return paths;
  }
  for (const { name } of [BASIS, ...READING])
    if (options[name] !== undefined)
      throw new UsageError(`--${name} is for bills in files: give --focus PATH too`, help);
  return paths;
}

export const forecast: Verb = {
  name: "forecast",
  about: "How a month ends, with the interval in which it does; from bills in files, or from what headgate has read.",
  options: [
    FOCUS,
    { name: "month", value: "MONTH", about: "2026-01 (default: the present one; of files their last)" },
    BASIS,
    ...READING,
    ...WHERE,
  ],
  example: "headgate cost forecast --focus bill.csv",
  run: async ({ io, options }) => {
    const help = "headgate cost forecast --help";
    const month = text(options, "month");
    if (month !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
      throw new UsageError(`--month ${JSON.stringify(month)} is no month such as 2026-01`, help);
    const show = async (view: CostForecastView): Promise<0 | 1> => {
      io.document(view);
      for (const line of (await told()).forecastLines(view)) io.line(plain(line));
      return view.expected === undefined ? 1 : 0;
    };
    const paths = filesOf(options, help);
    if (paths.length === 0)
      return withCost(io, options, async (routes) =>
        show(await answer<CostForecastView>(routes.forecast.$get({ query: asked({ month }) }))),
      );
    const basis = basisOf(options, help);
    const { fileForecast } = await import("../functions/cost/file-answers.ts");
    const { view, info } = await fileForecast({
      ...{ paths, stdin: io.stdin, ...readingOf(options, help) },
      ...(basis === undefined ? {} : { basis }),
      ...(month === undefined ? {} : { month }),
    });
    tellReading(io, info);
    return show(view);
  },
};

export const drivers: Verb = {
  name: "drivers",
  about:
    "Why the bill changed against another span: price, volume, new, gone. The lines sum to the difference exactly.",
  options: [
    FOCUS,
    ...SPAN,
    { name: "against-from", value: "DAY", about: "what it is compared with (default: as many days just before)" },
    { name: "against-to", value: "DAY", about: "its last day, which is included" },
    BASIS,
    ...READING,
    ...WHERE,
  ],
  example: "headgate cost drivers --focus bill.csv --from 2026-01-08 --to 2026-01-14",
  run: async ({ io, options }) => {
    const help = "headgate cost drivers --help";
    const span = spanOf(options, help);
    const [againstFrom, againstTo] = [dayOf(options, "against-from", help), dayOf(options, "against-to", help)];
    if ((againstFrom === undefined) !== (againstTo === undefined))
      throw new UsageError("--against-from and --against-to belong together", help);
    const show = async (view: CostDriversView): Promise<0 | 1> => {
      io.document(view);
      for (const line of (await told()).driversLines(view)) io.line(plain(line));
      return view.status === "known" ? 0 : 1;
    };
    const paths = filesOf(options, help);
    if (paths.length === 0)
      return withCost(io, options, async (routes) =>
        show(await answer<CostDriversView>(routes.drivers.$get({ query: asked({ ...span, againstFrom, againstTo }) }))),
      );
    const basis = basisOf(options, help);
    const { fileDrivers } = await import("../functions/cost/file-answers.ts");
    const { view, info } = await fileDrivers({
      ...{ paths, stdin: io.stdin, ...span, ...readingOf(options, help) },
      ...(basis === undefined ? {} : { basis }),
      ...(againstFrom && againstTo ? { against: { from: againstFrom, to: againstTo } } : {}),
    });
    tellReading(io, info);
    return show(view);
  },
};

export const budgets: Verb = {
  name: "budgets",
  about: "Budgets: what is spent of each and where it will end. Exits 1 where one is over.",
  options: WHERE,
  example: "headgate cost budgets",
  run: ({ io, options }) =>
    withCost(io, options, async (routes) => {
      const view = await answer<CostBudgetsView>(routes.budgets.$get());
      io.document(view);
      for (const line of (await told()).budgetLines(view)) io.line(plain(line));
      return view.items.some(({ percent }) => percent !== undefined && percent > 100) ? 1 : 0;
    }),
};

export const sources: Verb = {
  name: "sources",
  about:
    "Who is asked for bills, what came of it, and what asking cost. Exits 1 where one is denied or does not answer.",
  options: [...SPAN, ...WHERE],
  example: "headgate cost sources --config headgate.yaml",
  run: ({ io, options }) =>
    withCost(io, options, async (routes) => {
      const query = spanOf(options, "headgate cost sources --help");
      const view = await answer<CostSourcesView>(routes.sources.$get({ query }));
      io.document(view);
      for (const line of (await told()).sourceLines(view)) io.line(plain(line));
      return view.items.every(({ status }) => status === "read" || status === "none") ? 0 : 1;
    }),
};

/** Names in one line, at the most. */
const LISTED = 10;

export const anomalies: Verb = {
  name: "anomalies",
  about: "Days that cost otherwise than expected. Exits 1 where there is one.",
  options: [...SPAN, ...WHERE],
  example: "headgate cost anomalies --from 2026-01-01",
  run: ({ io, options }) =>
    withCost(io, options, async (routes) => {
      const query = spanOf(options, "headgate cost anomalies --help");
      const view = await answer<CostAnomaliesView>(routes.anomalies.$get({ query }));
      io.document(view);
      const isRead = view.sources.some(({ status }) => status === "read");
      if (view.items.length === 0)
        io.line(
          isRead
            ? "no day cost otherwise than expected"
            : "nothing could be looked at: no source has bills of these days",
        );
      for (const one of view.items)
        io.line(plain(`${one.day} ${one.of}: ${amount(one.cost, view.currency)}: ${one.text}`));
      const { learning } = view;
      if (learning.length > 0)
        io.line(
          plain(
            `too few days to judge: ${learning.slice(0, LISTED).join(", ")}${learning.length > LISTED ? ` and ${learning.length - LISTED} more` : ""}`,
          ),
        );
      for (const note of view.notes) io.line(plain(note));
      return view.items.length === 0 ? 0 : 1;
    }),
};

export const tenants: Verb = {
  name: "tenants",
  about:
    "Show-back: what each tenant costs, or one of them in detail. Shared, idle and unallocated cost stand apart and all sums to the total.",
  positionals: ["[TENANT]"],
  options: [...SPAN, ...WHERE],
  example: "headgate cost tenants --from 2026-01-01 --to 2026-01-31",
  run: ({ io, options, positionals: [name] }) =>
    withCost(io, options, async (routes) => {
      const query = spanOf(options, "headgate cost tenants --help");
      const { tenantLines, tenantsLines } = await import("./cost-text-changes.ts");
      if (name === undefined) {
        const view = await answer<CostTenantsView>(routes.tenants.$get({ query }));
        io.document(view);
        for (const line of tenantsLines(view)) io.line(plain(line));
        return standingText(view.status) === undefined ? 0 : 1;
      }
      const param = { name: encodeURIComponent(name) };
      const view = await answer<CostTenantDetailView>(routes.tenants[":name"].$get({ param, query }));
      io.document(view);
      for (const line of tenantLines(view)) io.line(plain(line));
      return standingText(view.status) === undefined ? 0 : 1;
    }),
};
