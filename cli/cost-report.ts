import type { BillInfo } from "../functions/cost/read-bill.ts";
import { DEFAULT_GROUPS } from "../shared/core/cost/report/group.ts";
import type { ReportView } from "../shared/core/cost/report/view.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { answer } from "./client.ts";
import { type Given, text, texts, type Verb } from "./command.ts";
import {
  assertFiles,
  BASIS,
  basisOf,
  FOCUS,
  GROUP,
  groupsOf,
  oneOf,
  READING,
  readingOf,
  SPAN,
  spanOf,
  UTILIZATION,
} from "./cost-options.ts";
import { asked, WHERE, withCost } from "./cost-where.ts";
import { UsageError } from "./errors.ts";
import { type Io, plain } from "./io.ts";

const HELP = "headgate cost report --help";
const FORMATS = ["table", "json", "csv", "md", "html"] as const;
type Format = (typeof FORMATS)[number];

/** A report in one of its forms. */
async function rendered(view: ReportView, format: Exclude<Format, "json">): Promise<string> {
  switch (format) {
    case "table":
      return (await import("../shared/core/cost/report/render-table.ts")).renderTable(view);
    case "csv":
      return (await import("../shared/core/cost/report/render-csv.ts")).renderCsv(view);
    case "md":
      return (await import("../shared/core/cost/report/render-markdown.ts")).renderMarkdown(view);
    case "html":
      return (await import("../shared/core/cost/report/render-html.ts")).renderHtml(view);
  }
}

/** What was left out and what was read with a grain of salt goes to standard error: the answer is the report alone. */
export function tellReading(
  io: Io,
  { faults, rejected, remarks }: Pick<BillInfo, "faults" | "rejected"> & Partial<Pick<BillInfo, "remarks">>,
): void {
  for (const { file, row, line, column, found, message } of faults)
    io.note(
      plain(
        `left out: ${file} row ${row} (line ${line})${column === undefined ? "" : `, ${column}`}: ${found === undefined ? "" : `${found} `}${message}`,
      ),
    );
  if (rejected > faults.length) io.note(`left out: ${rejected - faults.length} more rows`);
  for (const { file, row, column, message, times } of remarks ?? [])
    io.note(
      plain(
        `note: ${file}${row === 0 ? "" : ` row ${row}`}${column === undefined ? "" : `, ${column}`}: ${message}${times > 1 ? ` (${times} times)` : ""}`,
      ),
    );
}

const endingOf = (out: string | undefined): Format | undefined =>
  /\.(csv|md|html|json)$/i.exec(out ?? "")?.[1]?.toLowerCase() as Format | undefined;

/** @throws UsageError where a file would not be what its name says */
function assertOut(options: Given): void {
  const [out, format] = [text(options, "out"), oneOf(options, "format", FORMATS, HELP)];
  if (
    out === undefined ||
    format !== undefined ||
    endingOf(out) !== undefined ||
    /(?:\.txt|[/\\][^./\\]*|^[^./\\]*)$/i.test(out)
  )
    return;
  throw new UsageError(`--out ${out} ends in none of .csv, .md, .html, .json, .txt; --format says what is meant`, HELP);
}

async function write(io: Io, options: Given, document: object, view: ReportView): Promise<0 | 1> {
  const out = text(options, "out");
  const ending = endingOf(out);
  const format = oneOf(options, "format", FORMATS, HELP) ?? (io.json ? "json" : (ending ?? "table"));
  const body = format === "json" ? JSON.stringify(document, null, 2) : await rendered(view, format);
  const ended = body.endsWith("\n") ? body : `${body}\n`;
  if (out === undefined) await io.stream(ended);
  else {
    await (await import("node:fs/promises")).writeFile(out, ended).catch((error: Error) => {
      throw new UsageError(`--out ${out} cannot be written: ${error.message}`, HELP);
    });
    io.note(plain(`written to ${out}`));
  }
  return view.total === null ? 1 : 0;
}

