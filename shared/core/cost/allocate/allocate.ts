import type { Day } from "../day.ts";
import { add, type Decimal, sum, ZERO } from "../decimal.ts";
import type { AllocationConfig, TenantsConfig } from "../section.ts";
import type { Charge } from "../types.ts";
import { type Place, type Places, type PoolKind, placing } from "./assign.ts";
import { books } from "./books.ts";
import { type GroupCost, kafkaCost, type TopicCost } from "./kafka.ts";
import { kafkaSink, sinkTo, tallyTo } from "./sinks.ts";
import { type Owner, type Owners, owners } from "./tenants.ts";
import type { Allocation, OtherCost, Owned, PoolCost } from "./types.ts";
import { emptyUsage, type UsageByDay, type UsageSum } from "./usage-sums.ts";
import { flinkCost, servicesCost, type WorkShare, type WorkSinkOf } from "./work.ts";

interface Pool {
  readonly kind: PoolKind;
  readonly cluster: string;
  readonly amounts: Map<Day, Decimal>;
  readonly why: Set<string>;
}
type Days = Map<Day, Decimal>;

const plus = <K>(map: Map<K, Decimal>, key: K, amount: Decimal): void =>
  void map.set(key, add(map.get(key) ?? ZERO, amount));
const at = <K, T>(map: Map<K, T>, key: K, make: () => T): T => {
  let one = map.get(key);
  if (one === undefined) map.set(key, (one = make()));
  return one;
};
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Takes charges one by one and keeps their sums only, then deals them out by usage. */
export function allocator(config: AllocationConfig, tenants: TenantsConfig, places: Places) {
  const who = owners(tenants);
  const place = placing(config, places, who);
  const pools = new Map<string, Pool>();
  const services = new Map<string, Days>();
  const others = new Map<
    string,
    { readonly tenant?: string; readonly what: string; readonly why?: string; readonly days: Days }
  >();
  const shared = new Map<string, Days>();

  const put = (to: Place, charge: Charge, cost: Decimal): void => {
    const { day } = charge;
    if (to.to === "pool") {
      const { kind, cluster, why } = to;
      const pool = at(pools, `${kind}/${cluster}`, (): Pool => ({ kind, cluster, amounts: new Map(), why: new Set() }));
      pool.why.add(why);
      plus(pool.amounts, day, cost);
    } else if (to.to === "service")
      plus(
        at(services, to.service, (): Days => new Map()),
        day,
        cost,
      );
    else if (to.to === "shared")
      plus(
        at(shared, to.why, (): Days => new Map()),
        day,
        cost,
      );
    else {
      const what = charge.service ?? charge.resourceName ?? charge.resourceId ?? "other";
      const tenant = to.to === "tenant" ? { tenant: to.tenant, why: to.why } : {};
      plus(at(others, JSON.stringify([what, tenant]), () => ({ what, ...tenant, days: new Map() })).days, day, cost);
    }
  };

  return {
    add: (charge: Charge, cost: Decimal): void => put(place(charge), charge, cost),
    result: (usage: UsageByDay): Allocation => settle({ config, who, pools, services, others, shared, usage }),
  };
}

interface Given {
  readonly config: AllocationConfig;
  readonly who: Owners;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly services: ReadonlyMap<string, Days>;
  readonly others: ReadonlyMap<
    string,
    { readonly tenant?: string; readonly what: string; readonly why?: string; readonly days: Days }
  >;
  readonly shared: ReadonlyMap<string, Days>;
  readonly usage: UsageByDay;
}

/** Days of usage for a pool: Kafka's by its name, of everything else all that is kept outside of clusters. */
const NONE: ReadonlyMap<Day, UsageSum> = new Map();

/** Usage of all clusters in one: jobs and services are looked for wherever they were seen. */
function everywhere(usage: UsageByDay): ReadonlyMap<Day, UsageSum> {
  const all = new Map<Day, UsageSum>();
  for (const days of usage.values())
    for (const [day, one] of days) {
      if (one.jobs.size === 0 && one.services.size === 0) continue;
      const to = at(all, day, emptyUsage);
      for (const [key, job] of one.jobs) to.jobs.set(key, job);
      for (const [key, service] of one.services) to.services.set(key, service);
    }
  return all;
}

