import { type CostForecast, type CostInput, forecast } from "../../shared/core/backup/keep/cost.ts";
import { LIST_PRICES, type Prices } from "../../shared/core/backup/keep/prices.ts";
import type { PlaceSettings } from "../../shared/core/backup/places.ts";
import type { BackupConfig } from "../../shared/core/backup/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { matcher } from "../../shared/core/kernel/patterns.ts";
import type { PartitionOffsets } from "../../shared/core/kernel/streams.ts";
import { DAY_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { ahead } from "./list-all.ts";
import { readManifest } from "./papers.ts";
import type { Place } from "./place.ts";
import { scanPlace, WIDTH } from "./prune-scan.ts";

/** Newest points that are looked at: two days of an hourly plan. */
const LOOKED_AT = 48;
/** zstd level 3 on JSON records, for a plan that has no points yet; measured on records of this product's own load. */
const GUESSED_RATIO = 0.35;
/** Papers of a run, and what workers leave for each other: manifest, parts, cut, units, receipts. */
const PAPERS = 8;
/** What a guessed worker reads a second. */
const GUESSED_BYTES_PER_SECOND = 40 * 2 ** 20;
const UNIT_BYTES = 64 * 2 ** 20;

export interface CostAsk {
  readonly plan: string;
  readonly config: BackupConfig;
  readonly places: readonly Place[];
  /** The same places, as the configuration says what they are. */
  readonly settings: readonly PlaceSettings[];
  /** Where the cluster is; a bucket in another region costs egress. */
  readonly region?: string;
  readonly streams?: Streams;
  readonly now: Millis;
  readonly prices?: Prices;
}

export interface CostView extends CostForecast {
  readonly basis: "measured" | "estimated";
  /** What it was reckoned from, a whole sentence. */
  readonly from: string;
}

type Measured = Omit<CostInput, "every" | "keep" | "verify" | "places">;

/**
 * What a plan costs a month: from its own points where it has two or more, else from what lies in the cluster's topics.
 *
 * @throws HeadgateError `streams.unavailable`, `streams.denied` where there are no points and the cluster cannot be read; those of the places
 */
export async function costOf(ask: CostAsk): Promise<CostView> {
  const { config, settings, region, prices = LIST_PRICES } = ask;
  const measured = (await fromPoints(ask)) ?? (await fromCluster(ask));
  const { every, keep, verify } = config;
  const places = settings.map((one) => {
    const s3 = "s3" in one ? one.s3 : undefined;
    const far = s3?.region !== undefined && region !== undefined && s3.region !== region;
    return {
      name: one.name,
      kind: s3 ? ("s3" as const) : ("directory" as const),
      storageClass: s3?.storageClass ?? ("STANDARD" as const),
      kms: s3?.kmsKey !== undefined,
      far,
    };
  });
  const { basis, from, ...input } = measured;
  const retention = input.retention ?? (await retentionOf(ask));
  const told = forecast(
    { ...input, every, keep, verify, places, ...(retention === undefined ? {} : { retention }) },
    prices,
  );
  return { ...told, basis, from };
}

type Basis = Measured & Pick<CostView, "basis" | "from">;

async function fromPoints({ plan, places }: CostAsk): Promise<Basis | undefined> {
  const scans = (await Promise.allSettled(places.map((one) => scanPlace(one, plan)))).flatMap((one) =>
    one.status === "fulfilled" ? [one.value] : [],
  );
  const marked = new Set(scans.flatMap(({ pruned }) => [...pruned]));
  const ids = [...new Set(scans.flatMap(({ manifests }) => [...manifests]))].filter((id) => !marked.has(id)).sort();
  const manifests = [];
  const load = (id: string) => readManifest(places, plan, id).catch(() => undefined);
  for await (const one of ahead(ids.slice(-LOOKED_AT), WIDTH, load)) if (one) manifests.push(one);
  const [first, last] = [manifests[0], manifests.at(-1)];
  const days = first && last ? (last.cutAt - first.cutAt) / DAY_MS : 0;
  if (!first || !last || days <= 0) return undefined;
  const later = manifests.slice(1);
  const mean = (of: (one: (typeof later)[number]) => number) =>
    later.reduce((sum, one) => sum + of(one), 0) / later.length;
  const stored = later.reduce((sum, { totals }) => sum + totals.storedBytes, 0);
  const ofPlace = new Map(scans[0]?.lying.map(({ key, size }) => [key, size]));
  const own = [...ofPlace].filter(([key]) => key.includes(`/${last.id}/`));
  const segments = last.objects.reduce((sum, { size }) => sum + size, 0);
  return {
    basis: "measured",
    from: `${manifests.length} restore points over ${days.toFixed(1)} days`,
    storedBytesPerDay: stored / days,
    firstRunBytes: first.kind === "full" ? first.totals.storedBytes : 0,
    objectsPerRun: mean(({ objects, parts }) => objects.length + parts.length) + PAPERS,
    readsPerRun: mean(({ needs }) => Math.min(needs.length, 1)) + PAPERS,
    bytesPerPoint: Math.max(0, own.reduce((sum, [, size]) => sum + size, 0) - segments),
    workerSeconds: mean(({ startedAt, finishedAt }) => (finishedAt - startedAt) / 1000),
    units: mean(({ totals }) => Math.max(1, totals.newBytes / UNIT_BYTES)),
  };
}

const chosenOf = ({ config }: CostAsk) => {
  const wanted = config.what.topics;
  return wanted === undefined || wanted === false ? matcher(["*"]) : matcher(wanted.include, wanted.exclude);
};

async function fromCluster(ask: CostAsk): Promise<Basis> {
  const { streams, now } = ask;
  if (!streams)
    throw new HeadgateError(
      "backup.unknown",
      "there are no two restore points to reckon from, and no cluster to look at",
    );
  const chosen = chosenOf(ask);
  const topics = (await streams.topics()).filter(({ name, internal }) => !internal && chosen(name));
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  );
  const ends = await streams.offsets(places);
  const dayAgo = new Map(
    (await streams.offsetsAt(places, now - DAY_MS)).map(({ topic, partition, offset }) => [
      `${topic}/${partition}`,
      offset,
    ]),
  );
  let [all, daily, unknown] = [0, 0, 0];
  for (const one of ends) {
    const { topic, partition, logStart, stable } = one;
    const size = bytesPerOffset(one);
    if (one.bytes === undefined) unknown += 1;
    all += size * Math.max(0, stable - logStart);
    // No record is as young as a day: nothing came.
    daily += size * Math.max(0, stable - Math.max(logStart, dayAgo.get(`${topic}/${partition}`) ?? stable));
  }
  const perRun = (daily * ask.config.every) / DAY_MS;
  return {
    basis: "estimated",
    from: `what ${topics.length} topics took in the last 24 hours, stored at ${GUESSED_RATIO} of its size${
      unknown > 0 ? `; ${unknown} partitions do not tell their size, 1 KiB a record is assumed` : ""
    }`,
    storedBytesPerDay: daily * GUESSED_RATIO,
    firstRunBytes: all * GUESSED_RATIO,
    objectsPerRun: Math.max(1, Math.ceil(perRun / UNIT_BYTES)) + PAPERS,
    readsPerRun: PAPERS,
    bytesPerPoint: 400 * places.length,
    workerSeconds: perRun / GUESSED_BYTES_PER_SECOND + 2,
    units: Math.max(1, perRun / UNIT_BYTES),
  };
}

const bytesPerOffset = ({ bytes, logStart, end }: PartitionOffsets): number =>
  bytes === undefined || end <= logStart ? 1024 : bytes / (end - logStart);

/** The longest retention of the chosen topics; undefined where one retains for ever, is compacted, or nobody tells. */
async function retentionOf(ask: CostAsk): Promise<number | undefined> {
  if (!ask.streams) return undefined;
  const chosen = chosenOf(ask);
  const names = (await ask.streams.topics())
    .filter(({ name, internal }) => !internal && chosen(name))
    .map(({ name }) => name);
  const configs = await ask.streams.topicConfigs(names);
  const each = names.map((topic) => {
    const setting = (of: string) => configs.get(topic)?.find(({ name }) => name === of)?.value;
    if ((setting("cleanup.policy") ?? "").includes("compact")) return Number.POSITIVE_INFINITY;
    const given = setting("retention.ms");
    // Kafka's own default is seven days; -1 is for ever.
    const ms = given === undefined ? 7 * DAY_MS : Number(given);
    return ms < 0 ? Number.POSITIVE_INFINITY : ms;
  });
  const longest = Math.max(0, ...each);
  return Number.isFinite(longest) ? longest : undefined;
}
