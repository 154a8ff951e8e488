import { DAY_MS, HOUR_MS, type Millis } from "../../kernel/time.ts";
import { compare, type Decimal, toNumber } from "../decimal.ts";
import { average, averageAgainst, count, percentile, type Tally, tally } from "./tally.ts";
import { HIGH, LOW, type Measured, WINDOW_DAYS } from "./types.ts";

export type UtilizationFinding = "Underutilized" | "Overutilized" | "Optimized" | "InsufficientData";

/** Compute Optimizer's words for the same, which are the opposite way round: what is underutilized is over-provisioned. */
export type AwsFinding = "OVER_PROVISIONED" | "UNDER_PROVISIONED" | "OPTIMIZED";

const AWS: Readonly<Record<UtilizationFinding, AwsFinding | undefined>> = {
  Underutilized: "OVER_PROVISIONED",
  Overutilized: "UNDER_PROVISIONED",
  Optimized: "OPTIMIZED",
  InsufficientData: undefined,
};

export interface ClassifyAsk {
  readonly now: Millis;
  /** How far is looked back; the bound itself is within. Default 7 days. */
  readonly windowMs?: number;
  /** Samples of a later instant are left out. Default: none is, as the platform's query has it. */
  readonly until?: Millis;
  /** Fewer samples are InsufficientData. */
  readonly minimumSamples: number;
}

/** What became of one resource under one type in the window. */
export interface UtilizationRow {
  /** The resource, or the service where the table knows no resources. */
  readonly resourceId: string;
  readonly resourceType?: string;
  readonly finding: UtilizationFinding;
  /** By the platform's rule alone, whatever the number of samples; absent where there is none (the platform's query says Optimized there). */
  readonly platform?: Exclude<UtilizationFinding, "InsufficientData">;
  readonly aws?: AwsFinding;
  /** Percent; absent where nobody measured. */
  readonly average?: number;
  readonly p95?: number;
  readonly maximum?: number;
  /** Rows with a utilisation, and those without one. */
  readonly samples: number;
  readonly missing: number;
  /** Hours of the clock with a sample: many samples of one hour say little of a week. */
  readonly hours: number;
  readonly from: Millis;
  readonly to: Millis;
  /** Of the newest row that has one, and the least and the most of the window. */
  readonly costPerHour?: Decimal;
  readonly costPerHourLeast?: Decimal;
  readonly costPerHourMost?: Decimal;
  /** The same resource was also seen under these types; each is a row of its own. */
  readonly otherTypes: readonly string[];
}

interface Seen {
  readonly resourceId: string;
  readonly resourceType: string | undefined;
  readonly used: Tally;
  readonly values: number[];
  readonly hours: Set<number>;
  missing: number;
  from: Millis;
  to: Millis;
  cost?: { readonly at: Millis; readonly value: Decimal };
  least?: Decimal;
  most?: Decimal;
}

export interface Classified {
  /** The dearest first where costs are known, then by name. */
  readonly rows: readonly UtilizationRow[];
  readonly from: Millis;
  readonly minimumSamples: number;
  /** Rows of the window, and those before it or after its end. */
  readonly inside: number;
  readonly outside: number;
  /** The newest row of all, also of those outside; absent where there was none. */
  readonly newest?: Millis;
}

/** Counts rows in any order and says how busy each resource was. Memory grows with the samples of the window. */
export function classifier(ask: ClassifyAsk) {
  const from = ask.now - (ask.windowMs ?? WINDOW_DAYS * DAY_MS);
  const all = new Map<string, Seen>();
  const counts = { inside: 0, outside: 0 };
  let newest: Millis | undefined;

  return {
    add(row: Measured): void {
      if (newest === undefined || row.at > newest) newest = row.at;
      const id = row.resourceId ?? row.service ?? row.resourceType;
      if (id === undefined || row.at < from || (ask.until !== undefined && row.at > ask.until)) {
        counts.outside += 1;
        return;
      }
      counts.inside += 1;
      const key = JSON.stringify([id, row.resourceType]);
      const one: Seen = all.get(key) ?? {
        ...{ resourceId: id, resourceType: row.resourceType, used: tally(), values: [], hours: new Set(), missing: 0 },
        ...{ from: row.at, to: row.at },
      };
      all.set(key, one);
      one.from = Math.min(one.from, row.at);
      one.to = Math.max(one.to, row.at);
      if (row.percent === undefined) one.missing += 1;
      else {
        count(one.used, row.percent);
        one.values.push(toNumber(row.percent));
        one.hours.add(Math.floor(row.at / HOUR_MS));
      }
      const cost = row.costPerHour;
      if (cost === undefined) return;
      // Of two rows of one instant the dearer one: the order of a file says nothing.
      const newer =
        one.cost === undefined || row.at > one.cost.at || (row.at === one.cost.at && compare(cost, one.cost.value) > 0);
      if (newer) one.cost = { at: row.at, value: cost };
      if (one.least === undefined || compare(cost, one.least) < 0) one.least = cost;
      if (one.most === undefined || compare(cost, one.most) > 0) one.most = cost;
    },
    result(): Classified {
      const types = new Map<string, string[]>();
      for (const { resourceId, resourceType } of all.values())
        types.set(resourceId, [...(types.get(resourceId) ?? []), resourceType ?? ""]);
      const rows = [...all.values()].map((one) => rowOf(one, ask.minimumSamples, types.get(one.resourceId) ?? []));
      return {
        ...{ rows: rows.sort(dearest), from, minimumSamples: ask.minimumSamples },
        ...counts,
        ...(newest === undefined ? {} : { newest }),
      };
    },
  };
}

/** The platform's rule, on the exact average: exactly 20 and exactly 80 are Optimized. */
const labelOf = (used: Tally): Exclude<UtilizationFinding, "InsufficientData"> =>
  averageAgainst(used, LOW) < 0 ? "Underutilized" : averageAgainst(used, HIGH) > 0 ? "Overutilized" : "Optimized";

function rowOf(one: Seen, minimumSamples: number, types: readonly string[]): UtilizationRow {
  const { resourceId, resourceType, used, values, hours, missing, from, to, cost, least, most } = one;
  const samples = values.length;
  const platform = samples === 0 ? undefined : labelOf(used);
  const finding = platform === undefined || samples < minimumSamples ? "InsufficientData" : platform;
  const aws = AWS[finding];
  const optional = {
    ...{ resourceType, platform, aws, average: average(used), p95: percentile(values, 95) },
    ...{ maximum: samples === 0 ? undefined : values.reduce((best, value) => Math.max(best, value), 0) },
    ...{ costPerHour: cost?.value, costPerHourLeast: least, costPerHourMost: most },
  };
  return {
    ...{ resourceId, finding, samples, missing, hours: hours.size, from, to },
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<UtilizationRow>),
    otherTypes: types.filter((type) => type !== (resourceType ?? "")).sort(),
  };
}

function dearest(a: UtilizationRow, b: UtilizationRow): number {
  if (a.costPerHour !== undefined && b.costPerHour !== undefined) {
    const order = compare(b.costPerHour, a.costPerHour);
    if (order !== 0) return order;
  } else if (a.costPerHour !== b.costPerHour) return a.costPerHour === undefined ? 1 : -1;
  if (a.resourceId !== b.resourceId) return a.resourceId < b.resourceId ? -1 : 1;
  return (a.resourceType ?? "") < (b.resourceType ?? "") ? -1 : 1;
}
