import { DAY_MS, formatDuration } from "../kernel/time.ts";
import { checkReports } from "./check-reports.ts";
import { checkTenants, tenantsOf } from "./check-tenants.ts";
import { compare, decimal, isZero, ZERO } from "./decimal.ts";
import type { CostConfig } from "./section.ts";

/** One thing of `cost` that the schema cannot see. */
export interface CostFinding {
  /** In headgate.yaml, e.g. ["cost", "reports", "daily", "to", 0]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant. */
  readonly works?: true;
}

/** What else the configuration says that `cost` refers to. */
export interface CostFacts {
  /** Names under `streams`. */
  readonly clusters: readonly string[];
  /** Receivers of alerting; absent: there is no section `alerting`, or its file was not read. */
  readonly receivers?: readonly string[];
  /** What is wrong with a list of destinations: which entry, and what would be allowed. */
  readonly places: (to: readonly string[]) => readonly {
    readonly index: number;
    readonly message: string;
    readonly value: unknown;
    readonly allowed: string;
  }[];
  readonly alerting: boolean;
}

/** Faults and warnings about the section, in the order of its settings. Empty where it can work and is probably meant. */
export function checkCost(cost: CostConfig, facts: CostFacts): readonly CostFinding[] {
  return [
    ...checkSources(cost),
    ...checkMoney(cost),
    ...checkTenants(cost),
    ...checkAllocation(cost, facts),
    ...checkBudgets(cost),
    ...checkRetention(cost, facts),
    ...checkReports(cost, facts),
  ];
}

function checkSources({ sources, schedule }: CostConfig): readonly CostFinding[] {
  const found: CostFinding[] = [];
  const named = new Map<string, number>();
  for (const [index, source] of sources.entries()) {
    const { name } = source;
    const earlier = name === undefined ? undefined : named.get(name);
    if (name !== undefined && earlier !== undefined)
      found.push({
        path: ["cost", "sources", index, "name"],
        message: `source ${earlier} has the same name: days of one would replace those of the other`,
        value: name,
        allowed: "another name",
      });
    else if (name !== undefined) named.set(name, index);
    if ("costExplorer" in source && schedule === "hourly")
      found.push({
        path: ["cost", "schedule"],
        message: `open days are asked for each hour, and each request to Cost Explorer is paid for (0.01 USD): about 7.20 USD a month for bills that change a few times a day`,
        value: schedule,
        allowed: "daily",
        works: true,
      });
  }
  return found;
}

function checkMoney({ rates, currency }: CostConfig): readonly CostFinding[] {
  return Object.entries(rates).flatMap(([of, rate]): CostFinding[] => {
    const value = decimal(rate) ?? ZERO;
    const at = { path: ["cost", "rates", of], value: rate };
    if (isZero(value)) return [{ ...at, message: "a rate of zero would make money vanish", allowed: "a rate above 0" }];
    if (of === currency && compare(value, { units: 1n, scale: 0 }) !== 0)
      return [{ ...at, message: `one ${of} is one ${of}: it is the currency of reports`, allowed: "no rate, or 1" }];
    return [];
  });
}

function checkAllocation({ allocation }: CostConfig, { clusters }: CostFacts): readonly CostFinding[] {
  const { weights } = allocation;
  const found: CostFinding[] = [];
  if (Object.values(weights).every((weight) => weight === 0))
    found.push({
      path: ["cost", "allocation", "weights"],
      message: "all weights are 0: nothing says whose the cost of a cluster is",
      value: weights,
      allowed: "at least one above 0",
    });
  for (const cluster of Object.keys(allocation.clusters))
    if (!clusters.includes(cluster) && !/^https?:\/\//.test(cluster))
      found.push({
        path: ["cost", "allocation", "clusters", cluster],
        message: "there is no such cluster",
        value: cluster,
        allowed: [...clusters, "the address of a Flink cluster"].join(", "),
      });
  return found;
}

function checkBudgets(cost: CostConfig): readonly CostFinding[] {
  const tenants = tenantsOf(cost);
  return Object.entries(cost.budgets).flatMap(([name, budget]): CostFinding[] => {
    const at = ["cost", "budgets", name];
    const found: CostFinding[] = [];
    if (isZero(decimal(budget.amount) ?? ZERO))
      found.push({
        path: [...at, "amount"],
        message: "of nothing no percent can be spent",
        value: budget.amount,
        allowed: "an amount above 0",
      });
    const { tenant } = budget.scope;
    if (tenant !== undefined && tenants && !tenants.includes(tenant))
      found.push({
        path: [...at, "scope", "tenant"],
        message: "no rule makes anything this tenant's",
        value: tenant,
        allowed: tenants.join(", ") || "a tenant under cost.tenants.rules",
        works: true,
      });
    if (budget.alertAt.length === 0 && !budget.forecast)
      found.push({
        path: [...at, "alertAt"],
        message: "nobody is told of this budget, whatever is spent",
        value: budget.alertAt,
        allowed: "percents such as [80, 100], or forecast: true",
        works: true,
      });
    return found;
  });
}

function checkRetention({ retention }: CostConfig, { clusters }: CostFacts): readonly CostFinding[] {
  if (!retention) return [];
  const found: CostFinding[] = [];
  const at = (name: string) => ["cost", "retention", name];
  const { cluster, history, mode, liveFor } = retention;
  const allowed = clusters.join(", ") || "a cluster under streams";
  if (cluster !== undefined && !clusters.includes(cluster))
    found.push({ path: at("cluster"), message: "there is no such cluster", value: cluster, allowed });
  else if (cluster === undefined && clusters.length === 0)
    found.push({
      path: ["cost", "retention"],
      message: "there is no cluster whose topics it could be about",
      value: "",
      allowed,
      works: true,
    });
  if (mode === "act" && history < 7 * DAY_MS)
    found.push({
      path: at("history"),
      message: "what runs once a week is not seen in it, and records it still needs may be dropped",
      value: formatDuration(history),
      allowed: "at least 7d",
      works: true,
    });
  if (liveFor < history)
    found.push({
      path: at("liveFor"),
      message: `shorter than history (${formatDuration(history)}): a group that was seen in it may count as gone`,
      value: formatDuration(liveFor),
      allowed: `at least ${formatDuration(history)}`,
      works: true,
    });
  return found;
}
