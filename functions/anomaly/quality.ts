import type * as v from "valibot";
import { type DatasetSummary, type QualityHistory, qualityOf } from "../../shared/core/anomaly/quality.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { QualityView } from "../api/views-anomaly.ts";
import { own } from "../own.ts";
import type { QualityBody } from "./bodies.ts";
import { unknown } from "./judge.ts";
import type { ScoreTarget } from "./targets.ts";

const NOUN = "anomaly-quality";
/** Eight weeks of the same weekday, one load a day. */
const KEPT_MS = 57 * DAY_MS;
const MOST_VOLUMES = 500;
const TRIES = 5;

interface QualityState extends QualityHistory {
  readonly v: 1;
}

/**
 * Scores one load of a dataset against its configuration and its past, tells it as `data_quality_score` and remembers its volume. The
 * first distributions that are seen become the reference.
 *
 * @throws HeadgateError `anomaly.unknown` for a dataset that is not configured; `store.…`
 */
export async function scoreQuality(
  runtime: Runtime,
  tenant: string,
  target: ScoreTarget,
  dataset: string,
  body: v.InferOutput<typeof QualityBody>,
): Promise<QualityView> {
  const config = own(target.config.quality, dataset);
  if (!config) throw unknown(`${target.name} has no dataset ${JSON.stringify(dataset.slice(0, 200))} under quality`);
  const { reference: taken, at = runtime.now(), ...known } = body;
  const summary = { ...known, at } as DatasetSummary;
  const key = { tenant, noun: NOUN, subject: `${target.name}/${dataset}` };
  for (let attempt = 1; ; attempt += 1) {
    const stored = await runtime.store.load(key);
    const before = (stored?.state as unknown as QualityState | undefined) ?? { v: 1, volumes: [] };
    const scores = qualityOf(config, summary, before);
    const next = after(before, summary, taken === true);
    const written = await runtime.store.write(key, stored?.version ?? 0, { state: next as unknown as Json });
    if (!written.ok && attempt < TRIES) continue;
    for (const { dimension, score } of scores)
      runtime.telemetry.gauge("data_quality_score", score, {
        service_name: target.name,
        dataset_id: dataset,
        quality_dimension: dimension,
      });
    return { clock: clockOf(runtime), service: target.name, dataset, scores };
  }
}

function after(
  before: QualityState,
  { at, rows, distributions, samples: drawn }: DatasetSummary,
  take: boolean,
): QualityState {
  const volumes = before.volumes.filter((one) => one.at !== at && one.at > at - KEPT_MS);
  const reference = take ? (distributions ?? before.reference) : (before.reference ?? distributions);
  const samples = take ? (drawn ?? before.samples) : (before.samples ?? drawn);
  return {
    v: 1,
    volumes: (rows === undefined ? volumes : [...volumes, { at, rows }].sort((a, b) => a.at - b.at)).slice(
      -MOST_VOLUMES,
    ),
    ...(reference ? { reference } : {}),
    ...(samples ? { samples } : {}),
  };
}
