import { type PackedHeader, unpackHeader } from "../../shared/core/anomaly/pack.ts";
import { chartedOf } from "../../shared/core/anomaly/ring.ts";
import type { Charted, SeriesState } from "../../shared/core/anomaly/series.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { itemOf, packOf, shardKey } from "./baselines.ts";
import type { Shard } from "./shards.ts";
import { shardsOf } from "./shards.ts";
import { type ScoreTarget, scoreTargetsOf } from "./targets.ts";

/** What is known of a series without its detector. */
export type SeriesSummary = Omit<SeriesState, "state" | "ring">;

type Header = PackedHeader["series"];

/** A worker replaces the object once a minute and removes the old one: who read the item just before looks again. */
const TRIES = 3;

async function current<T>(
  runtime: Runtime,
  shard: Shard,
  read: (item: ReturnType<typeof itemOf>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const item = itemOf(await runtime.store.load(shardKey(shard)));
    try {
      return await read(item);
    } catch (error) {
      const gone = error instanceof HeadgateError && error.code === "objects.unavailable";
      if (!gone || attempt === TRIES) throw error;
    }
  }
}

async function headerOf(runtime: Runtime, item: ReturnType<typeof itemOf>): Promise<Header> {
  const bytes = await packOf(runtime, item, item.headerBytes);
  return (bytes && unpackHeader(bytes)?.series) ?? [];
}

/** Every series of a tenant by service, from the headers of its shards: some KB each instead of the baselines. */
export async function summariesOf(
  runtime: Runtime,
  tenant: string,
  config: HeadgateConfig,
): Promise<ReadonlyMap<string, readonly SeriesSummary[]>> {
  const shards = shardsOf(scoreTargetsOf(config)).length;
  const all = await bounded([...Array(shards).keys()], 8, (shard) =>
    current(runtime, { tenant, shard, shards }, (item) => headerOf(runtime, item)),
  );
  return Map.groupBy(all.flat(), (one) => one.service);
}

/** One service's series, each with its last points: one request for the header and one for the part the service has of the object. */
export async function seriesOfService(
  runtime: Runtime,
  tenant: string,
  config: HeadgateConfig,
  service: string,
): Promise<readonly { readonly series: SeriesSummary; readonly points: readonly Charted[] }[]> {
  const shards = shardsOf(scoreTargetsOf(config)).length;
  const shard = { tenant, shards, shard: shardOf(service, shards) };
  return current(runtime, shard, async (item) => {
    const own = (await headerOf(runtime, item)).filter((one) => one.service === service);
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last) return [];
    // Series are in order of service and signal, so those of one service are neighbours.
    const start = first.stateAt;
    const bytes = await bytesOf(runtime, item, start, last.end);
    return own.map(({ stateAt, ringAt, end, ...series }) => ({
      series,
      points: chartedOf(bytes.subarray(ringAt - start, end - start)),
    }));
  });
}

async function bytesOf(
  runtime: Runtime,
  item: ReturnType<typeof itemOf>,
  start: number,
  endExclusive: number,
): Promise<Uint8Array> {
  if (item.object === undefined)
    return (await packOf(runtime, item, endExclusive))?.subarray(start) ?? new Uint8Array();
  const bytes = await runtime.objects.get(item.object, { start, endExclusive });
  if (bytes) return bytes;
  throw new HeadgateError("objects.unavailable", `${item.object} has just been replaced`, { retryable: true });
}

/** The score a point had, as long as it is among the last ones. */
export async function scoreOfPoint(
  runtime: Runtime,
  tenant: string,
  config: HeadgateConfig,
  target: ScoreTarget,
  signal: string,
  at: number,
): Promise<number | undefined> {
  const found = await seriesOfService(runtime, tenant, config, target.name);
  const points = found.find((one) => one.series.signal === signal)?.points ?? [];
  return points.find((point) => point.at === at)?.score;
}
