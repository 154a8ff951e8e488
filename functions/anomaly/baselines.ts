import { createHash } from "node:crypto";
import { pack, unpack } from "../../shared/core/anomaly/pack.ts";
import { type SeriesState, seriesId } from "../../shared/core/anomaly/series.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import { type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Shard } from "./shards.ts";

/**
 * Up to so many series in a shard the states themselves stand in the item: one conditional write, no lease, no object. A put costs
 * as much as 8 KB written to the table and a series has 10 KB, so every further series would cost 0.27 USD a month more this way.
 */
export const INLINE_SERIES = 2;
/** Real time after which a worker that said nothing more has died. Longer than a worker may run (120 s). */
const LEASE_MS = 150 * SECOND_MS;
/** Clocks of two workers may be so far apart. */
const SKEW_MS = 5 * SECOND_MS;
export const BASELINES = "anomaly-baselines";

/** The item of a shard: which object is in force, whose turn it is, and what lists need. Below 1 KB but for inlined states. */
export interface ShardItem {
  readonly v: 1;
  readonly object?: string;
  /** The pack itself as base64, see {@link INLINE_SERIES}. */
  readonly inline?: string;
  /** Bytes of the pack's header: enough to read for an overview. */
  readonly headerBytes: number;
  readonly series: number;
  readonly open: number;
  readonly learning: number;
  /** Newest point that was scored. */
  readonly newestAt?: Millis;
  readonly scoredAt?: Millis;
  readonly lease?: { readonly until: Millis; readonly by: string };
}

const NOTHING: ShardItem = { v: 1, headerBytes: 0, series: 0, open: 0, learning: 0 };

export const shardKey = ({ tenant, shard, shards }: Shard): AggregateKey => ({
  tenant,
  noun: BASELINES,
  subject: `${shards}-${shard}`,
});

export const itemOf = (stored: Stored | undefined): ShardItem =>
  (stored?.state as unknown as ShardItem | undefined) ?? NOTHING;

/** A shard that is ours until the lease ends, with its series by id. */
export interface HeldShard {
  readonly key: AggregateKey;
  readonly version: number;
  readonly item: ShardItem;
  readonly series: Map<string, SeriesState>;
}

/** A lease that ends later than any could have been given comes from a wrong clock: nobody holds it. */
function leaseLive(runtime: Runtime, item: ShardItem): boolean {
  const left = (item.lease?.until ?? 0) - runtime.now();
  return left > 0 && left <= (LEASE_MS + SKEW_MS) * runtime.speed;
}

/**
 * Takes the lease of a shard and reads its series; undefined while another worker has it, or was faster.
 *
 * @throws HeadgateError `store.…`, `objects.unavailable`
 */
export async function hold(runtime: Runtime, shard: Shard): Promise<HeldShard | undefined> {
  const key = shardKey(shard);
  const stored = await runtime.store.load(key);
  const item = itemOf(stored);
  if (leaseLive(runtime, item)) return undefined;
  const version = await leased(runtime, key, stored?.version ?? 0, item);
  if (version === undefined) return undefined;
  // After the lease: nobody removes the object that is in force while we hold it.
  const series =
    item.scoredAt === undefined ? await inherited(runtime, shard) : await seriesOf(runtime, key, item, true);
  return { key, version, item, series: new Map(series.map((one) => [seriesId(one), one])) };
}

/** The version to go on from. States inside the item need no lease: reading them is the load itself. */
async function leased(
  runtime: Runtime,
  key: AggregateKey,
  version: number,
  item: ShardItem,
): Promise<number | undefined> {
  if (item.inline !== undefined) return version;
  const lease = { until: runtime.now() + LEASE_MS * runtime.speed, by: workerId(runtime) };
  const written = await runtime.store.write(key, version, { state: { ...item, lease } as unknown as Json });
  return written.ok ? written.version : undefined;
}

const workerId = (runtime: Runtime): string => Math.floor(runtime.random() * 2 ** 32).toString(16);

/**
 * Puts a shard's series in force: the object under the name of its content, then one conditional write of the item. Dying in
 * between leaves an object that nobody names (see tidy.ts); losing the write means that another worker took over, and what this
 * one scored is thrown away.
 */
