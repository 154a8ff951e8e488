import type { Objective } from "../shared/core/autoscaling/tune/types.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { formatDuration, MINUTE_MS, parseDuration } from "../shared/core/kernel/time.ts";
import { type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";

const MAX_POLICY_BYTES = 1_048_576;
const NAME = /^[a-z0-9][a-z0-9-]*$/;

export const POLICIES =
  "seed-instances, seed-parallelism, hpa-cpu70, target-tracking-70, demand, predictive, kafka-lag, auto";

export const OBJECTIVE_OPTIONS: readonly Option[] = [
  { name: "task-hour", value: "PRICE", about: "what a task costs an hour, in your currency" },
  {
    name: "violation-minute",
    value: "PRICE",
    about: "what a minute in which work waits costs you, in the same currency",
  },
  { name: "slo", value: "PERCENT", about: "share of the minutes that have to be good, 50..100; instead of a price" },
];

export const MEAN_TASKS: Option = {
  name: "mean-tasks",
  value: "N",
  about: "tasks that the mean of the trace keeps busy (default 8; of a service it is known)",
};

/** A decimal number in a range. @throws UsageError */
export function decimal(options: Given, name: string, least: number, most: number, help: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const value = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} ${JSON.stringify(given)} is no number (allowed: ${least} to ${most})`, help);
}

/** A range of days such as "3-8"; whether the load has them is seen once it is read. @throws UsageError */
export function daysText(options: Given, name: string, help: string): string | undefined {
  const given = text(options, name);
  const [, from, to] = /^(\d{1,3})-(\d{1,3})$/.exec(given ?? "") ?? [];
  if (given === undefined || (Number(from) >= 1 && Number(from) <= Number(to))) return given;
  throw new UsageError(`--${name} ${JSON.stringify(given)} is no range of days such as 3-8 (the first day is 1)`, help);
}

/** What the user wants, where anything was said. @throws UsageError where prices are half given, or beside an SLO */
export function objectiveOf(options: Given, help: string): Objective | undefined {
  const taskHour = decimal(options, "task-hour", 0, 1e9, help);
  const violationMinute = decimal(options, "violation-minute", 0, 1e9, help);
  const slo = decimal(options, "slo", 50, 100, help);
  if (slo !== undefined && violationMinute !== undefined)
    throw new UsageError("--slo and --violation-minute are two ways to say the same: one of them is enough", help);
  if (slo !== undefined) return { slo, ...(taskHour === undefined ? {} : { taskHour }) };
  if (taskHour === undefined && violationMinute === undefined) return undefined;
  if (violationMinute === undefined)
    throw new UsageError("--task-hour needs --violation-minute PRICE, or --slo PERCENT", help);
  return { taskHour: taskHour ?? 1, violationMinute };
}

/** "60s-90s", or one duration for both ends. @throws UsageError */
export function startDelay(options: Given, help: string): readonly [min: number, max: number] | undefined {
  const given = text(options, "start-delay");
  if (given === undefined) return undefined;
  const [min, max = min] = given.split("-", 2).map(parseDuration);
  const most = 60 * MINUTE_MS;
  if (min !== undefined && max !== undefined && min <= max && max <= most) return [min, max];
  throw new UsageError(
    `--start-delay ${JSON.stringify(given)} is no duration such as 90s or 60s-90s (allowed: 0 to ${formatDuration(most)})`,
    help,
  );
}

/** Whole minutes: the model has no shorter ones. @throws UsageError */
export function metricDelay(options: Given, help: string): number | undefined {
  const given = text(options, "metric-delay");
  if (given === undefined) return undefined;
  const ms = parseDuration(given);
  if (ms !== undefined && ms % MINUTE_MS === 0 && ms <= 60 * MINUTE_MS) return ms / MINUTE_MS;
  throw new UsageError(
    `--metric-delay ${JSON.stringify(given)} is no whole number of minutes such as 1m (allowed: 0 to 60m)`,
    help,
  );
}

/**
 * A built-in name, or what the YAML (or JSON) file holds: a policy, or a service's autoscaling section.
 *
 * @throws HeadgateError `input.invalid`
 */
export async function readPolicy(io: Io, given: string): Promise<unknown> {
  // A name of nothing is told by whoever knows all names.
  if (NAME.test(given)) return given;
  const content = await readText(io, given, MAX_POLICY_BYTES);
  const { parse } = await import("yaml");
  try {
    return parse(content, { maxAliasCount: 100 });
  } catch (error) {
    throw new HeadgateError(
      "input.invalid",
      `${given} is not YAML: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  }
}
