import * as v from "valibot";
import { allocator } from "../../shared/core/cost/allocate/allocate.ts";
import type { Places } from "../../shared/core/cost/allocate/assign.ts";
import { usageByDay } from "../../shared/core/cost/allocate/usage-sums.ts";
import { startOf } from "../../shared/core/cost/day.ts";
import { type Decimal, decimal, text } from "../../shared/core/cost/decimal.ts";
import { CostSection } from "../../shared/core/cost/section.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import type { GroupUsage, JobUsage, ServiceUsage, TopicUsage, UsageHour } from "../../shared/core/cost/usage.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";

export const money = (amount: string): Decimal => {
  const value = decimal(amount);
  if (value === undefined) throw new Error(`no decimal: ${amount}`);
  return value;
};

/** As people write it: no zeros at the end. */
export const said = (value: Decimal | undefined): string | undefined =>
  value &&
  text(value)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");

export const DAY = "2024-09-02";

export interface HourGiven {
  readonly day?: string;
  readonly clock?: number;
  readonly cluster?: string;
  readonly seenMs?: number;
  readonly topics?: readonly (Partial<TopicUsage> & { readonly topic: string })[];
  readonly groups?: readonly (Partial<GroupUsage> & { readonly group: string; readonly topic: string })[];
  readonly jobs?: readonly JobUsage[];
  readonly services?: readonly ServiceUsage[];
  readonly missing?: readonly string[];
}

export const hourOf = (given: HourGiven): UsageHour => ({
  v: 1,
  cluster: given.cluster ?? "events",
  hour: (startOf(given.day ?? DAY) ?? 0) + (given.clock ?? 0) * HOUR_MS,
  seenMs: given.seenMs ?? HOUR_MS,
  topics: (given.topics ?? []).map((one) => ({ partitions: 1, replicationFactor: 3, cleanupPolicy: "delete", ...one })),
  groups: (given.groups ?? []).map((one) => ({ live: true, ...one })),
  jobs: given.jobs ?? [],
  services: given.services ?? [],
  missing: given.missing ?? [],
});

export const PLACES: Places = { kafka: ["events"], flink: [], services: new Map() };

export type ChargeGiven = Partial<Charge> & { readonly cost: string };

/** What becomes of some charges with some usage. `cost`: the section of headgate.yaml. */
export function allocated(given: {
  readonly charges: readonly ChargeGiven[];
  readonly hours?: readonly UsageHour[];
  readonly cost?: object;
  readonly places?: Partial<Places>;
  readonly more?: readonly { readonly charge: Charge; readonly cost: Decimal }[];
}) {
  const config = v.parse(CostSection, given.cost ?? {});
  const books = allocator(config.allocation, config.tenants, { ...PLACES, ...given.places });
  for (const { cost, ...charge } of given.charges) books.add({ day: DAY, ...charge }, money(cost));
  for (const { charge, cost } of given.more ?? []) books.add(charge, cost);
  const usage = usageByDay();
  for (const hour of given.hours ?? []) usage.add(hour);
  return books.result(usage.clusters);
}

export const MSK = "Amazon Managed Streaming for Apache Kafka";
