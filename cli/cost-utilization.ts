import { text as exact } from "../shared/core/cost/decimal.ts";
import { classifier, type UtilizationRow } from "../shared/core/cost/utilization/classify.ts";
import { type Measured, WINDOW_DAYS } from "../shared/core/cost/utilization/types.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { DAY_MS, iso, type Millis } from "../shared/core/kernel/time.ts";
import { type Given, text, texts } from "./command.ts";
import { tellReading } from "./cost-report.ts";
import { amount } from "./cost-text.ts";
import { UsageError } from "./errors.ts";
import { stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";

const HELP = "headgate cost opportunities --help";
/** As `cost.minimumSamples` has it: a day of hourly samples. */
const MINIMUM = 24;

function minimumOf(options: Given): number {
  const given = text(options, "minimum-samples");
  if (given === undefined) return MINIMUM;
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given);
  throw new UsageError(`--minimum-samples ${JSON.stringify(given)} is no number from 1 to 9999999`, HELP);
}

function nowOf(options: Given): Millis | undefined {
  const given = text(options, "now");
  if (given === undefined) return undefined;
  const read = parseInstant(given);
  if (read) return read.at;
  throw new UsageError(`--now ${JSON.stringify(given)} is no instant such as 2026-01-31T12:00:00Z`, HELP);
}

const share = (value: number | undefined): number | null => (value === undefined ? null : Number(value.toFixed(6)));

/** One resource as the platform's own query names its columns, and more. */
const rowView = (row: UtilizationRow) => ({
  resourceId: row.resourceId,
  resourceType: row.resourceType ?? null,
  costPerHour: row.costPerHour === undefined ? null : exact(row.costPerHour),
  avgUtilization: share(row.average),
  p95Utilization: share(row.p95),
  maxUtilization: share(row.maximum),
  samples: row.samples,
  missing: row.missing,
  optimizationOpportunity: row.finding,
  /** By the rule alone, whatever the number of samples. */
  byRule: row.platform ?? null,
  aws: row.aws ?? null,
  from: iso(row.from),
  to: iso(row.to),
});

const percent = (value: number | null): string => (value === null ? "–" : `${value.toFixed(1)} %`);

/**
 * How busy resources were in seven days, by files: < 20 Underutilized, > 80 Overutilized, else Optimized. The days end now, or with the newest row of
 * files that are older than that: what nobody has measured since says nothing.
 */
export async function utilizationReport(io: Io, options: Given): Promise<0 | 1> {
  const [minimumSamples, given] = [minimumOf(options), nowOf(options)];
  const { readUtilization } = await import("../functions/cost/read-utilization.ts");
  const rows = readUtilization(texts(options, "utilization"), {
    skipBad: options["skip-bad"] === true,
    stdin: io.stdin,
  });
  const measured: Measured[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for await (const batch of rows)
    for (const row of batch) {
      measured.push(row);
      newest = Math.max(newest, row.at);
    }
  tellReading(io, rows.info());
  const windowMs = WINDOW_DAYS * DAY_MS;
  const real = Date.now();
  const old = given === undefined && newest < real - windowMs && measured.length > 0;
  const now = given ?? (old ? newest : real);
  const found = classifier({ now, windowMs, minimumSamples });
  for (const row of measured) found.add(row);
  const { rows: all, inside, outside } = found.result();
  const items = all.map(rowView);
  io.document({ from: iso(now - windowMs), to: iso(now), minimumSamples, inside, outside, rows: items });
  if (old) io.note(`note: the newest row is of ${stamp(newest)}: the seven days end there (--now says otherwise)`);
  const lines = items.map((one) => [
    one.resourceId,
    one.resourceType ?? "–",
    amount(one.costPerHour),
    percent(one.avgUtilization),
    percent(one.p95Utilization),
    percent(one.maxUtilization),
    `${one.samples}`,
    one.optimizationOpportunity,
    one.aws ?? "–",
  ]);
  if (lines.length === 0) io.line("no rows of these seven days");
  else
    for (const line of table([
      ["RESOURCE", "TYPE", "AN HOUR", "AVERAGE", "P95", "MAXIMUM", "SAMPLES", "FINDING", "AWS"],
      ...lines,
    ]))
      io.line(plain(line));
  return 0;
}
