import * as v from "valibot";
import { startOf } from "../../shared/core/cost/day.ts";
import { LOAD_NAMES, type Load, PARTS } from "../../shared/core/cost/self/load.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
/** A day of UTC, or "today", "yesterday": which one that is depends on the clock. */
const day = v.pipe(
  v.string(),
  v.check((given) => startOf(given) !== undefined, "a day such as 2026-01-31"),
);
const basis = v.picklist(["billed", "effective"]);
const currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, "three letters such as USD"));
const span = { from: v.optional(day), to: v.optional(day) };

export const SpanQuery = v.strictObject(span);
export const ReportQuery = v.strictObject({
  ...span,
  basis: v.optional(basis),
  /** Names with commas between: "day,service,resource_type". */
  groupBy: v.optional(text(400)),
  currency: v.optional(currency),
  format: v.optional(v.picklist(["json", "csv", "md", "html"])),
});
/** What changed: against another span, by default the same length just before. */
export const DriversQuery = v.strictObject({ ...span, againstFrom: v.optional(day), againstTo: v.optional(day) });
export const ForecastQuery = v.strictObject({
  /** "2026-01"; by default the present one. */
  month: v.optional(v.pipe(v.string(), v.regex(/^\d{4}-(0[1-9]|1[0-2])$/, "a month such as 2026-01"))),
});
export const ImportQuery = v.strictObject({
  /** Under which name the bill is kept; the same name again replaces its days. */
  source: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "letters, digits, '_' and '-'"))),
  /** Name of the file: its ending says what it is, and faults name it. */
  name: v.optional(text(200)),
  skipBad: v.optional(v.picklist(["true", "false"])),
});

/** For the record. */
const said = {
  why: text(500),
  /** The person, where one key serves several. */
  by: v.optional(text(200)),
};
export const SaidBody = v.strictObject(said);
/** The last day that the report is about; by default what its schedule would say now. */
export const RunReportBody = v.strictObject({ to: v.optional(day), by: said.by });
/** One statement that only reads. */
export const QueryBody = v.strictObject({
  sql: text(100_000),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
});
export const JudgeBody = v.strictObject({ ...said, feedback: v.picklist(["yes", "no", "planned_activity"]) });
export const DismissBody = v.strictObject({
  ...said,
  /** How long it stays dismissed; absent: until somebody looks for it. */
  for: v.optional(text(40)),
});
/** What Headgate would be asked to do; nothing given: what the configuration in force asks. */
export const SelfQuery = v.strictObject({
  ...Object.fromEntries(
    LOAD_NAMES.map((name) => [name, v.optional(v.pipe(v.string(), v.regex(/^\d{1,12}(\.\d{1,6})?$/, "a number")))]),
  ),
  /** Parts that are deployed, with commas between. */
  parts: v.optional(
    v.pipe(
      v.string(),
      v.check((given) => given.split(",").every((one) => PARTS.some((part) => part === one)), PARTS.join(", ")),
    ),
  ),
});

/** Numbers of a query as a load; undefined where none was given. */
export function loadOf(given: Readonly<Record<string, string | undefined>>): Load | undefined {
  const numbers = LOAD_NAMES.flatMap((name) =>
    given[name] === undefined ? [] : [[name, Number(given[name])] as const],
  );
  const parts = given["parts"];
  if (numbers.length === 0 && parts === undefined) return undefined;
  return {
    ...Object.fromEntries(numbers),
    ...(parts === undefined ? {} : { parts: PARTS.filter((part) => parts.split(",").includes(part)) }),
  };
}

const daily = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1e9)));
export const EstimateBody = v.strictObject({
  /** The configuration as it would be, as YAML. */
  text: text(1_000_000),
  /** Texts of the files that it names, by their paths as written. */
  files: v.optional(v.record(v.string(), v.string()), {}),
  /** What nobody can know from a configuration: so many a day. */
  assume: v.optional(
    v.strictObject({ decisionsPerService: daily, alerts: daily, rollouts: daily, requests: daily }),
    {},
  ),
});
