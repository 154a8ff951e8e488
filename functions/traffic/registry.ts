import * as v from "valibot";
import { byBytes } from "../../shared/core/kernel/byte-order.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import { canonical, type Json, sameJson } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { inForce, registrationOf, renewed, swept } from "../../shared/core/traffic/registry.ts";
import { BackendSpec } from "../../shared/core/traffic/section.ts";
import type { BackendSource, Registration } from "../../shared/core/traffic/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { BACKENDS_NOUN, backendsOf, readShards, registrySubject } from "../../shared/shell/traffic-registry.ts";
import { bounded } from "../bounded.ts";
import { parseInput } from "../parse-input.ts";
import { faultOf, refuse, unique, usable } from "./registry-faults.ts";
import { type ServiceSettings, settingsOf, staticBackends } from "./service-traffic.ts";
import { changeShard } from "./shard-writer.ts";

/** Items that are read or written at a time. */
const AT_ONCE = 16;
/** What one call may name; more is a mistake, or several calls. */
const MOST = 20_000;

const Backends = v.pipe(v.array(BackendSpec), v.maxLength(MOST, `at most ${MOST} backends`));

export interface RegisterOptions {
  readonly source: BackendSource;
  /** Not renewed within it: gone. Default: the service's `lease`. null: until it is taken out. */
  readonly leaseMs?: DurationMs | null;
}

/** What became of a registration. */
export interface Registered {
  readonly registered: number;
  readonly renewed: number;
  /** Those that were named, as they are now, by id. */
  readonly backends: readonly Registration[];
}

interface Shard {
  readonly v: 1;
  /** Of everything but leases: a renewal changes nothing that anybody would build anew for. */
  readonly rev: string;
  readonly backends: readonly Registration[];
}

const keyOf = (tenant: string, subject: string): AggregateKey => ({ tenant, noun: BACKENDS_NOUN, subject });
const listOf = (state: Json | undefined): readonly Registration[] => backendsOf({ state });

/** The next state of an item: the same where nothing changes, none where nobody is left in it. */
function shardOf(before: Json | undefined, backends: readonly Registration[]): Json | undefined {
  if (backends.length === 0) return undefined;
  const lasting = backends.map(({ leaseUntil: _, ...rest }) => rest) as unknown as Json;
  const next = { v: 1, rev: hash64(canonical(lasting)), backends } satisfies Shard as unknown as Json;
  return before !== undefined && sameJson(before, next) ? before : next;
}

/** When an item may go by itself: with the last lease in it. */
function ends(state: Json): Millis | undefined {
  const leases = listOf(state).map(({ leaseUntil }) => leaseUntil ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...leases);
  return Number.isFinite(last) ? last : undefined;
}

const change = (
  runtime: Runtime,
  key: AggregateKey,
  next: (backends: readonly Registration[]) => readonly Registration[],
  loaded?: NonNullable<Parameters<typeof changeShard>[3]>["loaded"],
): Promise<void> =>
  changeShard(runtime, key, (state) => shardOf(state, next(swept(listOf(state), Math.floor(runtime.now())))), {
    ends,
    ...(loaded ? { loaded } : {}),
  });

const bySubject = <T>(service: string, items: readonly T[], id: (item: T) => string): Map<string, T[]> =>
  Map.groupBy(items, (item) => registrySubject(service, id(item)));

/**
 * Puts backends into the registry, or renews the leases of those that are in it: one write per item they lie in. Conflicts are looked
 * for in all of them before the first is written; only one that comes up in that moment may find others written already.
 *
 * @throws HeadgateError `input.invalid` naming each wrong member; `backend.conflict` where an id is there with another address or by
 *   another source; `service.unknown`; `store.item_too_large`, `store.throttled`, `store.unavailable`
 */
