import {
  type ExposureItem,
  type ExposureReport,
  type Exposures,
  foldExposures,
  summedExposures,
} from "../../shared/core/delivery/flags/exposures.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { allItems } from "../alerting/all-items.ts";
import { clockOf } from "../api/context.ts";
import type { ExposuresTakenView, FlagExposuresView } from "../api/views-flags.ts";
import { bounded } from "../bounded.ts";
import { everyOf, type KnownFlag, knownFlag, recentFlags } from "./flags-known.ts";

const EXPOSURES_NOUN = "flag_exposures";
/** Items per flag: reporters of one shard write in turn. */
const SHARDS = 16;
const MOST_TRIES = 8;
const AT_ONCE = 8;
/** Of a flag that nobody asks for any more. */
const KEPT_MS = 30 * DAY_MS;

/** One report of a library. */
export interface ExposureBatch {
  /** Names the reporter; its batches are numbered. */
  readonly source: string;
  readonly seq: number;
  readonly items: readonly (ExposureReport & { readonly flag: string })[];
}

/**
 * Adds what a library has counted; a batch that comes twice counts once. What is about flags or variants that are not there is left out.
 *
 * @throws HeadgateError of the store; `store.throttled` where too many write at once: send it again
 */
export async function takeExposures(
  runtime: Runtime,
  tenant: string,
  { source, seq, items }: ExposureBatch,
): Promise<ExposuresTakenView> {
  const known = new Map((await recentFlags(runtime, tenant)).map((flag) => [flag.name, flag]));
  const good = items.filter(({ flag, variant }) => known.get(flag)?.config.variants.includes(variant) === true);
  const byFlag = Map.groupBy(good, ({ flag }) => flag);
  await bounded([...byFlag], AT_ONCE, async ([name, reports]) => {
    const flag = known.get(name) as KnownFlag;
    await addReports(runtime, tenant, flag, { source, seq }, reports);
  });
  return { accepted: good.length, unknown: items.length - good.length };
}

async function addReports(
  runtime: Runtime,
  tenant: string,
  { name, spec }: KnownFlag,
  batch: { readonly source: string; readonly seq: number },
  reports: readonly ExposureReport[],
): Promise<void> {
  const key = { tenant, noun: EXPOSURES_NOUN, subject: `${name}/${shardOf(batch.source, SHARDS)}` };
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    if (attempt > 0) await runtime.sleep(runtime.random() * 20 * 2 ** attempt);
    const stored = await runtime.store.load(key);
    const item = stored?.state as unknown as ExposureItem | undefined;
    const at = Math.floor(runtime.now());
    const next = foldExposures(item, { at, everyMs: everyOf(spec), ...batch }, reports);
    if (next === item) return;
    const write = { state: next as unknown as Json, expiresAt: at + KEPT_MS };
    if ((await runtime.store.write(key, stored?.version ?? 0, write)).ok) return;
  }
  throw new HeadgateError("store.throttled", `counts of flag ${name} are being written by too many at once`, {
    retryable: true,
  });
}

/** What was counted of a flag. @throws HeadgateError of the store */
export async function exposuresOf(
  runtime: Runtime,
  tenant: string,
  { name, spec }: Pick<KnownFlag, "name" | "spec">,
): Promise<Exposures> {
  const items = await allItems(runtime, tenant, EXPOSURES_NOUN, `${name}/`);
  return summedExposures(
    items.map(({ state }) => state as unknown as ExposureItem),
    everyOf(spec),
  );
}

/** @throws HeadgateError `flag.unknown`; those of the store */
export async function exposuresView(runtime: Runtime, tenant: string, name: string): Promise<FlagExposuresView> {
  const known = await knownFlag(runtime, tenant, name);
  const { since, totals, intervals } = await exposuresOf(runtime, tenant, known);
  return {
    clock: clockOf(runtime),
    flag: name,
    everyMs: everyOf(known.spec),
    ...(since === undefined ? {} : { since }),
    totals,
    intervals,
  };
}
