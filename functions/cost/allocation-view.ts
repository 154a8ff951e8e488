import type { UnitCost } from "../../shared/core/cost/allocate/unit-cost.ts";
import type { Day } from "../../shared/core/cost/day.ts";
import type { CostStanding, FigureView, Money } from "./views.ts";

/** How much of something's cost a part is, and by what it was dealt out. */
export interface SharePartView {
  readonly part: string;
  readonly cost: Money;
  /** Of what the part costs on the whole cluster. */
  readonly percent: number;
}

/** What it costs for a million events: records that came in, requests that were answered. A number, not money that sums. */
export interface UnitCostView extends UnitCost {
  readonly unit: "records" | "requests";
}

interface Owned {
  /** null: no rule says whose it is. */
  readonly tenant: string | null;
  readonly cost: Money;
  /** How the cost came about, and by which rule it is the tenant's: a sentence. */
  readonly why: string;
}

interface TopicCostView extends Owned {
  readonly cluster: string;
  readonly topic: string;
  readonly parts: readonly SharePartView[];
  /** Of the cost: what known groups read, which they pay. */
  readonly read: Money;
  readonly unitCost?: UnitCostView;
}

interface GroupCostView extends Owned {
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
  /** Fetched. */
  readonly bytes: number;
}

interface JobCostView extends Owned {
  readonly cluster: string;
  readonly job: string;
  readonly slotSeconds: number;
}

interface ServiceCostView extends Owned {
  readonly service: string;
  readonly taskSeconds: number;
  /** Of the cost: charges that name the service. */
  readonly direct: Money;
  readonly unitCost?: UnitCostView;
}

export interface PoolView {
  readonly cluster: string;
  readonly kind: "kafka" | "flink" | "services";
  readonly cost: Money;
  /** Charges that were taken for it: by what. */
  readonly why: readonly string[];
  readonly parts: readonly {
    readonly part: string;
    readonly cost: Money;
    /** Of 100, over the parts that were measured. */
    readonly percent: number;
    readonly used: number;
    readonly unit: string;
    readonly formula: string;
  }[];
  readonly idle: Money;
  readonly unallocated: Money;
  /** Share of the time that was watched, percent; absent: none. */
  readonly watched?: number;
  readonly notes: readonly string[];
}

export interface TenantCostView {
  /** null: what no rule names anybody for. */
  readonly tenant: string | null;
  readonly cost: Money;
  readonly direct: Money;
  readonly shared: Money;
  readonly idle: Money;
  /** Of the total, percent. */
  readonly share?: number;
  readonly unitCost?: UnitCostView;
}

export interface OtherCostView {
  readonly what: string;
  readonly cost: Money;
  readonly tenant: string | null;
  readonly why: string;
}

/** Rows beyond the limit, so that a long list still sums. */
export interface RestView {
  readonly count: number;
  readonly cost: Money;
}

/** tenants' costs + shared + idle + unallocated = total, exactly. */
export interface AllocationView extends FigureView {
  readonly from: Day;
  readonly to: Day;
  readonly status: CostStanding;
  readonly total: Money;
  readonly tenants: readonly TenantCostView[];
  /** Not dealt out to tenants: what nobody can be named for, what nobody used, and what no usage is known for. */
  readonly shared: Money;
  readonly idle: Money;
  readonly unallocated: Money;
  readonly pools: readonly PoolView[];
  /** The dearest first, as all lists here. */
  readonly topics: readonly TopicCostView[];
  readonly groups: readonly GroupCostView[];
  readonly jobs: readonly JobCostView[];
  readonly services: readonly ServiceCostView[];
  readonly others: readonly OtherCostView[];
  readonly sharedCharges: readonly OtherCostView[];
  readonly rest: Readonly<Partial<Record<"topics" | "groups" | "jobs" | "services" | "others" | "tenants", RestView>>>;
  readonly notes: readonly string[];
}
