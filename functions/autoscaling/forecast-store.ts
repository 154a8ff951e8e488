import * as v from "valibot";
import type { Forecaster } from "../../shared/core/autoscaling/forecast/forecaster.ts";
import { Packed, pack, unpack } from "../../shared/core/autoscaling/forecast/pack.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** A forecaster of one policy, and where it stands. */
export interface Learnt {
  readonly model: Forecaster;
  /** Metric that it was learned from. */
  readonly metric: string;
  /** Units per second that it takes for one reference task. */
  readonly perTask: number;
  /** Start of its newest minute. */
  knownAt: Millis;
  savedAt: Millis;
  /** Whole minutes by which the metric came late, the most of each of the newest hours; the last is the running one. */
  readonly delays: number[];
}

/** Which forecaster: one of each policy of each service. */
export interface ForecastKey {
  readonly tenant: string;
  readonly service: string;
  readonly policy: number;
}

const number = v.pipe(v.number(), v.finite());

const Kept = v.strictObject({
  v: v.literal(1),
  metric: v.string(),
  perTask: v.pipe(number, v.minValue(Number.MIN_VALUE)),
  knownAt: number,
  savedAt: number,
  delays: v.pipe(v.array(number), v.maxLength(48)),
  model: Packed,
});

/** Address of the object: names with slashes, blanks or dots stay apart. */
export function objectKey({ tenant, service, policy }: ForecastKey): string {
  return `autoscaling/forecast/${part(tenant)}/${part(service)}/${policy}`;
}

const part = (text: string): string => encodeURIComponent(text).replaceAll(".", "%2E");

/** Forecasters that this process has in its hands, newest use last. */
const held = new WeakMap<Runtime, Map<string, Learnt>>();
/** About 250 KB each. */
const MOST_HELD = 40;

function heldOf(runtime: Runtime): Map<string, Learnt> {
  const before = held.get(runtime);
  if (before) return before;
  const made = new Map<string, Learnt>();
  held.set(runtime, made);
  return made;
}

/** What was learned; undefined where nothing was, or what is kept cannot be read as such. @throws HeadgateError `objects.unavailable` */
export async function loadLearnt(runtime: Runtime, key: ForecastKey): Promise<Learnt | undefined> {
  const name = objectKey(key);
  const mine = heldOf(runtime).get(name);
  if (mine) {
    hold(runtime, key, mine);
    return mine;
  }
  const bytes = await runtime.objects.get(name).catch(orNothing);
  const learnt = bytes && parsed(bytes);
  if (learnt) hold(runtime, key, learnt);
  return learnt;
}

/** S3 tells who may not list a bucket "forbidden" (403) of what is not there, at each try: nothing was learned. What may pass is an error. */
function orNothing(error: unknown): undefined {
  if (error instanceof HeadgateError && error.code === "objects.unavailable" && !error.retryable) return undefined;
  throw error;
}

function parsed(bytes: Uint8Array): Learnt | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  const kept = v.safeParse(Kept, json);
  const model = kept.success ? unpack(kept.output.model) : undefined;
  if (!kept.success || !model) return undefined;
  const { metric, perTask, knownAt, savedAt, delays } = kept.output;
  return { model, metric, perTask, knownAt, savedAt, delays };
}

/** Keeps it in this process; the one that was used longest ago makes room. */
export function hold(runtime: Runtime, key: ForecastKey, learnt: Learnt): void {
  const all = heldOf(runtime);
  const name = objectKey(key);
  all.delete(name);
  all.set(name, learnt);
  const [oldest] = all.keys();
  if (all.size > MOST_HELD && oldest !== undefined) all.delete(oldest);
}

/** Hours of which it is known how late the metric came: a day, as nights and days may differ. */
const DELAY_HOURS = 24;

/** Writes it down, and begins a new hour. @throws HeadgateError `objects.unavailable` */
export async function saveLearnt(runtime: Runtime, key: ForecastKey, learnt: Learnt): Promise<void> {
  const { model, metric, perTask, knownAt, delays } = learnt;
  const savedAt = runtime.now();
  const kept: v.InferOutput<typeof Kept> = {
    v: 1,
    metric,
    perTask,
    knownAt,
    savedAt,
    delays: [...delays],
    model: pack(model),
  };
  await runtime.objects.put(objectKey(key), JSON.stringify(kept), { contentType: "application/json" });
  learnt.savedAt = savedAt;
  delays.splice(0, delays.length, ...delays.slice(1 - DELAY_HOURS), 0);
}
