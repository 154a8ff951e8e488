import type { ChangeProof, ChangeStatus, NotedOpportunity } from "../../shared/core/cost/change/types.ts";
import type { Day } from "../../shared/core/cost/day.ts";
import type { ReportNote } from "../../shared/core/cost/jobs/types.ts";
import type { ChangeAction, NotProposed, OpportunityKind } from "../../shared/core/cost/opportunity.ts";
import type { ReportSource, ReportStatus, ReportView } from "../../shared/core/cost/report/view.ts";
import type { Basis } from "../../shared/core/cost/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { AnomaliesAnswer } from "./anomalies.ts";
import type { BudgetAnswer } from "./budgets.ts";
import type { DriversAnswer } from "./drivers.ts";
import type { ForecastAnswer } from "./forecast.ts";
import type { Imported } from "./import.ts";
import type { Plain } from "./plain.ts";

/** Exact decimal text: "12.30", "-0.00000080000", "0". Never a float. */
export type Money = string;

export type CostStanding = ReportStatus;

/** What is said with every figure. */
export interface FigureView {
  readonly basis: Basis;
  readonly currency: string | null;
  readonly zone: "UTC";
  readonly from: Day | null;
  readonly to: Day | null;
}

export type CostSourceView = ReportSource;

export interface CostSourcesView extends FigureView {
  readonly status: CostStanding;
  readonly items: readonly CostSourceView[];
  readonly requests: number;
  readonly paid: Money;
}

/** A day of bills and how sure it is; the shakiest of its sources counts. */
export type CostDayView = ReportView["days"][number];

/** Money as exact text; an absent saving cannot be told, which is not zero. */
export type CostOpportunityView = NotedOpportunity;

export interface CostDismissedView {
  readonly id: string;
  readonly reason: string;
  readonly by: string;
  readonly at: Millis;
  /** Absent: for good. */
  readonly until?: Millis;
  /** As it was when it was dismissed. */
  readonly text?: string;
  readonly resource?: CostOpportunityView["resource"];
}

/** One change and what came of it. */
export interface CostChangeView {
  readonly id: string;
  readonly status: ChangeStatus;
  /** Since when it stands like that. */
  readonly since: Millis;
  readonly text: string;
  readonly kind?: OpportunityKind;
  readonly resource?: CostOpportunityView["resource"];
  readonly appliedAt?: Millis;
  readonly by?: string;
  readonly why?: string;
  readonly currency?: string;
  readonly promisedPerMonth?: Money;
  /** From closed days after it, with the load normalised. Without `perMonth` it cannot be told yet. */
  readonly proof?: ChangeProof;
  /** How it ended; `alone`: the guard did it. */
  readonly ended?: { readonly by: string; readonly why: string; readonly at: Millis; readonly alone: boolean };
  readonly trouble?: string;
  /** Whether one call takes it back. */
  readonly revertible: boolean;
  readonly action?: ChangeAction;
}

export interface CostOpportunitiesView {
  /** `retention.mode` of the configuration; absent: retention is not looked at. */
  readonly mode?: "observe" | "recommend" | "act";
  readonly currency: string;
  /** Of those whose saving can be told. */
  readonly savingPerMonth: Money;
  readonly items: readonly CostOpportunityView[];
  readonly notProposed: readonly NotProposed[];
  readonly dismissed: readonly CostDismissedView[];
  /** Clusters and sources that could not be looked at: what is not seen is not "nothing to save". */
  readonly troubles: readonly string[];
}

export interface CostChangesView {
  readonly currency: string;
  readonly items: readonly CostChangeView[];
  readonly promisedPerMonth: Money;
  /** Of changes that hold and of which it can be told; absent: nothing is proven yet. */
  readonly realisedPerMonth?: Money;
  /** What all changes that can be told have saved over closed days, with an interval: numbers, for what would have been is an estimate. */
  readonly saved?: {
    readonly soFar: number;
    readonly low: number;
    readonly high: number;
    /** Of closed days later than those a proof looks at: at the proven rate, not measured. */
    readonly carried: number;
  };
  readonly notes: readonly string[];
}