export async function register(
  runtime: Runtime,
  tenant: string,
  service: string,
  inputs: readonly unknown[],
  { source, leaseMs }: RegisterOptions,
): Promise<Registered> {
  const settings = await settingsOf(runtime, tenant, service);
  const at = Math.floor(runtime.now());
  const lease = leaseMs === undefined ? settings.config.lease : (leaseMs ?? undefined);
  const parsed = parseInput(v.object({ backends: Backends }), { backends: inputs }, "body").backends;
  const given = parsed.map((input) => registrationOf(input, { source, at, leaseMs: lease }));
  usable(service, given);
  const wanted = unique(given, settings);

  const shards = [...bySubject(service, wanted, ({ id }) => id)];
  const read = await bounded(shards, AT_ONCE, async ([subject, ours]) => {
    const item = await runtime.store.load(keyOf(tenant, subject));
    const known = new Map(swept(listOf(item?.state), at).map((one) => [one.id, one]));
    return { key: keyOf(tenant, subject), ours, item, known };
  });
  refuse(read.flatMap(({ ours, known }) => ours.flatMap((one) => faultOf(known.get(one.id), one) ?? [])));

  const done: Registration[] = [];
  let fresh = 0;
  await bounded(read, AT_ONCE, async ({ key, ours, item }) => {
    let now: readonly Registration[] = [];
    let news = 0;
    await change(
      runtime,
      key,
      (backends) => {
        const known = new Map(backends.map((one) => [one.id, one]));
        refuse(ours.flatMap((one) => faultOf(known.get(one.id), one) ?? []));
        news = ours.filter(({ id }) => !known.has(id)).length;
        now = ours.map((one) => renewed(known.get(one.id), one));
        for (const one of now) known.set(one.id, one);
        return [...known.values()].sort((a, b) => byBytes(a.id, b.id));
      },
      { item },
    );
    done.push(...now);
    fresh += news;
  });
  done.sort((a, b) => byBytes(a.id, b.id));
  runtime.traffic?.changed?.(service);
  return { registered: fresh, renewed: done.length - fresh, backends: done };
}

/** What was done to backends that were named. */
export interface Changed {
  readonly changed: readonly string[];
  /** Ids that were named and are not there; nothing was done about those. */
  readonly unknown: readonly string[];
}

/**
 * Changes backends that were named. Of those that stand in the file only that they are on their way out is kept beside it.
 *
 * @throws HeadgateError `backend.unknown` where none of them is there
 */
async function changeNamed(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  ids: readonly string[],
  next: (known: Registration) => Registration | undefined,
): Promise<Changed> {
  const inFile = new Map(staticBackends(settings).map((one) => [one.id, one]));
  const changed = new Set<string>();
  await bounded([...bySubject(settings.service, [...new Set(ids)], (id) => id)], AT_ONCE, async ([subject, ours]) => {
    let found: string[] = [];
    await change(runtime, keyOf(tenant, subject), (backends) => {
      const known = new Map(backends.map((one) => [one.id, one]));
      found = ours.filter((id) => known.has(id) || inFile.has(id));
      for (const id of found) {
        const one = next((known.get(id) ?? inFile.get(id)) as Registration);
        if (one && (one.source !== "config" || one.drainingSince !== undefined)) known.set(id, one);
        else known.delete(id);
      }
      return [...known.values()].sort((a, b) => byBytes(a.id, b.id));
    });
    for (const id of found) changed.add(id);
  });
  runtime.traffic?.changed?.(settings.service);
  const unknown = [...new Set(ids)].filter((id) => !changed.has(id));
  if (changed.size === 0 && ids.length > 0)
    throw new HeadgateError("backend.unknown", `${settings.service} has no backend ${JSON.stringify(unknown[0])}`);
  return { changed: [...changed].sort(byBytes), unknown: unknown.sort(byBytes) };
}

