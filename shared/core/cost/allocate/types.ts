import type { Day } from "../day.ts";
import type { Decimal } from "../decimal.ts";
import type { Held } from "./books.ts";
import type { GroupCost, KafkaCost, TopicCost } from "./kafka.ts";
import type { Owner } from "./tenants.ts";
import type { WorkCost, WorkShare } from "./work.ts";

/** Whose a thing is; absent: no rule says. */
export type Owned<T> = T & { readonly cluster: string; readonly owner?: Owner };

/** What is shared by many, and how it was dealt out. */
export type PoolCost = {
  readonly cluster: string;
  /** By which charges were taken for it. */
  readonly why: readonly string[];
  /** Of each day, about what every topic, job or service costs, in their order: for unit costs and charts, not to be summed. */
  readonly daily: ReadonlyMap<Day, Float64Array>;
} & (({ readonly kind: "kafka" } & KafkaCost) | ({ readonly kind: "flink" | "services" } & WorkCost));

/** Charges that stand on no cluster and no service of ours, summed up by what they are for. */
export interface OtherCost {
  readonly what: string;
  readonly cost: Decimal;
  readonly tenant?: string;
  readonly why?: string;
}

/**
 * A bill by who used it. Σ tenants' totals (nobody's among them) + shared + idle + unallocated = total, exactly; so do Σ topics + jobs + services
 * + others + shared charges + idle slots + unallocated.
 */
export interface Allocation {
  readonly total: Decimal;
  readonly pools: readonly PoolCost[];
  readonly topics: readonly Owned<TopicCost>[];
  readonly groups: readonly Owned<GroupCost>[];
  readonly jobs: readonly Owned<WorkShare>[];
  /** Unused slots, by Flink cluster. */
  readonly idleSlots: readonly (WorkShare & { readonly cluster: string })[];
  readonly services: readonly (WorkShare & { readonly owner?: Owner; readonly direct: Decimal })[];
  readonly others: readonly OtherCost[];
  /** What nobody can be named for, by what it is; internal topics of Kafka are in it as well as among the topics. */
  readonly sharedCharges: readonly OtherCost[];
  readonly tenants: ReadonlyMap<string | undefined, Held>;
  /** Not dealt out to tenants. */
  readonly shared: Decimal;
  readonly idle: Decimal;
  /** Of clusters of which no usage is known. */
  readonly unallocated: Decimal;
  ofDay(tenant: string | undefined, day: Day): Decimal;
}