export async function keep(runtime: Runtime, held: HeldShard): Promise<"kept" | "lost"> {
  const series = [...held.series.values()].sort((a, b) => (seriesId(a) < seriesId(b) ? -1 : 1));
  const { bytes, headerBytes } = pack(series);
  const inline = series.length <= INLINE_SERIES;
  const object = inline ? undefined : objectKey(held.key, bytes);
  if (object !== undefined) await putOnce(runtime, object, bytes);
  const item: ShardItem = {
    v: 1,
    ...(object === undefined ? { inline: Buffer.from(bytes).toString("base64") } : { object }),
    headerBytes,
    series: series.length,
    open: series.filter((one) => one.open).length,
    learning: series.filter((one) => one.learning).length,
    ...(series.length === 0 ? {} : { newestAt: Math.max(...series.map((one) => one.lastAt)) }),
    scoredAt: runtime.now(),
  };
  const written = await runtime.store.write(held.key, held.version, { state: item as unknown as Json });
  if (!written.ok) return "lost";
  const before = held.item.object;
  if (before !== undefined && before !== object) await removed(runtime, before);
  return "kept";
}

/** Gives the lease back without having changed anything. */
export async function release(runtime: Runtime, held: HeldShard): Promise<void> {
  if (held.item.inline !== undefined) return;
  await runtime.store.write(held.key, held.version, { state: held.item as unknown as Json });
}

export const OBJECT_PREFIX = "anomaly/";

const objectKey = ({ tenant, subject }: AggregateKey, bytes: Uint8Array): string =>
  `${OBJECT_PREFIX}${tenant}/${subject}/${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`;

async function putOnce(runtime: Runtime, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await runtime.objects.put(key, bytes, { ifAbsent: true, contentType: "application/octet-stream" });
  } catch (error) {
    // The name is the content: who wrote it before wrote the same.
    if (!(error instanceof HeadgateError && error.code === "objects.exists")) throw error;
  }
}

/** What is left behind is found by the tidying of the sweep. */
async function removed(runtime: Runtime, key: string): Promise<void> {
  try {
    await runtime.objects.remove(key);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "an outdated object could not be removed; it will be later", { key, error: why });
  }
}

/** The pack an item names, or its first bytes. @throws HeadgateError `objects.unavailable` where it is not there. */
export async function packOf(
  runtime: Runtime,
  item: ShardItem,
  endExclusive?: number,
): Promise<Uint8Array | undefined> {
  if (item.inline !== undefined) return new Uint8Array(Buffer.from(item.inline, "base64")).subarray(0, endExclusive);
  if (item.object === undefined) return undefined;
  const range = endExclusive === undefined ? undefined : { start: 0, endExclusive };
  const bytes = await runtime.objects.get(item.object, range);
  if (bytes) return bytes;
  throw new HeadgateError("objects.unavailable", `${item.object} is named by its item and is not there`, {
    retryable: true,
  });
}

/**
 * Every series of an item. What is damaged (its bytes are not what its name was made of) is lost: starting over is the only way on,
 * holding would stop scoring for good. So is what is gone while we hold the shard, as nobody else replaces it then.
 *
 * @throws HeadgateError `objects.unavailable` where it is gone and the shard is not held
 */
async function seriesOf(
  runtime: Runtime,
  key: AggregateKey,
  item: ShardItem,
  isHeld: boolean,
): Promise<readonly SeriesState[]> {
  const { object } = item;
  if (object === undefined && item.inline === undefined) return [];
  const bytes = object !== undefined && isHeld ? await runtime.objects.get(object) : await packOf(runtime, item);
  const whole = bytes && (object === undefined || objectKey(key, bytes) === object);
  const series = whole ? unpack(bytes) : undefined;
  if (series) return series;
  const why = bytes ? "damaged" : "gone";
  runtime.telemetry.log("error", "a shard's baselines cannot be read; they are learnt anew", { object, why });
  runtime.telemetry.count("headgate_anomaly_baselines_lost_total");
  return [];
}

/**
 * Baselines of a shard that was never written: the number of shards has changed, so they are in the shard it was split from, or in
 * those that it was joined of. Of a series that several have, the newest counts.
 */
async function inherited(runtime: Runtime, shard: Shard): Promise<readonly SeriesState[]> {
  const found = new Map<string, SeriesState>();
  const { items } = await runtime.store.list(shard.tenant, BASELINES, { limit: 500 });
  for (const stored of items) {
    const [count, index] = stored.key.subject.split("-").map(Number) as [number, number];
    const shared = Math.min(count, shard.shards);
    if (count === shard.shards || index % shared !== shard.shard % shared) continue;
    for (const one of await seriesOf(runtime, stored.key, itemOf(stored), false)) {
      if (shardOf(one.service, shard.shards) !== shard.shard) continue;
      const known = found.get(seriesId(one));
      if (!known || known.lastAt < one.lastAt) found.set(seriesId(one), one);
    }
  }
  return [...found.values()];
}
