import { DAY_MS, type DurationMs, formatDuration } from "../../kernel/time.ts";
import { heldSpan, keptAges } from "./ages.ts";
import type { Prices, StorageClass } from "./prices.ts";
import type { Keep } from "./types.ts";

const GB = 2 ** 30;
const MILLION = 1e6;
/** Days of a month, as AWS counts 730 hours. */
const MONTH_DAYS = 730 / 24;
/** Memory of a worker. */
const LAMBDA_GB = 0.25;

export interface CostInput {
  readonly every: DurationMs;
  readonly keep: Keep;
  /** Bytes stored at a destination for a day of records. */
  readonly storedBytesPerDay: number;
  /** Bytes stored by the first run, which reads everything. */
  readonly firstRunBytes: number;
  /** Objects one run writes at a destination: data, papers, receipts. */
  readonly objectsPerRun: number;
  /** Requests one run reads with, at a destination. */
  readonly readsPerRun: number;
  /** Bytes of savepoints, snapshots and papers that each point has for itself. */
  readonly bytesPerPoint: number;
  /** How long topics retain records; absent: for ever, or compacted. */
  readonly retention?: DurationMs;
  /** Seconds workers run for one run, all together. */
  readonly workerSeconds: number;
  /** Units (messages, invocations) of one run. */
  readonly units: number;
  readonly verify: "shallow" | "deep" | "off";
  readonly places: readonly {
    readonly name: string;
    readonly kind: "s3" | "directory";
    readonly storageClass: StorageClass;
    readonly kms: boolean;
    /** In another region than the cluster. */
    readonly far: boolean;
  }[];
}

export interface CostLine {
  readonly what: "storage" | "puts" | "gets" | "retrieval" | "egress" | "kms" | "workers" | "messages";
  readonly quantity: number;
  readonly unit: string;
  /** USD a month. */
  readonly usd: number;
}

export interface CostForecast {
  readonly currency: "USD";
  readonly prices: string;
  readonly runsPerMonth: number;
  /** Points that are listed once the plan has run for as long as it keeps. */
  readonly points: number;
  /** Of which the oldest is so old. */
  readonly spanMs: DurationMs;
  readonly places: readonly {
    readonly place: string;
    /** Steady state, or after a year where topics retain for ever. */
    readonly storedBytes: number;
    readonly lines: readonly CostLine[];
    readonly usdPerMonth: number;
    /** Once, for the first run. */
    readonly firstRunUsd: number;
  }[];
  readonly compute: readonly CostLine[];
  readonly usdPerMonth: number;
  readonly firstRunUsd: number;
  /** Whole sentences: what grows, what is charged although it is deleted, where requests cost more than storage. */
  readonly notes: readonly string[];
}

const round = (usd: number): number => Math.round(usd * 1e6) / 1e6;
const total = (lines: readonly CostLine[]): number => round(lines.reduce((sum, { usd }) => sum + usd, 0));
const line = (what: CostLine["what"], quantity: number, unit: string, usd: number): CostLine => ({
  what,
  quantity: Math.round(quantity * 1000) / 1000,
  unit,
  usd: round(usd),
});

