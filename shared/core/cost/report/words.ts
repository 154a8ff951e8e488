import { iso } from "../../kernel/time.ts";
import { amountText, digitsFor } from "./amount.ts";
import type { ReportSource, ReportView } from "./view.ts";

/** What is said around the figures, the same in every form. */
export interface ReportWords {
  readonly title: string;
  /** "10.16 USD"; or what is there in its place: "denied". */
  readonly total: string;
  /** Whether there is a figure at all. */
  readonly figure: boolean;
  /** "billed, 2024-09-01 to 2024-09-30, UTC". */
  readonly scope: string;
  /** What has to be known before the figure is believed. */
  readonly warnings: readonly string[];
  readonly facts: readonly string[];
}

const STANDING: Readonly<Record<Exclude<ReportView["status"], "known">, readonly [total: string, why: string]>> = {
  none: ["no charges", "The sources answered and have no charge for these days."],
  denied: ["denied", "The bills may not be read: this is no zero."],
  unavailable: ["not known", "Nothing was answered that makes a figure: this is no zero."],
  no_sources: ["not known", "No source of bills is configured: this is no zero."],
};

const BASIS = {
  billed: "as billed (what the invoice says)",
  effective: "effective (upfront payments spread over what they cover)",
} as const;

const FINALITY: Readonly<Record<string, string>> = {
  estimated: "Some days are still estimated: the provider may revise them.",
  priced: "No bill stands behind some of it: usage times list prices.",
  made_up: "A made-up sample for trying: no bill at all.",
};

export function sourceText(one: ReportSource): string {
  const through = one.through === undefined ? "" : ` through ${one.through}`;
  const state =
    one.status === "read" ? `read${through}` : one.status === "none" ? "no charges" : `${one.status}: ${one.why ?? ""}`;
  const asked = one.requests === 0 ? "" : `, ${one.requests} paid request${one.requests === 1 ? "" : "s"}`;
  const scanned =
    one.scannedBytes === undefined ? "" : `, ${(one.scannedBytes / 1e6).toFixed(1)} MB read by Athena, ${one.paid} USD`;
  return `${one.source}: ${state}${one.finality === undefined || one.finality === "closed" ? "" : `, ${one.finality.replace("_", " ")}`}${asked}${scanned}`;
}

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

export function reportWords(view: ReportView): ReportWords {
  const digits = digitsFor(view);
  const unit = view.currency ?? "(currency not stated)";
  const figure = view.status === "known";
  const standing = view.status === "known" ? undefined : STANDING[view.status];
  const span =
    view.from === null || view.to === null
      ? "no days"
      : view.from === view.to
        ? view.from
        : `${view.from} to ${view.to}`;
  const refused = view.sources.filter(({ status }) => status === "denied" || status === "unavailable");
  const warnings = [
    ...(standing === undefined ? [] : [standing[1]]),
    ...(figure && view.finality !== null && FINALITY[view.finality] !== undefined
      ? [FINALITY[view.finality] as string]
      : []),
    ...(refused.length > 0
      ? [`${figure ? "Incomplete, what these sources have is missing: " : ""}${refused.map(sourceText).join("; ")}.`]
      : []),
    ...(view.withoutAmount > 0
      ? [`${many(view.withoutAmount, "charge")} without an amount of this basis: in no sum.`]
      : []),
    ...(view.rejected
      ? [
          `${many(view.rejected, "row")} could not be read and ${view.rejected === 1 ? "was" : "were"} left out, as asked.`,
        ]
      : []),
    ...view.currencies.flatMap((one) =>
      one.left ? [`Left out, being of another currency: ${one.amount} ${one.currency ?? "(not stated)"}.`] : [],
    ),
    ...view.notes,
  ];
  const facts = [
    ...(view.tenant === undefined ? [] : [`Tenant: ${view.tenant}`]),
    `Basis: ${BASIS[view.basis]}`,
    ...view.currencies.flatMap((one) =>
      one.rate === undefined ? [] : [`${one.amount} ${one.currency} counted at ${one.rate} ${unit}`],
    ),
    ...view.sources.map((one) => `Source ${sourceText(one)}`),
    ...(Number(view.paid) > 0 ? [`Reading these bills cost ${view.paid} USD`] : []),
    `${many(view.charges, "charge")}${view.rowsRead === undefined ? "" : ` of ${many(view.rowsRead, "row")} read`}`,
    ...(view.at === undefined ? [] : [`Made ${iso(view.at).slice(0, 16).replace("T", " ")} UTC`]),
  ];
  return {
    title: view.title ?? "Cost report",
    total: standing === undefined ? `${amountText(view.total ?? "0", digits)} ${unit}` : standing[0],
    figure,
    scope: `${view.basis}, ${span}, UTC`,
    warnings,
    facts,
  };
}

const HEADS: Readonly<Record<string, string>> = {
  resourceType: "Resource type",
  resourceKind: "Resource kind",
  serviceCategory: "Category of service",
  subAccount: "Sub-account",
  usageType: "Usage type",
};
/** A key of rows as the head of a column. */
export const headOf = (key: string): string =>
  HEADS[key] ?? (key.startsWith("tag:") ? key : `${key.charAt(0).toUpperCase()}${key.slice(1)}`);

/** What a bill does not say. */
export const NOT_STATED = "(not stated)";
export const cellOf = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? NOT_STATED : String(value);
export const percentText = (value: number | null): string =>
  value === null ? "" : value !== 0 && Math.abs(value) < 0.05 ? "under 0.1 %" : `${value.toFixed(1)} %`;
