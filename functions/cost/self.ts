import { decimal, sum, text, ZERO } from "../../shared/core/cost/decimal.ts";
import type { Load } from "../../shared/core/cost/self/load.ts";
import { PRICE_LIST, type UsageName } from "../../shared/core/cost/self/prices.ts";
import { countedLines, type LoadCost, loadCost, perDay, type SelfLine } from "../../shared/core/cost/self/view.ts";
import { HOUR_MS, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { configLoad } from "./config-load.ts";
import { keptCounts } from "./self-counts.ts";
import "../shared-parts.ts";

/** What Headgate itself costs; money is exact text, USD at list prices. */
export interface SelfView {
  readonly currency: "USD";
  readonly prices: typeof PRICE_LIST;
  /** From counted requests. Absent: nothing was counted yet, which is not zero. */
  readonly now?: {
    readonly since: Millis;
    readonly hours: number;
    /** If it went on like this for a month of 30 days. */
    readonly perMonth: string;
    readonly perDay: string;
    readonly lines: readonly SelfLine[];
    /** False: counted on a laptop, where nothing is paid. */
    readonly paid: boolean;
  };
  /** At the load that was given, or that of the configuration in force where none was. */
  readonly load: LoadCost;
  readonly notes: readonly string[];
}

/** Counted wherever Headgate runs, and what can be counted only where it is deployed. What stands or is polled whether anybody asks is told from the configuration. */
const COUNTED: readonly UsageName[] = [
  "readUnits",
  "writeUnits",
  "metricsRead",
  "objectReads",
  "objectWrites",
  "billRequests",
  "scannedTb",
];
const COUNTED_DEPLOYED: readonly UsageName[] = ["invocations", "gbSeconds", "discoveries"];
const LEAST_MS = MINUTE_MS;

const total = (lines: readonly SelfLine[]) => sum(lines.map((line) => decimal(line.perMonth) ?? ZERO));

/**
 * What Headgate itself costs now, from what was counted, and at a load.
 *
 * @throws HeadgateError of the store
 */
export async function selfCost(runtime: Runtime, tenant: string, load?: Load): Promise<SelfView> {
  const config = (await currentConfig(runtime, tenant))?.config;
  const configured = config ? configLoad(config) : {};
  const paid = runtime.parts !== undefined;
  const counted = await keptCounts(runtime, tenant);
  const seen = counted !== undefined && counted.until - counted.since >= LEAST_MS;
  return {
    currency: "USD",
    prices: PRICE_LIST,
    ...(counted && seen ? { now: { ...nowOf(counted, configured, paid), paid } } : {}),
    load: loadCost(load ?? configured),
    notes: [
      PRICE_LIST.note,
      `prices of ${PRICE_LIST.region} of ${PRICE_LIST.date}, whatever the region`,
      ...(seen ? [] : ["too little was counted yet: what it costs now is not known, which is not zero"]),
      ...(seen && !paid ? ["counted on this machine, where nothing is paid: what the same would cost deployed"] : []),
    ],
  };
}

type Counted = NonNullable<Awaited<ReturnType<typeof keptCounts>>>;

function nowOf({ since, until, counts }: Counted, configured: Load, paid: boolean) {
  const names = new Set<string>([...COUNTED, ...(paid ? COUNTED_DEPLOYED : [])]);
  const hours = (until - since) / HOUR_MS;
  // Decisions were counted, not guessed: what comes with them is in the counts.
  const standing = loadCost({ ...configured, decisions: 0, alerts: 0 }).lines.filter(({ name }) => !names.has(name));
  const own = Object.fromEntries(
    Object.entries(counts).filter(([name]) => names.has(name) || name === "queueRequests"),
  );
  const lines = [...countedLines(own, hours), ...standing].sort((a, b) => Number(b.perMonth) - Number(a.perMonth));
  const month = total(lines);
  return { since, hours, lines, perMonth: text(month), perDay: perDay(month) };
}