/** What a plan will cost a month, before it is saved. Every figure is a list price times a quantity that is told beside it. */
export function forecast(input: CostInput, prices: Prices): CostForecast {
  const { every, keep, retention } = input;
  const runs = (MONTH_DAYS * DAY_MS) / every;
  const ages = keptAges(keep, every);
  const span = ages.at(-1) ?? 0;
  const notes: string[] = [];
  const heldMs = retention === undefined ? Math.max(span, 365 * DAY_MS) : heldSpan(ages, retention);
  const newPerMonth = input.storedBytesPerDay * MONTH_DAYS + input.bytesPerPoint * runs;
  if (retention === undefined && input.storedBytesPerDay > 0)
    notes.push(
      `topics that retain for ever, or are compacted, make it grow by ${gb(input.storedBytesPerDay * MONTH_DAYS)} a month; shown is the state after a year`,
    );
  const places = input.places.map((place) => {
    const price = prices.storage[place.storageClass];
    const records =
      retention === undefined
        ? input.firstRunBytes + (input.storedBytesPerDay * heldMs) / DAY_MS
        : (input.storedBytesPerDay * heldMs) / DAY_MS;
    const storedBytes = records + input.bytesPerPoint * ages.length;
    if (place.kind === "directory")
      return { place: place.name, storedBytes, lines: [], usdPerMonth: 0, firstRunUsd: 0 };
    // What is deleted early is charged to the end of its least time.
    const early = Math.max(0, price.leastDays * DAY_MS - heldMs);
    const charged = storedBytes + (input.storedBytesPerDay * early) / DAY_MS;
    if (early > 0)
      notes.push(
        `${place.name}: ${place.storageClass} is charged for ${price.leastDays} days at least, and records are held for ${formatDuration(heldMs)}`,
      );
    const objectBytes = newPerMonth / Math.max(1, runs * input.objectsPerRun);
    const padded = Math.max(0, price.leastBytes - objectBytes) * input.objectsPerRun * ages.length;
    if (padded > storedBytes / 10)
      notes.push(`${place.name}: ${place.storageClass} charges each object for 128 KB; those of this plan are smaller`);
    const puts = runs * input.objectsPerRun;
    const gets = runs * (input.readsPerRun + (input.verify === "off" ? 0 : input.objectsPerRun));
    const read = input.verify === "off" ? 0 : newPerMonth / GB;
    const lines = [
      line("storage", (charged + padded) / GB, "GB-month", ((charged + padded) / GB) * price.perGbMonth),
      line("puts", puts, "requests", (puts / MILLION) * price.perMillionPuts),
      line("gets", gets, "requests", (gets / MILLION) * price.perMillionGets),
      ...(price.perGbRead > 0 && read > 0 ? [line("retrieval", read, "GB", read * price.perGbRead)] : []),
      // What is verified comes back over the same border.
      ...(place.far
        ? [line("egress", newPerMonth / GB + read, "GB", (newPerMonth / GB + read) * prices.perGbEgress)]
        : []),
      ...(place.kms ? [line("kms", puts + gets, "requests", ((puts + gets) / MILLION) * prices.perMillionKms)] : []),
    ];
    const cost = (what: CostLine["what"]) => lines.find((one) => one.what === what)?.usd ?? 0;
    if (cost("puts") + cost("gets") + cost("kms") > cost("storage") && cost("puts") > 0.5)
      notes.push(
        `${place.name}: requests cost more than storage; a longer interval than ${formatDuration(every)} makes them fewer`,
      );
    const first = input.firstRunBytes / GB;
    return {
      place: place.name,
      storedBytes: Math.round(storedBytes),
      lines,
      usdPerMonth: total(lines),
      firstRunUsd: round(place.far ? first * prices.perGbEgress : 0),
    };
  });
  const seconds = runs * input.workerSeconds * LAMBDA_GB;
  const calls = runs * Math.max(1, input.units);
  const compute = [
    line(
      "workers",
      seconds,
      "GB-seconds",
      seconds * prices.perLambdaGbSecond + (calls / MILLION) * prices.perMillionInvocations,
    ),
    line("messages", calls * 3, "requests", ((calls * 3) / MILLION) * prices.perMillionMessages),
  ];
  return {
    currency: "USD",
    prices: prices.source,
    runsPerMonth: Math.round(runs * 10) / 10,
    points: ages.length,
    spanMs: span,
    places,
    compute,
    usdPerMonth: round(places.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, total(compute))),
    firstRunUsd: round(places.reduce((sum, { firstRunUsd }) => sum + firstRunUsd, 0)),
    notes,
  };
}

const gb = (bytes: number): string => `${(bytes / GB).toFixed(bytes < GB ? 2 : 0)} GB`;
