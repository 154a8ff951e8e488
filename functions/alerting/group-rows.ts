import { foldLeft, forgottenAt, remembering } from "../../shared/core/alerting/left-rows.ts";
import type { AlertRow } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { allItems } from "./all-items.ts";
import { BASE_NOUN, MORE_NOUN } from "./nouns.ts";
import { chunksOf, INLINE_UNITS, rowUnits } from "./row-size.ts";

/** What one POST brought for one group. */
interface More {
  readonly v: 1;
  readonly rows: readonly AlertRow[];
}

/** Everything up to the last packing: in the item, or in an object where it is too large for one (before `left` came: rows alone). */
type Base = ({ readonly v: 1 } & Packed) | { readonly v: 1; readonly object: string; readonly count: number };

/** The alerts of a group up to a packing, and those that have left it and are still known. */
interface Packed {
  readonly rows: readonly AlertRow[];
  readonly left?: readonly AlertRow[];
}

/** The alerts of a group as they were read, and what they were read from. */
export interface GroupRows {
  readonly rows: Map<string, AlertRow>;
  /** Those that have left: no part of the group, but news of one is merged with it, and a reload routes it again. */
  readonly left: ReadonlyMap<string, AlertRow>;
  readonly more: readonly Stored[];
  readonly base: Stored | undefined;
  /** About how many characters wait to be packed. */
  readonly units: number;
}

/** Rows are packed from so many on, or from so many characters: then reading them costs more than packing. */
const PACK_ROWS = 50;
const PACK_UNITS = 64 * 1024;
const ROUNDS = 5;

const baseKey = (tenant: string, subject: string) => ({ tenant, noun: BASE_NOUN, subject });
const objectsOf = (tenant: string, subject: string) => `alerting/rows/${encodeURIComponent(tenant)}/${subject}/`;

/**
 * Keeps what was posted for a group: inserts that read nothing, so that POSTs do not contend. `id` sorts by time and is unique.
 * When it resolves the alerts are durable.
 */
export async function appendRows(
  runtime: Runtime,
  tenant: string,
  subject: string,
  id: string,
  rows: readonly AlertRow[],
): Promise<void> {
  const writes = chunksOf(rows).map(async (some, index) => {
    const key = { tenant, noun: MORE_NOUN, subject: `${subject}/${id}${index === 0 ? "" : `.${index}`}` };
    const state: More = { v: 1, rows: some };
    const written = await runtime.store.write(key, 0, { state: state as unknown as Json });
    if (!written.ok) throw new HeadgateError("store.unavailable", `two inserts have the id ${id}`, { retryable: true });
  });
  await Promise.all(writes);
}

/**
 * The alerts of a group, folded. News is read before the base: what somebody packs in between is then seen twice, which the fold
 * does not mind, and never not at all.
 *
 * @throws HeadgateError of store and objects
 */
export async function readRows(runtime: Runtime, tenant: string, subject: string): Promise<GroupRows> {
  for (let round = 0; ; round += 1) {
    const more = await allItems(runtime, tenant, MORE_NOUN, `${subject}/`);
    const base = await runtime.store.load(baseKey(tenant, subject));
    const known = base ? await packedIn(runtime, base) : { rows: [] };
    if (known) {
      const news = more.flatMap(({ state }) => (state as unknown as More).rows);
      const units = news.reduce((sum, row) => sum + rowUnits(row), 0);
      return { ...foldPacked(known, news, Math.floor(runtime.now())), more, base, units };
    }
    // Packed anew between the two reads, and the former object is gone already.
    if (round >= ROUNDS) throw new HeadgateError("objects.unavailable", `the alerts of ${subject} cannot be read`);
  }
}

/** The alerts of a group. */
export const loadRows = async (
  runtime: Runtime,
  tenant: string,
  subject: string,
): Promise<ReadonlyMap<string, AlertRow>> => (await readRows(runtime, tenant, subject)).rows;

/** What a packing has left behind; undefined: its object is gone, so that it was packed anew. */
export async function packedIn(runtime: Runtime, base: Stored): Promise<Packed | undefined> {
  const state = base.state as unknown as Base;
  if ("rows" in state) return state;
  const bytes = await runtime.objects.get(state.object);
  const read = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as readonly AlertRow[] | Packed);
  return read && ("rows" in read ? read : { rows: read });
}

