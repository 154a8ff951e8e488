import { type AggregateKey, keyText } from "../core/kernel/key.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Store, Stored } from "../core/ports/store.ts";
import {
  checkKey,
  compareUtf8,
  decodeCursor,
  encodeCursor,
  firstVersion,
  pageSize,
  writeTexts,
} from "./store-rules.ts";

interface Item {
  readonly key: AggregateKey;
  readonly version: number;
  readonly state: string;
  readonly pending: string | undefined;
  readonly leaseUntil: Millis | undefined;
  readonly dueAt: Millis | undefined;
  readonly expiresAt: Millis | undefined;
}

/** When an item wants to be looked at: its own wish, or the end of the lease on what is pending, whichever is first. */
const wakeAt = (item: Item): Millis =>
  Math.min(
    item.dueAt ?? Number.POSITIVE_INFINITY,
    (item.pending === undefined ? undefined : item.leaseUntil) ?? Number.POSITIVE_INFINITY,
  );

const toStored = (item: Item): Stored => ({
  key: item.key,
  version: item.version,
  state: JSON.parse(item.state),
  ...(item.pending === undefined ? {} : { pending: JSON.parse(item.pending) }),
  ...(item.leaseUntil === undefined ? {} : { leaseUntil: item.leaseUntil }),
  ...(item.dueAt === undefined ? {} : { dueAt: item.dueAt }),
  ...(item.expiresAt === undefined ? {} : { expiresAt: item.expiresAt }),
});

/**
 * A store that forgets: for tests. Keeps text, so that nobody shares an object with it.
 *
 * @param first version of a new item; a test that must be the same each time it is played draws its own
 */
export function memoryStore(now: () => Millis, first: () => number = firstVersion): Store {
  const items = new Map<string, Item>();
  const live = (item: Item | undefined): item is Item =>
    item !== undefined && !(item.expiresAt !== undefined && item.expiresAt <= now());

  return {
    async load(key) {
      checkKey(key);
      const item = items.get(keyText(key));
      return live(item) ? toStored(item) : undefined;
    },
    async write(key, version, next) {
      const texts = writeTexts(key, next);
      const old = items.get(keyText(key));
      if ((live(old) ? old.version : 0) !== version) return { ok: false };
      const item: Item = {
        key: { tenant: key.tenant, noun: key.noun, subject: key.subject },
        version: old ? old.version + 1 : first(),
        ...texts,
        leaseUntil: next.leaseUntil,
        dueAt: next.dueAt,
        expiresAt: next.expiresAt,
      };
      items.set(keyText(key), item);
      return { ok: true, version: item.version };
    },
    async remove(key, version) {
      checkKey(key);
      const item = items.get(keyText(key));
      return live(item) && item.version === version && items.delete(keyText(key));
    },
    async due(before, limit) {
      return [...items.values()]
        .filter((item) => live(item) && wakeAt(item) <= before)
        .sort((a, b) => wakeAt(a) - wakeAt(b) || compareUtf8(keyText(a.key), keyText(b.key)))
        .slice(0, limit)
        .map((item) => item.key);
    },
    async list(tenant, noun, options = {}) {
      checkKey({ tenant, noun, subject: "-" });
      const limit = pageSize(options.limit);
      const after = options.cursor === undefined ? undefined : decodeCursor(options.cursor);
      const found = [...items.values()]
        .filter((item) => live(item) && item.key.tenant === tenant && item.key.noun === noun)
        .filter((item) => item.key.subject.startsWith(options.prefix ?? ""))
        .filter((item) => after === undefined || compareUtf8(item.key.subject, after) > 0)
        .sort((a, b) => compareUtf8(a.key.subject, b.key.subject));
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(toStored),
        ...(last && found.length > limit ? { cursor: encodeCursor(last.key.subject) } : {}),
      };
    },
    async close() {},
  };
}
