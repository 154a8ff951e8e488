import type { Day } from "../../shared/core/cost/day.ts";

/** Forms in which a report lies in the store and at destinations. */
export const REPORT_TYPES = {
  html: "text/html; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  json: "application/json",
} as const;
export type ReportType = keyof typeof REPORT_TYPES;

/** Below a prefix that ends in "/": "cost/acme/reports/weekly/2024-09-08.html". Names are encoded: they may hold a slash. */
export const reportObject = (prefix: string, name: string, to: Day, type: ReportType): string =>
  `${reportFolder(prefix, name)}${to}.${type}`;

export const reportFolder = (prefix: string, name: string): string => `${prefix}reports/${encodeURIComponent(name)}/`;
