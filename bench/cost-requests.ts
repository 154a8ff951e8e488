import { costExplorer } from "../shared/edge/cost-explorer.ts";
import { readAll, removeWorlds, sourcesWorld } from "../test/cost/sources-kit.ts";
import { costExplorerWire } from "../test/fakes/cost-explorer-wire.ts";
import { wireClients } from "../test/fakes/wire.ts";
import { type Row, row } from "./row.ts";

const NOUN = "cost-requests";
const DAY = 86_400_000;
/** Noon of 20 October 2026; the report is of the 30 days before. */
const NOON = Date.UTC(2026, 9, 20, 12);
const OPEN_DAYS = 3;
const DAYS = 30;
const SOURCE = "[{ costExplorer: {} }]";

const dayAt = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Cost Explorer counted at the wire: a report of 30 days, cold and warm, and the same each hour for a month. */
export async function bench(): Promise<readonly Row[]> {
  const wire = await costExplorerWire({
    day: () => Array.from({ length: 40 }, (_, at) => ({ keys: [`Service ${at}`, `Usage-${at}`], unblended: "1.25" })),
    estimated: (day) => day >= "2026-10-18",
  });
  const clients = wireClients(wire.endpoint);
  try {
    const port = costExplorer({
      client: () => clients.costExplorer("us-east-1"),
      sleep: async () => undefined,
      random: () => 0.5,
    });
    const world = sourcesWorld({ costExplorer: port, now: NOON });
    const requests = () => wire.counts()["GetCostAndUsage"] ?? 0;
    const report = () =>
      readAll(world.work(SOURCE), { from: dayAt(world.clock.now - DAYS * DAY), to: dayAt(world.clock.now - DAY) });
    await report();
    const cold = requests();
    await report();
    const warm = requests() - cold;
    const before = requests();
    for (let hour = 0; hour < DAYS * 24; hour += 1) {
      world.clock.now += 3_600_000;
      await report();
    }
    const month = requests() - before;
    return [
      row(NOUN, {
        measure: "report of 30 days from a cold cache: paid requests",
        value: cold,
        unit: "requests",
        bar: 2 + OPEN_DAYS,
      }),
      row(NOUN, {
        measure: "report of 30 days from a warm cache: paid requests",
        value: warm,
        unit: "requests",
        bar: 0,
      }),
      row(NOUN, {
        measure: "a report each hour for a month: paid",
        value: month * 0.01,
        unit: "USD",
        peer: { name: "asking each time, USD", value: DAYS * 24 * 0.01 },
      }),
    ];
  } finally {
    await clients.close();
    await wire.close();
    removeWorlds();
  }
}
