import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import { type CollectAsk, collectBills } from "../../functions/cost/collect.ts";
import { type CostWork, costFromConfig } from "../../functions/cost/context.ts";
import { add, type Decimal, text, ZERO } from "../../shared/core/cost/decimal.ts";
import type { BillDay, Charge } from "../../shared/core/cost/types.ts";
import type { CostExplorer } from "../../shared/core/ports/cost-explorer.ts";
import type { Objects } from "../../shared/core/ports/objects.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";

export const DAY = 86_400_000;
export const NOON = Date.UTC(2026, 9, 20, 12);

export interface SourcesWorld {
  readonly clock: { now: number };
  readonly dir: string;
  readonly objects: Objects;
  /** A new look: its own instant, the same store. */
  readonly work: (sources?: string) => CostWork;
  /** Writes a FOCUS file, modified `daysAgo`. */
  readonly file: (name: string, rows: readonly string[], daysAgo?: number) => string;
}

export interface WorldOptions {
  readonly costExplorer?: CostExplorer;
  readonly objects?: (inner: Objects) => Objects;
  readonly now?: number;
}

const folders: string[] = [];
/** After the last test of a file: what its worlds had as folders. */
export function removeWorlds(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const parsed = new Map<string, HeadgateConfig>();
function configOf(sources: string): HeadgateConfig {
  const read = parseConfig(`version: 1\ncost: { sources: ${sources} }\n`);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.config;
}

/** Cost with everything it keeps in memory, files in a folder of their own, and a clock that only moves when told to. */
export function sourcesWorld({ costExplorer, objects: wrap, now = NOON }: WorldOptions = {}): SourcesWorld {
  const clock = { now };
  const dir = mkdtempSync(join(tmpdir(), "headgate-sources-"));
  folders.push(dir);
  const { runtime } = directRuntime({ baseDir: dir, now: () => clock.now });
  const inner = memoryObjects({ now: () => clock.now });
  const objects = wrap ? wrap(inner) : inner;
  const explorer = costExplorer ? { costExplorer: () => costExplorer } : {};
  return {
    ...{ clock, dir, objects: inner },
    work: (sources = "[]") => {
      const config = parsed.get(sources) ?? configOf(sources);
      parsed.set(sources, config);
      return costFromConfig({ runtime: { ...runtime, ...explorer, objects }, tenant: "default", config });
    },
    file: (name, rows, daysAgo = 0) => {
      const path = join(dir, name);
      writeFileSync(path, [HEADER, ...rows, ""].join("\n"));
      const at = (clock.now - daysAgo * DAY) / 1000;
      utimesSync(path, at, at);
      return path;
    },
  };
}

export const HEADER =
  "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,ProviderName,BillingAccountId,ServiceName";
/** One row: what it costs on which day, of which account and service. */
export const row = (
  day: string,
  cost: string,
  { account = "111122223333", service = "Kafka", category = "Usage", provider = "AWS" } = {},
): string => `${cost},${cost},USD,${day}T00:00:00Z,${category},${provider},${account},${service}`;

export const daysFrom = (first: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => new Date(Date.parse(first) + at * DAY).toISOString().slice(0, 10));

export interface Read {
  readonly total: string;
  /** What is covered, with its sum: "0" where it costs nothing. */
  readonly byDay: Readonly<Record<string, string>>;
  readonly charges: readonly Charge[];
  readonly pieces: readonly BillDay[];
  readonly collected: Awaited<ReturnType<typeof collectBills>>;
}

/** Everything of a span, summed. */
export async function readAll(work: CostWork, ask: CollectAsk = {}): Promise<Read> {
  const collected = await collectBills(work, ask);
  const byDay = new Map<string, Decimal>();
  const pieces: BillDay[] = [];
  for await (const piece of collected.days) {
    pieces.push(piece);
    const sum = piece.charges.reduce((all, { billed = ZERO }) => add(all, billed), byDay.get(piece.day) ?? ZERO);
    byDay.set(piece.day, sum);
  }
  const plain = (value: Decimal) =>
    text(value)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "");
  return {
    ...{ pieces, collected, charges: pieces.flatMap(({ charges }) => charges) },
    total: plain([...byDay.values()].reduce(add, ZERO)),
    byDay: Object.fromEntries([...byDay].map(([day, sum]) => [day, plain(sum)])),
  };
}
