import * as v from "valibot";
import { prng } from "../shared/core/kernel/prng.ts";
import { MINUTE_MS } from "../shared/core/kernel/time.ts";
import { backtest } from "../shared/core/slo/backtest.ts";
import { SloSection } from "../shared/core/slo/config.ts";
import { objectivesOf } from "../shared/core/slo/objectives.ts";
import { packTracks, unpackTracks } from "../shared/core/slo/pack.ts";
import { rulesOf } from "../shared/core/slo/rules.ts";
import type { Track } from "../shared/core/slo/track.ts";
import { turn } from "../shared/core/slo/turn.ts";
import type { Minute, Objective, Reading } from "../shared/core/slo/types.ts";
import { type Row, row } from "./row.ts";

const OBJECTIVES = 2_000;
/** As many as one item of a store holds well: some 3 MB. */
const SHARD = 100;
/** Minutes that are played before any is measured. */
const BEFORE = 20;
const MEASURED = 5;
const START = 472_224 * 3_600_000;
const DAYS = 30;

const objectives: readonly Objective[] = (() => {
  const one = (index: number) => [
    `objective-${index}`,
    {
      sli: { promql: { bad: `bad{i="${index}"}`, total: `total{i="${index}"}` } },
      target: [99, 99.5, 99.9, 99.95][index % 4],
    },
  ];
  return objectivesOf(
    v.parse(SloSection, {
      objectives: Object.fromEntries(Array.from({ length: OBJECTIVES }, (_, index) => one(index))),
    }),
  );
})();

/** One minute of all of them, from bytes to bytes. */
function minute(shards: readonly Uint8Array[], at: number, reading: () => Reading): readonly Uint8Array[] {
  return shards.map((bytes, index) => {
    const some = objectives.slice(index * SHARD, (index + 1) * SHARD);
    const tracks: readonly Track[] | undefined = unpackTracks(bytes);
    return packTracks(turn(some, tracks ?? [], at, reading).tracks);
  });
}

function turns(): readonly Row[] {
  const random = prng(1);
  const reading = (): Reading => ({
    kind: "ratio",
    part: [random() < 0.9 ? 0 : random()],
    total: [10 + 10 * random()],
  });
  let shards: readonly Uint8Array[] = Array.from({ length: OBJECTIVES / SHARD }, () => packTracks([]));
  let at = START;
  for (let index = 0; index < BEFORE; index += 1) shards = minute(shards, (at += MINUTE_MS), reading);
  const times: number[] = [];
  for (let index = 0; index < MEASURED; index += 1) {
    const began = process.cpuUsage();
    shards = minute(shards, (at += MINUTE_MS), reading);
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1e6);
  }
  const bytes = shards.reduce((sum, one) => sum + one.length, 0);
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  return [
    row("slo", {
      measure: `${OBJECTIVES} objectives: one minute, from bytes to bytes`,
      value: median,
      unit: "s of one core",
      bar: 10,
    }),
    row("slo", { measure: "bytes of an objective", value: bytes / OBJECTIVES / 1000, unit: "KB", bar: 40 }),
  ];
}

function replays(): readonly Row[] {
  const random = prng(2);
  const minutes: readonly Minute[] = Array.from({ length: DAYS * 1440 }, () =>
    random() < 0.01 ? "unknown" : { bad: random() < 0.99 ? 0 : 30, total: 600 },
  );
  const [objective] = objectives;
  if (!objective) return [];
  const began = process.cpuUsage();
  const { known } = backtest(objective, START, minutes);
  const tookMs = process.cpuUsage(began).user / 1000;
  if (known === 0) throw new Error("the backtest saw nothing");
  return [
    row("slo", { measure: `backtest of ${DAYS} days of minutes`, value: tookMs, unit: "ms of one core" }),
    // A look through the shell reads and writes an item at least: some 2 ms on the laptop, 10 ms deployed.
    row("slo", {
      measure: "minutes a second in a backtest",
      value: (minutes.length / tookMs) * 1000,
      unit: "1/s",
      bar: 50_000,
      better: "higher",
    }),
  ];
}

function rules(): readonly Row[] {
  const began = performance.now();
  const { file } = rulesOf(objectives);
  const count = file.groups.reduce((sum, group) => sum + group.rules.length, 0);
  return [
    row("slo", { measure: `rules of ${OBJECTIVES} objectives: made in`, value: performance.now() - began, unit: "ms" }),
    row("slo", {
      measure: `rules of ${OBJECTIVES} objectives beside three of each`,
      value: count - 3 * OBJECTIVES,
      unit: "rules",
      bar: 100,
    }),
  ];
}

/** What a minute, a replay and a rule file of objectives cost. */
export const bench = async (): Promise<readonly Row[]> => [...turns(), ...replays(), ...rules()];