/** No new requests for these from now on; those in flight go on. `undo`: they take requests again. */
export async function drain(
  runtime: Runtime,
  tenant: string,
  service: string,
  ids: readonly string[],
  undo = false,
): Promise<Changed> {
  const at = Math.floor(runtime.now());
  return changeNamed(runtime, tenant, await settingsOf(runtime, tenant, service), ids, (known) => {
    const { drainingSince, ...rest } = known;
    return undo ? rest : { ...rest, drainingSince: drainingSince ?? at };
  });
}

/**
 * Takes backends out at once. Those that should finish what they have are drained first.
 *
 * @throws HeadgateError `backend.conflict` for one that stands in the file: it is taken out there
 */
export async function deregister(
  runtime: Runtime,
  tenant: string,
  service: string,
  ids: readonly string[],
): Promise<Changed> {
  const settings = await settingsOf(runtime, tenant, service);
  const inFile = new Set(staticBackends(settings).map(({ id }) => id));
  const message = "it stands in the configuration file";
  refuse(ids.filter((id) => inFile.has(id)).map((id) => ({ path: id, message, value: id })));
  return changeNamed(runtime, tenant, settings, ids, () => undefined);
}

/** A service's backends, and a text that is another one when any of them is. */
export interface Known {
  readonly backends: readonly Registration[];
  readonly version: string;
  /** How many are kept still although their lease has ended. */
  readonly lapsed: number;
}

/**
 * Everything that is registered of a service: what stands in the file and what was registered and not let lapse, sorted by id in byte
 * order. `version` changes with any of it, and with nothing else.
 *
 * @throws HeadgateError of the store
 */
export async function knownBackends(runtime: Runtime, tenant: string, settings: ServiceSettings): Promise<Known> {
  const items = await readShards(runtime.store, tenant, BACKENDS_NOUN, settings.service);
  return backendsIn(settings, items, runtime.now());
}

/** The same, from the items of the registry as they were read. */
export function backendsIn(settings: ServiceSettings, items: readonly Stored[], now: Millis): Known {
  const all = items.flatMap((item) => backendsOf(item));
  const leaving = new Map(all.filter(({ source }) => source === "config").map((one) => [one.id, one]));
  const fromFile = staticBackends(settings).map((one) => renewed(leaving.get(one.id), one));
  const taken = new Set(fromFile.map(({ id }) => id));
  const registered = all.filter((one) => inForce(one, now) && one.source !== "config" && !taken.has(one.id));
  const marks = items.map(({ key, state }) => `${key.subject}@${(state as unknown as Shard).rev}`);
  // A lease that has ended since changes no item, and yet what is known.
  const lapsed = all.filter((one) => !inForce(one, now)).map(({ id }) => id);
  return {
    backends: [...fromFile, ...registered].sort((a, b) => byBytes(a.id, b.id)),
    version: hash64(JSON.stringify([settings.version, marks.sort(), lapsed.sort(byBytes)])),
    lapsed: lapsed.length,
  };
}

/** The backends of a service. @throws HeadgateError `service.unknown` and those of the store */
export async function listBackends(
  runtime: Runtime,
  tenant: string,
  service: string,
): Promise<readonly Registration[]> {
  return (await knownBackends(runtime, tenant, await settingsOf(runtime, tenant, service))).backends;
}

/**
 * Forgets the registrations of a service whose lease has ended. Answers their ids. Not listed they are in any case; this keeps items small.
 *
 * @throws HeadgateError of the store
 */
export async function sweepLeases(runtime: Runtime, tenant: string, service: string): Promise<readonly string[]> {
  const items = await readShards(runtime.store, tenant, BACKENDS_NOUN, service);
  const now = runtime.now();
  const gone: string[] = [];
  await bounded(items, AT_ONCE, async (item) => {
    const lapsed = backendsOf(item).filter((one) => !inForce(one, now));
    if (lapsed.length === 0) return;
    await change(runtime, item.key, (backends) => backends, { item });
    gone.push(...lapsed.map(({ id }) => id));
  });
  return gone.sort(byBytes);
}
