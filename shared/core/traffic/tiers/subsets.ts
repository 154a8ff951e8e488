import type { Backend } from "../types.ts";

/**
 * Hosts by the keys that subsets are made of, found by walking from value to value. Only values that hosts have exist here, so
 * requests cannot make it grow by asking for others.
 */
export interface SubsetNode {
  /** Indexes in the host list. */
  readonly members: readonly number[];
  /** Position of the first key that may still be asked. */
  readonly from: number;
  /** By position of the key; made when it is first asked for. */
  readonly byKey: (Map<string, SubsetNode> | undefined)[];
}

/** Value of a host for a subset key: its metadata, else its own zone, region or version. */
export function subsetValue(backend: Backend, key: string): string | undefined {
  if (Object.hasOwn(backend.metadata, key)) return backend.metadata[key];
  return key === "zone" || key === "region" || key === "version" ? backend[key] : undefined;
}

export const subsetRoot = (size: number): SubsetNode => ({
  members: Array.from({ length: size }, (_, index) => index),
  from: 0,
  byKey: [],
});

function branch(
  node: SubsetNode,
  position: number,
  key: string,
  backends: readonly Backend[],
): Map<string, SubsetNode> {
  const values = new Map<string, { members: number[]; from: number; byKey: [] }>();
  for (const index of node.members) {
    const backend = backends[index];
    const value = backend === undefined ? undefined : subsetValue(backend, key);
    if (value === undefined) continue;
    const there = values.get(value);
    if (there === undefined) values.set(value, { members: [index], from: position + 1, byKey: [] });
    else there.members.push(index);
  }
  return values;
}

/**
 * The hosts that have all that is asked for; undefined where none has. Keys that no subset is made of are not looked at; asking for
 * nothing is the root. Allocates only when a key is asked for the first time.
 */
export function findSubset(
  root: SubsetNode,
  keys: readonly string[],
  match: Readonly<Record<string, string>>,
  backends: readonly Backend[],
): SubsetNode | undefined {
  let node: SubsetNode | undefined = root;
  for (let position = 0; position < keys.length && node !== undefined; position += 1) {
    const key = keys[position] as string;
    const value = Object.hasOwn(match, key) ? match[key] : undefined;
    if (value === undefined) continue;
    const values: Map<string, SubsetNode> = node.byKey[position] ?? branch(node, position, key, backends);
    node.byKey[position] = values;
    node = values.get(value);
  }
  return node;
}
