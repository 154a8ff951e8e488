import { foldRows } from "../../shared/core/alerting/merge.ts";
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

/** Everything up to the last packing: in the item, or in an object where it is too large for one. */
type Base =
  | { readonly v: 1; readonly rows: readonly AlertRow[] }
  | { readonly v: 1; readonly object: string; readonly count: number };

/** The alerts of a group as they were read, and what they were read from. */
export interface GroupRows {
  readonly rows: Map<string, AlertRow>;
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
    const known = base ? await rowsOfBase(runtime, base) : [];
    if (known) {
      const news = more.flatMap(({ state }) => (state as unknown as More).rows);
      const rows = foldRows(new Map(known.map((row) => [row.fingerprint, row])), news);
      return { rows, more, base, units: news.reduce((sum, row) => sum + rowUnits(row), 0) };
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

async function rowsOfBase(runtime: Runtime, base: Stored): Promise<readonly AlertRow[] | undefined> {
  const state = base.state as unknown as Base;
  if ("rows" in state) return state.rows;
  const bytes = await runtime.objects.get(state.object);
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as readonly AlertRow[]);
}

export const wantsPacking = ({ more, units }: GroupRows): boolean => more.length > PACK_ROWS || units > PACK_UNITS;

/**
 * Writes the folded alerts without those that `leave` as the new base and takes exactly the rows away that were folded: one that came
 * in the meantime stays. Somebody who packed in the meantime wins. A crash in between leaves rows that are folded once more.
 *
 * @returns whether it was this packing that counts
 */
export async function packRows(
  runtime: Runtime,
  tenant: string,
  subject: string,
  read: GroupRows,
  leave: ReadonlySet<string>,
): Promise<boolean> {
  const stay = [...read.rows.values()].filter(({ fingerprint }) => !leave.has(fingerprint));
  const key = baseKey(tenant, subject);
  const version = read.base?.version ?? 0;
  const formerObject = read.base && (read.base.state as unknown as { readonly object?: string }).object;
  if (stay.length === 0) {
    if (read.base && !(await runtime.store.remove(key, version))) return false;
  } else {
    const units = stay.reduce((sum, row) => sum + rowUnits(row), 0);
    const object =
      units > INLINE_UNITS
        ? `${objectsOf(tenant, subject)}${timeId("pack", Math.floor(runtime.now()), runtime.random)}.json`
        : undefined;
    if (object !== undefined) await runtime.objects.put(object, JSON.stringify(stay));
    const state: Base = object === undefined ? { v: 1, rows: stay } : { v: 1, object, count: stay.length };
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