/** Measurements of files, to stand beside the groups. */
async function joinOf(io: Io, options: Given, members: readonly string[], skipBad: boolean) {
  const paths = texts(options, "utilization");
  if (paths.length === 0) return undefined;
  const [{ readUtilization }, { utilizationJoin }] = await Promise.all([
    import("../functions/cost/read-utilization.ts"),
    import("../shared/core/cost/utilization/join.ts"),
  ]);
  const join = utilizationJoin(members);
  const rows = readUtilization(paths, { skipBad, stdin: io.stdin });
  for await (const batch of rows) for (const row of batch) join.add(row);
  tellReading(io, rows.info());
  return join;
}

async function fileReport(io: Io, options: Given, paths: readonly string[]): Promise<0 | 1> {
  const [{ fileSums }, { reportView }, { memberName }] = await Promise.all([
    import("../functions/cost/file-report.ts"),
    import("../shared/core/cost/report/view.ts"),
    import("../shared/core/cost/report/group.ts"),
  ]);
  const reading = readingOf(options, HELP);
  const basis = basisOf(options, HELP);
  const groupBy = groupsOf(options, HELP) ?? DEFAULT_GROUPS;
  const config = text(options, "config");
  const tenantOf = config === undefined ? undefined : await tenantsOf(config);
  if (tenantOf === undefined && groupBy.includes("tenant"))
    throw new UsageError("--group-by tenant needs the rules of tenants: give --config FILE too", HELP);
  const join = await joinOf(io, options, groupBy.map(memberName), reading.skipBad);
  const ask = {
    ...{ ...spanOf(options, HELP), ...reading, groupBy, paths, stdin: io.stdin },
    ...(tenantOf === undefined ? {} : { tenantOf }),
    ...(join === undefined ? {} : { join }),
  };
  const { sums, info } = await fileSums({ ...ask, basis: basis ?? "effective" }).catch((error: unknown) => {
    if (basis !== undefined || paths.includes("-") || !lacksEffective(error)) throw error;
    io.note("note: the bill has no EffectiveCost, so its charges are told as billed");
    return fileSums({ ...ask, basis: "billed" });
  });
  tellReading(io, info);
  const { rowsRead, rejected, faults, remarks, files } = info;
  const view = reportView(sums, { rowsRead, rejected, ...(join === undefined ? {} : { utilization: join.of }) });
  return write(io, options, { ...view, files, rejectedRows: faults, remarks }, view);
}

/** A bill with BilledCost alone is a bill; nobody asked for the other one. */
const lacksEffective = (error: unknown): boolean =>
  error instanceof HeadgateError && error.faults[0]?.path === "header, EffectiveCost";

/** Who pays what, by the rules of a configuration. */
async function tenantsOf(config: string) {
  const [{ readConfigFile }, { tenantOfCharges }, { costSectionOf }] = await Promise.all([
    import("../local/config-file.ts"),
    import("../functions/cost/tenant-of.ts"),
    import("../functions/cost/file-answers.ts"),
  ]);
  return tenantOfCharges(costSectionOf(readConfigFile(config).config));
}

export const report: Verb = {
  name: "report",
  about:
    "What was spent, by day, service and type or by what is asked; rows and what nobody can be named for sum to the total exactly.",
  options: [
    FOCUS,
    UTILIZATION,
    ...SPAN,
    BASIS,
    GROUP,
    ...READING,
    { name: "format", value: "FORMAT", about: `${FORMATS.join(", ")} (default: table, or what --out ends in)` },
    { name: "out", value: "FILE", about: "write it there instead" },
    ...WHERE,
  ],
  example: "headgate cost report --focus bill.csv --group-by service --json",
  run: async ({ io, options }) => {
    const paths = texts(options, "focus");
    // What is wrong is told before anything is read.
    assertOut(options);
    if (paths.length > 0) return fileReport(io, options, paths);
    assertFiles(options, ["utilization", "skip-bad", "dates", "rate"], HELP);
    const { currency } = readingOf(options, HELP);
    const query = asked({
      ...spanOf(options, HELP),
      basis: basisOf(options, HELP),
      groupBy: groupsOf(options, HELP)?.join(","),
      currency,
    });
    return withCost(io, options, async (routes) => {
      const view = await answer<ReportView>(routes.report.$get({ query }));
      return write(io, options, view, view);
    });
  },
};
