import { hash64 } from "../kernel/hash.ts";
import type { FingerprintSet } from "./types.ts";

/** Sets with more members are kept as objects: 2,000 of 16 digits are some 40 KB of an item's 390. */
export const MOST_INLINE = 2_000;

/** 128 bits over the members in order: equal sets have equal digests on every machine. */
const digestOf = (text: string): string => hash64(text) + hash64(`${text}\u0001`);

/** Members in order, each once. */
export const sortedSet = (fingerprints: Iterable<string>): readonly string[] => [...new Set(fingerprints)].sort();

/** Where the members of a large set are kept, by content: writing it twice is writing it once. */
export const setObject = (digest: string): string => `alerting/sets/${digest}.json`;

/**
 * A set as state and records hold it. Beyond {@link MOST_INLINE} only count, digest and the object's name: whoever decides with it
 * writes the members (JSON list of text) to that object before.
 */
export function fingerprintSet(fingerprints: readonly string[]): FingerprintSet {
  // Most sets of a long replay have none or one member, which needs no hashing.
  if (fingerprints.length === 0) return EMPTY_SET;
  const [first = ""] = fingerprints;
  if (fingerprints.length === 1) return { count: 1, digest: `${first}${"0".repeat(16)}`, inline: [first] };
  const inline = sortedSet(fingerprints);
  const digest = digestOf(inline.join(","));
  const count = inline.length;
  return count <= MOST_INLINE ? { count, digest, inline } : { count, digest, object: setObject(digest) };
}

const EMPTY_SET: FingerprintSet = { count: 0, digest: "0".repeat(32), inline: [] };

/** Members; undefined where they are in an object that is not at hand. */
export function membersOf(
  set: FingerprintSet,
  objectOf?: (name: string) => readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  const members = "inline" in set ? set.inline : objectOf?.(set.object);
  return members && new Set(members);
}
