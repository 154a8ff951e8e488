import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { type AggregateKey, keyText } from "../../shared/core/kernel/key.ts";
import type { Stored, Write } from "../../shared/core/ports/store.ts";
import { pause } from "../../shared/shell/run-limits.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Tries against other processes; those of this process wait for each other and never collide. */
const MAX_TRIES = 24;

/** What an item becomes: the very same state where nothing changes, undefined where it goes. What it throws is told to whoever asked. */
export type Change = (state: Json | undefined) => Json | undefined;

interface Asked {
  readonly change: Change;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Of the item as it is about to be written: when it may go. Undefined: never. */
type Ends = (state: Json) => number | undefined;

interface Options {
  readonly ends?: Ends;
  /** The item as the caller has just read it, which saves a read. */
  readonly loaded?: { readonly item: Stored | undefined };
}

/** What waits for the write that is on its way, by store and key. */
const lanes = new WeakMap<object, Map<string, Asked[]>>();

/**
 * Changes an item that many change. What this process is asked for while a write is on its way is done in the next one, together, so
 * fifty changes at once are a few writes; what another process wrote in between is read again, and the changes are made anew on it.
 *
 * @throws what `change` throws; HeadgateError of the store; `store.throttled` where others were faster, many times in a row
 */
export function changeShard(runtime: Runtime, key: AggregateKey, change: Change, options: Options = {}): Promise<void> {
  let byKey = lanes.get(runtime.store);
  if (!byKey) lanes.set(runtime.store, (byKey = new Map()));
  const text = keyText(key);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const asked: Asked = { change, done: resolve, failed: reject };
  const waiting = byKey.get(text);
  if (waiting) waiting.push(asked);
  else {
    byKey.set(text, [asked]);
    void work(runtime, key, byKey, options);
  }
  return promise;
}

async function work(
  runtime: Runtime,
  key: AggregateKey,
  byKey: Map<string, Asked[]>,
  { ends, loaded }: Options,
): Promise<void> {
  const text = keyText(key);
  let known = loaded;
  for (let asked = byKey.get(text) ?? []; asked.length > 0; asked = byKey.get(text) ?? []) {
    // What comes from here on is the next turn's.
    byKey.set(text, []);
    try {
      for (const one of await together(runtime, key, asked, ends, known)) one.done();
    } catch (error) {
      for (const one of asked) one.failed(error);
    }
    known = undefined;
  }
  byKey.delete(text);
}

/** Makes the changes in one write. Answers those that were made; what is wrong with the others they have been told. */
async function together(
  runtime: Runtime,
  key: AggregateKey,
  asked: readonly Asked[],
  ends: Ends | undefined,
  known: Options["loaded"],
): Promise<readonly Asked[]> {
  let good = [...asked];
  for (let attempt = 0; attempt < MAX_TRIES && good.length > 0; attempt += 1) {
    if (attempt > 0) await pause(runtime, attempt);
    const stored = attempt === 0 && known ? known.item : await runtime.store.load(key);
    let state = stored?.state;
    good = good.filter((one) => {
      try {
        state = one.change(state);
        return true;
      } catch (error) {
        one.failed(error);
        return false;
      }
    });
    if (state === stored?.state || (await write(runtime, key, stored?.version ?? 0, state, ends))) return good;
  }
  if (good.length === 0) return good;
  throw new HeadgateError("store.throttled", `others were faster, ${MAX_TRIES} times in a row`, { retryable: true });
}

async function write(
  runtime: Runtime,
  key: AggregateKey,
  version: number,
  state: Json | undefined,
  ends: Ends | undefined,
): Promise<boolean> {
  if (state === undefined) return runtime.store.remove(key, version);
  const expiresAt = ends?.(state);
  const next: Write = { state, ...(expiresAt === undefined ? {} : { expiresAt }) };
  return (await runtime.store.write(key, version, next)).ok;
}
