import * as v from "valibot";
import type { Forecaster } from "../../shared/core/autoscaling/forecast/forecaster.ts";
import { Packed, pack, unpack } from "../../shared/core/autoscaling/forecast/pack.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { hourEnded, type Lateness, lateness } from "./forecast-late.ts";

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
  late: Lateness;
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

interface Held {
  readonly learnt: Learnt;
  readonly usedAt: Millis;
}

/** Forecasters that this process has in its hands, newest use last. */
const held = new WeakMap<Runtime, Map<string, Held>>();
/** 241 KB each (500 of them, two weeks learned): 120 of the 512 MB that a function has. One that is read again takes a request and 2 ms. */
export const MOST_HELD = 500;
/** What was used so lately is used again, and makes no room: in a round of more than {@link MOST_HELD} everything would be read again. */
const IN_USE_MS = 10 * MINUTE_MS;

function heldOf(runtime: Runtime): Map<string, Held> {
  const before = held.get(runtime);
  if (before) return before;
  const made = new Map<string, Held>();
  held.set(runtime, made);
  return made;
}

/** What was learned; undefined where nothing was, or what is kept cannot be read as such. @throws HeadgateError `objects.unavailable` */
export async function loadLearnt(runtime: Runtime, key: ForecastKey): Promise<Learnt | undefined> {
  const name = objectKey(key);
  const mine = heldOf(runtime).get(name)?.learnt;
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
  return { model, metric, perTask, knownAt, savedAt, late: lateness(delays) };
}

/** Keeps it in this process, where there is room: the one that was used longest ago makes it. */
export function hold(runtime: Runtime, key: ForecastKey, learnt: Learnt): void {
  const all = heldOf(runtime);
  const name = objectKey(key);
  const now = runtime.now();
  all.delete(name);
  const [oldest] = all;
  if (all.size >= MOST_HELD && oldest) {
    if (now - oldest[1].usedAt < IN_USE_MS) return;
    all.delete(oldest[0]);
  }
  all.set(name, { learnt, usedAt: now });
}

/** Writes it down with the hour that has ended. @throws HeadgateError `objects.unavailable` */
export async function saveLearnt(runtime: Runtime, key: ForecastKey, learnt: Learnt): Promise<void> {
  const { model, metric, perTask, knownAt } = learnt;
  const late = hourEnded(learnt.late);
  const savedAt = runtime.now();
  const kept: v.InferOutput<typeof Kept> = {
    v: 1,
    metric,
    perTask,
    knownAt,
    savedAt,
    delays: [...late.delays],
    model: pack(model),
  };
  await runtime.objects.put(objectKey(key), JSON.stringify(kept), { contentType: "application/json" });
  Object.assign(learnt, { savedAt, late });
}
