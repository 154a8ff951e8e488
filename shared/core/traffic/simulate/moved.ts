import { chooserOf } from "../balance/chooser.ts";
import { hostLoads } from "../balance/loads.ts";
import { type Random, randomOf } from "../balance/random.ts";
import { hashText } from "../hash/xxhash64.ts";
import type { PolicySpec } from "../section.ts";
import type { Host, PickRequest, PolicyName } from "../types.ts";
import { BEGIN, keyText } from "./queue.ts";

const HASHING: ReadonlySet<PolicyName> = new Set(["consistent_hashing", "ring_hash", "maglev", "rendezvous"]);

/** Whether a policy sends a key to the same host again. */
export const hashes = (policy: PolicyName): boolean => HASHING.has(policy);

/** Keys whose hashes are worked out once and asked again and again. */
export interface KeyHashes {
  readonly size: number;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

export function keyHashes(size: number): KeyHashes {
  const [high, low] = [new Uint32Array(size), new Uint32Array(size)];
  const into = { hashHigh: 0, hashLow: 0 };
  for (let index = 0; index < size; index += 1) {
    hashText(keyText(index), into);
    high[index] = into.hashHigh;
    low[index] = into.hashLow;
  }
  return { size, high, low };
}

/** Which host each key belongs to, as an index into `hosts`, when nothing is in flight. */
export function ownersOf(spec: PolicySpec, hosts: readonly Host[], keys: KeyHashes, random: Random): Int32Array {
  const weights = Float64Array.from(hosts, (one) => one.backend.weight);
  const chooser = chooserOf({ ...spec, balanceFactor: 0 }, hosts, weights, hostLoads(hosts.length), random);
  const request: PickRequest = { at: BEGIN, hashed: true, hashHigh: 0, hashLow: 0 };
  const owners = new Int32Array(keys.size);
  for (let index = 0; index < keys.size; index += 1) {
    request.hashHigh = keys.high[index] as number;
    request.hashLow = keys.low[index] as number;
    owners[index] = chooser.pick(request);
  }
  return owners;
}

export interface Moved {
  /** Percent of the keys that change hosts when one host goes: the mean over the hosts that were tried. */
  readonly movedOnRemovePct: number;
  /** When one like the others comes. */
  readonly movedOnAddPct: number;
}

/** Hosts that are taken out, and put in, one after the other: the luck of a single one would decide the figure. */
const TRIED = 10;

/** How much membership changes cost a hash policy. Undefined for other policies, and where there are not two hosts. */
export function movedOf(spec: PolicySpec, hosts: readonly Host[], keys: KeyHashes, seed: number): Moved | undefined {
  if (!hashes(spec.policy) || hosts.length < 2) return undefined;
  const random = randomOf(seed);
  const before = ownersOf(spec, hosts, keys, random);
  const step = Math.max(1, Math.floor(hosts.length / TRIED));
  const removed = hosts.flatMap((_, index) => (index % step === 0 && index / step < TRIED ? [index] : []));
  let moved = 0;
  for (const gone of removed) {
    const after = ownersOf(
      spec,
      hosts.filter((_, index) => index !== gone),
      keys,
      random,
    );
    for (let key = 0; key < keys.size; key += 1) {
      const owner = after[key] as number;
      if ((owner < gone ? owner : owner + 1) !== before[key]) moved += 1;
    }
  }
  const added = Math.min(TRIED, hosts.length);
  let taken = 0;
  for (let index = 0; index < added; index += 1) {
    const after = ownersOf(spec, [...hosts, another(hosts, index)], keys, random);
    for (let key = 0; key < keys.size; key += 1) if (after[key] !== before[key]) taken += 1;
  }
  return {
    movedOnRemovePct: (100 * moved) / (keys.size * removed.length),
    movedOnAddPct: (100 * taken) / (keys.size * added),
  };
}

/** A host of mean weight with a name that none has. */
function another(hosts: readonly Host[], index: number): Host {
  const ids = new Set(hosts.map((one) => one.backend.id));
  let id = `added-${index}:80`;
  while (ids.has(id)) id = `also-${id}`;
  const [first] = hosts as readonly [Host, ...Host[]];
  const weight = hosts.reduce((sum, one) => sum + one.backend.weight, 0) / hosts.length;
  const { hashKey: _, ...backend } = first.backend;
  return { ...first, backend: { ...backend, id, host: `added-${index}`, port: 80, weight } };
}