/** What was packed with the news since. */
export const foldPacked = ({ rows, left = [] }: Packed, news: readonly AlertRow[], now: Millis) =>
  foldLeft(new Map(rows.map((row) => [row.fingerprint, row])), left, news, now);

export const wantsPacking = ({ more, units }: GroupRows): boolean => more.length > PACK_ROWS || units > PACK_UNITS;

/** What has left with what leaves now, as far as it is still to be known. */
export const leaving = (runtime: Runtime, { rows, left }: GroupRows, leave: ReadonlySet<string>): Required<Packed> => ({
  rows: [...rows.values()].filter(({ fingerprint }) => !leave.has(fingerprint)),
  left: remembering(
    [...left.values(), ...[...rows.values()].filter(({ fingerprint }) => leave.has(fingerprint))],
    Math.floor(runtime.now()),
  ),
});

/**
 * Writes `packed` as the new base and takes exactly the rows away that were folded: one that came in the meantime stays. Somebody who
 * packed in the meantime wins. A crash in between leaves rows that are folded once more.
 *
 * @returns whether it was this packing that counts
 */
export async function packRows(
  runtime: Runtime,
  tenant: string,
  subject: string,
  read: GroupRows,
  packed: Required<Packed>,
): Promise<boolean> {
  const key = baseKey(tenant, subject);
  const version = read.base?.version ?? 0;
  const formerObject = read.base && (read.base.state as unknown as { readonly object?: string }).object;
  const { rows, left } = packed;
  if (rows.length + left.length === 0) {
    if (read.base && !(await runtime.store.remove(key, version))) return false;
  } else {
    const units = [...rows, ...left].reduce((sum, row) => sum + rowUnits(row), 0);
    const object =
      units > INLINE_UNITS
        ? `${objectsOf(tenant, subject)}${timeId("pack", Math.floor(runtime.now()), runtime.random)}.json`
        : undefined;
    const content: Packed = left.length === 0 ? { rows } : packed;
    if (object !== undefined) await runtime.objects.put(object, JSON.stringify(content));
    const state: Base = object === undefined ? { v: 1, ...content } : { v: 1, object, count: rows.length };
    const written = await runtime.store.write(key, version, { state: state as unknown as Json });
    if (!written.ok) {
      if (object !== undefined) await runtime.objects.remove(object);
      return false;
    }
  }
  await Promise.all([
    ...read.more.map((one) => runtime.store.remove(one.key, one.version)),
    ...(formerObject === undefined ? [] : [runtime.objects.remove(formerObject)]),
  ]);
  return true;
}

/**
 * Takes away what a group without alerts knows of those that have left it, once all of it is old enough.
 *
 * @returns when there will be something to take away; undefined: nothing is left
 */
export async function forgetLeft(runtime: Runtime, tenant: string, subject: string): Promise<Millis | undefined> {
  const base = await runtime.store.load(baseKey(tenant, subject));
  if (!base) return undefined;
  const read = await readRows(runtime, tenant, subject);
  const { rows, left } = leaving(runtime, read, new Set());
  const lastEnd = left.reduce((last, row) => Math.max(last, forgottenAt(row)), Number.NEGATIVE_INFINITY);
  if (left.length > 0) return lastEnd;
  if (rows.length === 0) await packRows(runtime, tenant, subject, read, { rows, left });
  return undefined;
}

/** Whether anything waits that no flush has packed. */
export async function anyNews(runtime: Runtime, tenant: string, subject: string): Promise<boolean> {
  const page = await runtime.store.list(tenant, MORE_NOUN, { prefix: `${subject}/`, limit: 1 });
  return page.items.length > 0;
}

/** An instant no earlier than `now` and later than the last one this process has given: news is folded in the order it came in. */
export function arrival(runtime: Runtime, now: Millis): Millis {
  const at = Math.max(Math.floor(now), (arrivals.get(runtime.store) ?? 0) + 1);
  // A clock that was set back must not make everything of the next hour come at one moment ahead.
  const sane = at - now > MOST_AHEAD_MS ? Math.floor(now) : at;
  arrivals.set(runtime.store, sane);
  return sane;
}
const arrivals = new WeakMap<object, Millis>();
const MOST_AHEAD_MS = 1_000;
