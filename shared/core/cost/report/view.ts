import { HeadgateError } from "../../kernel/errors.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Day } from "../day.ts";
import { sum, text } from "../decimal.ts";
import { leastSure } from "../sources/look-up.ts";
import type { Basis, Finality, SourceState } from "../types.ts";
import { memberName } from "./group.ts";
import type { Sums } from "./sum.ts";

/**
 * Whether there is a figure at all. `known`: the figure is one, also where it is 0. `none`: sources answered and have no charge. `denied`:
 * none may be read. `unavailable`: none answered, or no charge has an amount of this basis. `no_sources`: nobody was named to be asked.
 */
export type ReportStatus = "known" | "none" | "denied" | "unavailable" | "no_sources";

/** A source and what came of asking it; money is exact text. */
export interface ReportSource {
  readonly source: string;
  /** "focus", "cur", "cost_explorer", "prices" or "sample"; absent where nobody says. */
  readonly kind?: string;
  readonly status: SourceState["status"];
  readonly finality?: Finality;
  readonly through?: Day;
  readonly why?: string;
  /** Paid requests that were made for this report. */
  readonly requests: number;
  /** Bytes that Athena has read for it; absent: it was not asked. */
  readonly scannedBytes?: number;
  /** What asking cost, USD. */
  readonly paid: string;
}

/** `cost` is exact text, `utilization` percent or null where nobody measured; the keys it is grouped by stand beside them, null where the bill does not say. */
export interface ReportRow {
  readonly cost: string;
  readonly utilization: number | null;
  readonly [key: string]: string | number | null;
}

/** A cost report as JSON has it, and what all other forms are made from. Rows and `unallocated` sum to `total` exactly. */
export interface ReportView {
  readonly status: ReportStatus;
  readonly basis: Basis;
  /** ISO 4217; null where the bill names none. */
  readonly currency: string | null;
  readonly zone: "UTC";
  /** Both included; null where nobody asked for days and there is no charge. */
  readonly from: Day | null;
  readonly to: Day | null;
  /** Null where nothing could be read: that is not 0. */
  readonly total: string | null;
  readonly unallocated: string | null;
  /** What rows are grouped by, as it was asked, and how a row calls it. */
  readonly groupBy: readonly string[];
  readonly keys: readonly string[];
  readonly rows: readonly ReportRow[];
  /** The least sure of all days; null where nobody says. */
  readonly finality: Finality | null;
  readonly days: readonly { readonly day: Day; readonly finality: Finality }[];
  readonly sources: readonly ReportSource[];
  /** A source did not answer or was refused: the total lacks what it has. */
  readonly incomplete: boolean;
  /** USD that Headgate paid for reading the bills of this report. */
  readonly paid: string;
  readonly charges: number;
  /** Charges without an amount of this basis: unknown, and in no sum. */
  readonly withoutAmount: number;
  /** Each currency that occurred with its own sum; `rate`: how it was counted. `left`: it was not. */
  readonly currencies: readonly {
    readonly currency: string | null;
    readonly amount: string;
    readonly rate?: string;
    readonly left?: true;
  }[];
  readonly rowsRead?: number;
  /** Rows of files that could not be read and were left out as asked. */
  readonly rejected?: number;
  readonly title?: string;
  readonly tenant?: string;
  /** When it was made. */
  readonly at?: Millis;
  /** Sentences that a reader has to know. */
  readonly notes: readonly string[];
}

export interface ReportMeta {
  /** Absent: a file that was given, and read. */
  readonly sources?: readonly (SourceState & { readonly kind?: string })[];
  readonly days?: ReportView["days"];
  /** Of a group, by its keys; undefined where nobody measured it. */
  readonly utilization?: (keys: Readonly<Record<string, string | null>>) => number | undefined;
  readonly rowsRead?: number;
  readonly rejected?: number;
  readonly title?: string;
  readonly tenant?: string;
  readonly at?: Millis;
  readonly notes?: readonly string[];
}