/** What came of somebody's word. */
export interface CostCommandView {
  readonly id: string;
  readonly reason: string;
  readonly text: string;
  /** Whether what was asked for was done; false: it was held, and the text says why. */
  readonly ok: boolean;
  /** Its record; absent where nothing new was decided. */
  readonly decision?: string;
}

/** A report on a schedule. */
export interface CostReportJobView {
  readonly name: string;
  readonly every: "daily" | "weekly";
  /** Hour of UTC; weekly ones are made on Mondays. */
  readonly at: number;
  /** Destinations, and receivers of alerting. */
  readonly to: readonly string[];
  readonly receivers: readonly string[];
  /** It is about one tenant only. */
  readonly tenant?: string;
  readonly nextAt?: Millis;
  /** Being made or told. */
  readonly current?: {
    readonly from: Day;
    readonly to: Day;
    readonly startedAt: Millis;
    readonly by: string;
    readonly phase: "making" | "telling";
    readonly failures: number;
    readonly why?: string;
  };
  /** The last one that is over: `files` lie at the destinations, `kept` in Headgate's own object store. */
  readonly last?: ReportNote & { readonly kept: readonly string[] };
}

export interface CostReportsView {
  readonly items: readonly CostReportJobView[];
}

/** What came of asking for a report; `reason`: making, failing, made, partly or failed. */
export interface CostReportRunView extends CostCommandView {
  readonly report: CostReportJobView;
}

/** Rows of text as the engine prints them; NULL is null. */
export interface CostQueryView {
  readonly engine: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** There are more rows. */
  readonly truncated: boolean;
  /** What Athena has read, and what that costs, USD. */
  readonly scannedBytes?: number;
  readonly paid?: Money;
  readonly notes: readonly string[];
}

export interface CostBudgetView extends BudgetAnswer {
  /** "month", "quarter" or "year". */
  readonly every: string;
  /** It is about all there is, not about some service, account, tag or tenant. */
  readonly whole: boolean;
}

/** A tenant in a list. */
export interface CostTenantView {
  readonly tenant: string;
  readonly cost: Money;
  /** Of the total, percent. */
  readonly share?: number;
  readonly budget?: { readonly amount: Money; readonly percent?: number };
}

export interface CostTenantsView extends FigureView {
  readonly status: CostStanding;
  readonly total: Money;
  /** Of nobody that a rule names. */
  readonly unallocated: Money;
  /** What was there and unused, where it is not dealt out. */
  readonly idle?: Money;
  /** What nobody can be named for, where it is not dealt out. */
  readonly shared?: Money;
  /** A made-up bill is in these figures. */
  readonly madeUp?: boolean;
  /** The dearest first. */
  readonly items: readonly CostTenantView[];
  /** What a reader has to know: where usage of other days had to do, who did not answer. */
  readonly notes: readonly string[];
}

/** One line of show-back: what a tenant pays for a topic, group, job, service or account. */
export interface CostPartView {
  readonly kind: string;
  readonly name: string;
  readonly cost: Money;
}

export interface CostTenantDetailView extends FigureView {
  readonly tenant: string;
  readonly status: CostStanding;
  readonly cost: Money;
  readonly share?: number;
  readonly budget?: { readonly amount: Money; readonly percent?: number };
  /** A made-up bill is in these figures. */
  readonly madeUp?: boolean;
  readonly parts: readonly CostPartView[];
  readonly days: readonly { readonly day: Day; readonly cost: Money }[];
  readonly notes: readonly string[];
}

export interface CostBudgetsView {
  readonly items: readonly CostBudgetView[];
  readonly notes: readonly string[];
}

export type CostForecastView = Plain<ForecastAnswer>;
export type CostDriversView = Plain<DriversAnswer>;

export type CostAnomaliesView = Plain<AnomaliesAnswer>;

/** What became of a bill that was sent. */
export type CostImportedView = Plain<Imported>;
