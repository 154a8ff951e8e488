import { readFileSync } from "node:fs";
import { backtest } from "../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../shared/core/autoscaling/backtest/builtin.ts";
import { syntheticTrace } from "../shared/core/autoscaling/backtest/synthetic.ts";
import { parseTrace, type Trace } from "../shared/core/kernel/trace.ts";
import { type Row, row } from "./row.ts";
import { medianMs } from "./timing.ts";

/** J of the reference simulation (docs/benchmarks.md) that the built-in policies must reproduce. */
const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  wc98_groupstage_1min: {
    "seed-instances": 1.94,
    "seed-parallelism": 1.9,
    "hpa-cpu70": 1.4,
    "target-tracking-70": 1.45,
  },
  nasa_jul95_1min: { "seed-instances": 1.82, "seed-parallelism": 2.13, "hpa-cpu70": 1.93, "target-tracking-70": 2.2 },
  nab_elb_request_count_5min: {
    "seed-instances": 3.13,
    "seed-parallelism": 3.37,
    "hpa-cpu70": 4.91,
    "target-tracking-70": 4.73,
  },
  nab_tweets_amzn_5min: {
    "seed-instances": 2,
    "seed-parallelism": 2.02,
    "hpa-cpu70": 1.68,
    "target-tracking-70": 1.86,
  },
};

const FOLDER = new URL("../../shared/traces/", import.meta.url);
const BACKTEST_BAR_MS = 1_000;

/** J of the built-in policies on the recorded traces (left out where these are absent) and what a backtest takes. */
export async function bench(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [name, reference] of Object.entries(REFERENCE)) {
    const trace = read(name);
    if (!trace) continue;
    for (const [policy, bar] of Object.entries(reference)) {
      const value = j(trace, policy);
      rows.push(
        row("autoscaling", { measure: `J ${policy} on ${name}, bar ± 3 %`, value, unit: "J", bar, better: "near" }),
      );
    }
    for (const policy of ["hpa-cpu70", "target-tracking-70"]) {
      const value = j(trace, policy, ["ready"]);
      rows.push(
        row("autoscaling", { measure: `J ${policy} on ${name} without the ready count, as on ECS`, value, unit: "J" }),
      );
    }
  }
  const fortnight = read("wc98_groupstage_1min") ?? syntheticTrace();
  for (const policy of Object.keys(builtinPolicies)) {
    const value = await medianMs(5, () => backtest(fortnight, policyOf(policy)));
    rows.push(
      row("autoscaling", {
        measure: `backtest of 14 days at one minute, ${policy}`,
        value,
        unit: "ms",
        bar: BACKTEST_BAR_MS,
      }),
    );
  }
  return rows;
}

function j(trace: Trace, policy: string, without: readonly string[] = []): number {
  return backtest(trace, policyOf(policy), { without }).measures.j;
}

function policyOf(name: string) {
  const policy = builtinPolicies[name];
  if (!policy) throw new Error(`no built-in policy ${name}`);
  return policy;
}

function read(name: string): Trace | undefined {
  let text: string;
  try {
    text = readFileSync(new URL(`${name}.csv`, FOLDER), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const result = parseTrace(text);
  if (!result.ok) throw new Error(`${name}: ${result.faults[0]?.message}`);
  return result.trace;
}