/** There are charges and not one says what it costs on this basis: no figure, and no zero. */
export const isUnknown = ({ charges, withoutAmount }: Pick<Sums, "charges" | "withoutAmount">): boolean =>
  charges > 0 && withoutAmount === charges;

function statusOf(charges: number, sources: readonly SourceState[] | undefined): ReportStatus {
  if (charges > 0) return "known";
  if (sources === undefined) return "none";
  if (sources.length === 0) return "no_sources";
  if (sources.some(({ status }) => status === "read" || status === "none")) return "none";
  return sources.some(({ status }) => status === "unavailable") ? "unavailable" : "denied";
}

/** @throws HeadgateError `bill.currency` where currencies are mixed and no rate is given: a sum of them is no amount */
export function refuseMix(sums: Sums): void {
  if (sums.mixed.length === 0) return;
  const all = sums.currencies.map(({ currency }) => currency).filter((one) => one !== undefined);
  throw new HeadgateError(
    "bill.currency",
    `the bill is in ${all.join(" and ")}, and there is no rate for ${sums.mixed.join(", ")}: give a rate, or ask for one currency`,
  );
}

const sourceView = (state: SourceState & { readonly kind?: string }): ReportSource => ({
  source: state.source,
  ...(state.kind === undefined ? {} : { kind: state.kind }),
  status: state.status,
  ...(state.status === "read" ? { finality: state.finality } : {}),
  ...(state.status === "read" && state.through !== undefined ? { through: state.through } : {}),
  ...("why" in state ? { why: state.why } : {}),
  requests: state.requests,
  ...(state.scannedBytes === undefined ? {} : { scannedBytes: state.scannedBytes }),
  paid: text(state.paid),
});

const rounded = (value: number): number => Number(value.toFixed(6));

/**
 * The report over sums.
 *
 * @throws HeadgateError `bill.currency`
 */
export function reportView(sums: Sums, meta: ReportMeta = {}): ReportView {
  refuseMix(sums);
  const target = sums.currency;
  // Charges of other currencies that are left out are no zero of this one.
  const counts = sums.currencies.length === 0 || sums.currencies.some(({ left }) => left !== true);
  const status = isUnknown(sums) ? "unavailable" : statusOf(counts ? sums.charges : 0, meta.sources);
  const answered = status === "known" || status === "none";
  const days = meta.days ?? [];
  const sources = meta.sources ?? [];
  const given = (name: "rowsRead" | "rejected" | "title" | "tenant" | "at") =>
    meta[name] === undefined ? {} : { [name]: meta[name] };
  return {
    status,
    basis: sums.basis,
    currency: target ?? null,
    zone: "UTC",
    from: sums.from ?? null,
    to: sums.to ?? null,
    total: answered ? text(sums.total) : null,
    unallocated: answered ? text(sums.unallocated) : null,
    groupBy: sums.groupBy,
    keys: sums.groupBy.map(memberName),
    rows: sums.rows.map(({ keys, cost }) => {
      const percent = meta.utilization?.(keys);
      return { ...keys, cost: text(cost), utilization: percent === undefined ? null : rounded(percent) };
    }),
    finality:
      days.length > 0
        ? (leastSure(days.map(({ finality }) => finality)) ?? null)
        : (leastSure(sources.flatMap((one) => (one.status === "read" ? [one.finality] : []))) ?? null),
    days,
    sources: sources.map(sourceView),
    incomplete: sources.some((one) => one.status === "denied" || one.status === "unavailable"),
    paid: text(sum(sources.map(({ paid }) => paid))),
    charges: sums.charges,
    withoutAmount: sums.withoutAmount,
    currencies: sums.currencies.map(({ currency, amount, rate, left }) => ({
      currency: currency ?? null,
      amount: text(amount),
      ...(rate === undefined ? {} : { rate: text(rate) }),
      ...(left === undefined ? {} : { left }),
    })),
    ...given("rowsRead"),
    ...given("rejected"),
    ...given("title"),
    ...given("tenant"),
    ...given("at"),
    notes: meta.notes ?? [],
  };
}
