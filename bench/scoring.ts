import { join } from "node:path";
import { BASELINES, itemOf } from "../functions/anomaly/baselines.ts";
import { type ShardScored, scoreTenant } from "../functions/anomaly/score.ts";
import { shardCount } from "../functions/anomaly/shards.ts";
import { MINUTE_MS } from "../shared/core/kernel/time.ts";
import { directoryObjects } from "../shared/edge/directory-objects.ts";
import { openSqlite } from "../shared/edge/sqlite.ts";
import { parseConfig } from "../shared/shell/config.ts";
import { applyConfig } from "../shared/shell/config-store.ts";
import { benchRuntime, withFolder } from "./parts.ts";
import { type Row, row } from "./row.ts";
import { median } from "./timing.ts";

const START = 1_767_571_200_000;
const SIGNALS = ["cpu", "errors", "latency", "traffic"];
const SERIES = 1_000;
const TICKS = 9;
/** Shards that are scored at once: five workers (stacks/anomaly.ts), two shards each. */
const WORKERS = 10;

/** One minute's scoring of many series, states on disk: what the worker itself takes, without a network. */
export async function bench(): Promise<readonly Row[]> {
  const { seconds, objectBytes, learnSeconds } = await measure(SERIES);
  const perShard = seconds / shardCount(SERIES);
  const large = shardCount(10_000);
  const rows: Row[] = [
    row("scoring", {
      measure: `${SERIES} series, one minute's points: read, scored, states on disk`,
      value: seconds,
      unit: "s",
      bar: 10,
    }),
    row("scoring", {
      measure: `the same, first meeting with a day of history each`,
      value: learnSeconds,
      unit: "s",
      bar: 60,
    }),
    row("scoring", {
      measure: "kept per series: detector, chart and header",
      value: objectBytes / SERIES,
      unit: "bytes",
    }),
    row("scoring", {
      measure: `10,000 series on paper: ${large} shards ${WORKERS} at a time`,
      value: (large * perShard) / WORKERS,
      unit: "s",
      bar: 60,
    }),
    row("scoring", {
      measure: "series a minute on one core, on paper",
      value: (60 / seconds) * SERIES,
      unit: "series",
      bar: 10_000,
      better: "higher",
    }),
  ];
  return rows;
}

function measure(series: number) {
  return withFolder(async (folder) => {
    let clock = START;
    const now = (): number => clock;
    const names = Array.from({ length: series / SIGNALS.length }, (_, index) => `s${index}`);
    const file = openSqlite(join(folder, "state.db"), now);
    const runtime = benchRuntime(now, {
      store: file.store,
      journal: file.journal,
      objects: directoryObjects(join(folder, "objects")),
      samples: {
        read: async (queries) =>
          queries.map(({ id, metric, service, from, to, periodMs }) => {
            const points = [];
            const phase = metric.length + service.name.length;
            for (let at = from; at + periodMs <= to; at += periodMs)
              points.push({ at, value: 100 + 10 * Math.sin(at / 13_750_987 + phase) + ((at / 60_000) % 7) / 10 });
            return { id, points, status: "complete" as const, source: "bench" };
          }),
      },
    });
    const signals = SIGNALS.map((name) => `${name}: { metric: ${name}, role: latency }`).join(", ");
    const text = [
      "version: 1",
      "services:",
      ...names.map((name) => `  ${name}: { run: { command: [node] } }`),
      "anomaly:",
      ...names.map((name) => `  ${name}: { signals: { ${signals} } }`),
    ].join("\n");
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
    await applyConfig(runtime, "default", { ...parsed, text }, { by: "bench" });
    const tick = async (points: number): Promise<number> => {
      const from = performance.now();
      const scored = await scoreTenant(runtime, "default", { type: "schedule" });
      const seconds = (performance.now() - from) / 1_000;
      check(scored, points);
      return seconds;
    };
    const learnSeconds = await tick(series * 1_440);
    const times: number[] = [];
    for (let count = 0; count < TICKS; count += 1) {
      clock += MINUTE_MS;
      times.push(await tick(series));
    }
    const { items } = await file.store.list("default", BASELINES);
    let objectBytes = 0;
    for (const item of items) objectBytes += (await runtime.objects.head(itemOf(item).object ?? ""))?.size ?? 0;
    await file.close();
    return { seconds: median(times), learnSeconds, objectBytes };
  });
}

function check(scored: readonly ShardScored[], wanted: number): void {
  const points = scored.reduce((sum, one) => sum + one.points, 0);
  if (points !== wanted) throw new Error(`${points} of ${wanted} points were scored`);
  const failed = scored.flatMap((one) => one.failures);
  if (failed.length > 0) throw failed[0]?.error;
}