function settle(given: Given): Allocation {
  const { config, who, usage } = given;
  const work = everywhere(usage);
  const account = books(tenantsOf(given, work));
  const poolCosts: PoolCost[] = [];
  const [topics, groups]: [Owned<TopicCost>[], Owned<GroupCost>[]] = [[], []];
  const [jobs, idleSlots]: [Owned<WorkShare>[], (WorkShare & { cluster: string })[]] = [[], []];
  const tasks = new Map<string, WorkShare>();
  const owned = (owner: Owner | undefined) => (owner ? { owner } : {});

  for (const pool of [...given.pools.values()].sort((a, b) => byText(a.cluster, b.cluster))) {
    const { kind, cluster, amounts } = pool;
    const why = [...pool.why].sort(byText);
    if (kind === "kafka") {
      const days = { amounts, usage: usage.get(cluster) ?? NONE };
      const daily = new Map<Day, Float64Array>();
      const cost = kafkaCost(days, config.weights, (plan) => kafkaSink(account, who, plan, daily));
      poolCosts.push({ kind, cluster, why, daily, ...cost });
      for (const one of cost.topics) topics.push({ cluster, ...one, ...owned(who.topic(one.topic)) });
      for (const one of cost.groups)
        groups.push({ cluster, ...one, ...owned(who.group(one.group) ?? who.topic(one.topic)) });
    } else {
      const idle = (name: string) => kind === "flink" && name === "";
      const ownerOf = kind === "flink" ? who.job : who.service;
      const daily = new Map<Day, Float64Array>();
      const sinkOf: WorkSinkOf = (names) => {
        const to = names.map((name) => (idle(name) ? account.special.idle : account.indexOf(ownerOf(name)?.tenant)));
        const tally = tallyTo(daily, names.length);
        return sinkTo(
          account,
          (_, position) => to[position] ?? account.indexOf(undefined),
          (day, _, position, units) => tally(day, position, units),
        );
      };
      const days = { amounts, usage: work };
      const cost = kind === "flink" ? flinkCost(days, cluster, sinkOf) : servicesCost(days, sinkOf);
      poolCosts.push({ kind, cluster, why, daily, ...cost });
      for (const one of cost.shares)
        if (idle(one.name)) idleSlots.push({ cluster, ...one });
        else if (kind === "flink") jobs.push({ cluster, ...one, ...owned(who.job(one.name)) });
        else tasks.set(one.name, one);
    }
    const last = poolCosts.at(-1);
    for (const day of last?.undealtDays ?? []) account.put(day, account.special.unallocated, amounts.get(day) ?? ZERO);
  }
  const serviceNames = [...new Set([...tasks.keys(), ...given.services.keys()])].sort(byText);
  const services = serviceNames.map((name) => {
    const direct = given.services.get(name) ?? new Map<Day, Decimal>();
    const owner = who.service(name);
    for (const [day, amount] of direct) account.put(day, account.indexOf(owner?.tenant), amount);
    const { cost = ZERO, used = 0 } = tasks.get(name) ?? {};
    const own = sum(direct.values());
    return { name, used, cost: add(cost, own), direct: own, ...owned(owner) };
  });
  const told = (days: Days, index: number): Decimal => {
    for (const [day, amount] of days) account.put(day, index, amount);
    return sum(days.values());
  };
  const others = [...given.others.values()].map(
    ({ days, ...one }): OtherCost => ({ ...one, cost: told(days, account.indexOf(one.tenant)) }),
  );
  const sharedCharges = [...given.shared].map(
    ([what, days]): OtherCost => ({ what, cost: told(days, account.special.shared) }),
  );
  const closed = account.close(config);
  const amounts = [...given.pools.values()].map((pool) => sum(pool.amounts.values()));
  const direct = [...given.services.values()].map((days) => sum(days.values()));
  return {
    total: sum([...amounts, ...direct, ...[...others, ...sharedCharges].map(({ cost }) => cost)]),
    ...{ pools: poolCosts, topics, groups, jobs, idleSlots, services, others },
    sharedCharges: [...sharedCharges, ...internalOf(topics)],
    ...{ tenants: closed.held, shared: closed.shared, idle: closed.idle, unallocated: closed.unallocated },
    ofDay: closed.ofDay,
  };
}

const isInternal = ({ usage, owner }: Owned<TopicCost>): boolean => usage.internal === true && owner === undefined;

const internalOf = (topics: readonly Owned<TopicCost>[]): readonly OtherCost[] =>
  topics.filter(isInternal).map(({ topic, cluster, cost, read }) => ({
    what: `${topic} of ${cluster}`,
    cost: add(cost, { units: -read.units, scale: read.scale }),
    why: "Kafka's own",
  }));

/** Every tenant that will have something. */
function tenantsOf(
  { who, pools, services, others, usage }: Given,
  work: ReadonlyMap<Day, UsageSum>,
): readonly string[] {
  const found = new Set<string>();
  const see = (owner: Owner | undefined) => owner && found.add(owner.tenant);
  const topics = new Set<string>();
  const groups = new Set<string>();
  const names = { jobs: new Set<string>(), services: new Set(services.keys()) };
  for (const { kind, cluster } of pools.values()) {
    for (const sum of kind === "kafka" ? (usage.get(cluster)?.values() ?? []) : []) {
      for (const topic of sum.topics.keys()) topics.add(topic);
      for (const { group } of sum.groups.values()) groups.add(group);
    }
  }
  for (const sum of work.values()) {
    for (const { job } of sum.jobs.values()) if (job !== "") names.jobs.add(job);
    for (const service of sum.services.keys()) names.services.add(service);
  }
  for (const topic of topics) see(who.topic(topic));
  for (const group of groups) see(who.group(group));
  for (const job of names.jobs) see(who.job(job));
  for (const service of names.services) see(who.service(service));
  for (const { tenant } of others.values()) if (tenant !== undefined) found.add(tenant);
  return [...found].sort(byText);
}
