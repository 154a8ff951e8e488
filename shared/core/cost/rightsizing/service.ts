import { add, type Decimal } from "../decimal.ts";
import type { Evidence, NotProposed, Opportunity } from "../opportunity.ts";
import type { RightsizingConfig } from "../section.ts";
import { percentileOf, type ServiceSeen } from "./history.ts";
import { byHand, type Looked, notFor, perMonth, spanText, type UnitPrices } from "./made.ts";
import { fargateSize, ownSize, type TaskSize, weight } from "./sizes.ts";

/** AWS calls a resource idle whose cpu never exceeds this (Cost Explorer's rightsizing; Compute Optimizer's idle finding for ECS). */
const IDLE_PERCENT = 1;
/** The platform's own: below it a resource is Underutilized. */
const UNDER_PERCENT = 20;

const size = ({ cpu, memoryMb }: TaskSize): string => `${cpu} vCPU and ${memoryMb / 1024} GB`;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const shown = (percent: number): number => Math.round(percent * 10) / 10;

/**
 * What a service needs, from the percentile of its hours and a headroom: cpu by p95 or p99, memory by the largest ever seen, because what is too small
 * there is killed. One look at the mean hides the peaks that a service is built for.
 */
export function proposeService(
  seen: ServiceSeen,
  config: RightsizingConfig,
  context: { readonly now: number; readonly onEcs: boolean; readonly prices?: UnitPrices; readonly currency: string },
): Opportunity | NotProposed {
  const { service, cpuP95, cpuP99, cpuAvg, memoryPeak, memoryAvg } = seen;
  const { now, onEcs, prices, currency } = context;
  const resource = { type: onEcs ? "ecs:service" : "service", id: service, name: service, service };
  const looked: Looked = { now, from: seen.from, to: seen.to, samples: cpuAvg.length };
  const no = (reason: string, text: string) => notFor(resource, "rightsize_service", reason, text);
  if (cpuAvg.length < config.minimumSamples || memoryPeak.length < config.minimumSamples)
    return no(
      "insufficient_data",
      `${service}: ${Math.min(cpuAvg.length, memoryPeak.length)} hours with cpu and memory; ${config.minimumSamples} are asked for`,
    );
  const percent = config.percentile === "p99" ? 99 : 95;
  const cpuPeak = percentileOf(config.percentile === "p99" ? cpuP99 : cpuP95, percent) ?? 0;
  const memoryMost = Math.max(...memoryPeak);
  const tasks = seen.taskSeconds / Math.max(1, (seen.to - seen.from) / 1000);
  const evidence: readonly Evidence[] = [
    { name: `cpu_${config.percentile}`, value: shown(cpuPeak), unit: "percent", ...looked, source: "usage by hour" },
    { name: "cpu_average", value: shown(mean(cpuAvg)), unit: "percent", ...looked, source: "usage by hour" },
    { name: "cpu_maximum", value: shown(seen.cpuMax), unit: "percent", ...looked, source: "usage by hour" },
    { name: "memory_maximum", value: shown(memoryMost), unit: "percent", ...looked, source: "usage by hour" },
    { name: "tasks_average", value: shown(tasks), source: "usage by hour" },
  ].map(({ now: _, ...one }: Evidence & { now?: number }) => one);
  const common = { restartNeeded: true, evidence, currency: prices?.currency ?? currency } as const;
  const current = {
    ...(seen.cpu === undefined ? {} : { cpu: seen.cpu }),
    ...(seen.memoryMb === undefined ? {} : { memoryMb: seen.memoryMb }),
    tasks: shown(tasks),
  };
  const whole = moneyOf(prices, { cpu: (seen.cpu ?? 0) * tasks, memoryMb: (seen.memoryMb ?? 0) * tasks });
  const isSized = seen.cpu !== undefined && seen.memoryMb !== undefined;

  if (seen.cpuMax <= IDLE_PERCENT && seen.requests === 0)
    return {
      ...byHand("idle", resource, [`make sure that nobody needs ${service}`, `stop it, or set its minimum to 0`], now),
      ...common,
      text: `${service} did nothing: its cpu never exceeded ${shown(seen.cpuMax)} %${seen.requestHours > 0 ? ", and it had no requests" : ""}`,
      current,
      proposed: { tasks: 0 },
      ...(isSized && whole ? { savingPerMonth: whole } : {}),
      effort: "low",
      risk: seen.requestHours > 0 ? "medium" : "high",
      bounds: [
        spanText(looked),
        ...(seen.requestHours > 0 ? [] : ["its requests are not counted: that it is idle is told by its cpu alone"]),
      ],
      aws: { finding: "Idle", actionType: "Stop" },
    };
  if (seen.cpu === undefined || seen.memoryMb === undefined) {
    const most = Math.max(mean(cpuAvg), mean(memoryAvg));
    if (most >= UNDER_PERCENT) return no("size_unknown", `what a task of ${service} is given is not known`);
    return {
      ...byHand("underutilized", resource, [`look at what ${service} is given`], now),
      ...common,
      text: `${service} uses ${shown(mean(cpuAvg))} % of its cpu and ${shown(mean(memoryAvg))} % of its memory on average`,
      current,
      proposed: {},
      effort: "medium",
      risk: "medium",
      bounds: [spanText(looked), "what a task is given is not known: no size can be proposed"],
      aws: { finding: "OVER_PROVISIONED" },
    };
  }
  const given: TaskSize = { cpu: seen.cpu, memoryMb: seen.memoryMb };
  const headroom = 1 + config.headroom / 100;
  const needed: TaskSize = {
    cpu: (given.cpu * cpuPeak * headroom) / 100,
    memoryMb: (given.memoryMb * memoryMost * headroom) / 100,
  };
  const wanted = onEcs ? fargateSize(needed) : ownSize(needed);
  if (!wanted || needed.cpu > given.cpu || needed.memoryMb > given.memoryMb)
    return no(
      "under_provisioned",
      `${service} needs more than it has: ${config.percentile} of cpu ${shown(cpuPeak)} %, memory up to ${shown(memoryMost)} %, with ${config.headroom} % on top (AWS: UNDER_PROVISIONED)`,
    );
  if (weight(wanted) >= weight(given)) return no("optimized", `${service} has what it needs: ${size(given)}`);
  const saving = moneyOf(prices, {
    cpu: (given.cpu - wanted.cpu) * tasks,
    memoryMb: (given.memoryMb - wanted.memoryMb) * tasks,
  });
  return {
    ...byHand(
      "rightsize_service",
      resource,
      [
        `give tasks of ${service} ${wanted.cpu * 1024} cpu units and ${wanted.memoryMb} MiB in its task definition`,
        "roll it out, as a canary where there is one",
      ],
      now,
    ),
    ...common,
    text: `tasks of ${service} have ${size(given)}; ${size(wanted)} are enough`,
    current,
    proposed: { ...wanted, tasks: shown(tasks) },
    ...(saving ? { savingPerMonth: saving } : {}),
    effort: "low",
    risk: cpuPeak * (given.cpu / wanted.cpu) > 70 ? "medium" : "low",
    bounds: [
      spanText(looked),
      `${config.percentile} of cpu and the largest memory, with ${config.headroom} % on top`,
      onEcs
        ? "the next size that Fargate takes; its number of tasks stays as autoscaling has it"
        : "quarters of a vCPU and of a GB",
    ],
    aws: { finding: "OVER_PROVISIONED", actionType: "Rightsize" },
  };
}

/** Money a month of so much for all the time; undefined: no prices, or less than nothing is saved. */
function moneyOf(prices: UnitPrices | undefined, { cpu, memoryMb }: TaskSize): Decimal | undefined {
  if (!prices?.vcpuHour || !prices.gbHour) return undefined;
  const money = add(perMonth(cpu, prices.vcpuHour), perMonth(memoryMb / 1024, prices.gbHour));
  return money.units > 0n ? money : undefined;
}
