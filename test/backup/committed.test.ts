import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { committed } from "../../shared/core/backup/batch/committed.ts";
import { controlBatch } from "../../shared/core/backup/batch/control.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import { trimmed } from "../../shared/core/backup/batch/rebuild.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import type { AbortedTransaction } from "../../shared/core/kernel/streams.ts";
import { simple } from "./batch-kit.ts";

/** A log that is written by the rules of the protocol, and beside it what became of every record. */
function history() {
  const batches: { readonly base: number; readonly last: number; readonly bytes: Uint8Array }[] = [];
  /** By offset; a producer's number: its transaction is still open. */
  const fate: ("data" | "aborted" | "mark" | number)[] = [];
  const ended: (AbortedTransaction & { readonly lastOffset: number })[] = [];
  const open = new Map<number, number>();
  const put = (bytes: Uint8Array, fates: (typeof fate)[number][]) => {
    batches.push({ base: fate.length, last: fate.length + fates.length - 1, bytes });
    fate.push(...fates);
  };
  return {
    batches,
    fate,
    write: (count: number, producerId?: number) => {
      const base = fate.length;
      const options = producerId === undefined ? {} : { producerId, producerEpoch: 0, transactional: true };
      if (producerId !== undefined && !open.has(producerId)) open.set(producerId, base);
      put(encodeBatch(simple(count), { baseOffset: base, ...options }), new Array(count).fill(producerId ?? "data"));
    },
    end: (producerId: number, type: "commit" | "abort") => {
      const firstOffset = open.get(producerId);
      if (firstOffset === undefined) return;
      open.delete(producerId);
      for (const [offset, one] of fate.entries())
        if (one === producerId) fate[offset] = type === "commit" ? "data" : "aborted";
      if (type === "abort") ended.push({ producerId, firstOffset, lastOffset: fate.length });
      put(controlBatch({ type, producerId, producerEpoch: 0, offset: fate.length, timestamp: 0 }), ["mark"]);
    },
    stable: () => Math.min(fate.length, ...open.values()),
    /** What a broker answers: whole batches from the one that holds `from` on, `count` of them, below the last stable offset; and what its index says of them. */
    fetch: (from: number, count: number, stable: number) => {
      const start = batches.findIndex(({ last }) => last >= from);
      const given = start < 0 ? [] : batches.slice(start, start + count).filter(({ last }) => last < stable);
      const upTo = given.at(-1)?.last ?? -1;
      const aborted = ended.filter(({ lastOffset, firstOffset }) => lastOffset >= from && firstOffset <= upTo);
      return { records: Buffer.concat(given.map(({ bytes }) => bytes)), aborted, upTo };
    },
  };
}

const offsetsOf = ({ batches }: ReturnType<typeof committed>, from: number, to: number) =>
  batches.flatMap(({ batch, trim }) => {
    const kept = trim ? trimmed(batch, from, to) : batch;
    return kept ? [...decodeRecords(kept)].map(({ offset }) => offset) : [];
  });

const deeds = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant("write" as const), fc.nat(2), fc.integer({ min: 1, max: 4 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("plain" as const), fc.constant(0), fc.integer({ min: 1, max: 4 })) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("abort" as const), fc.nat(2), fc.constant(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("commit" as const), fc.nat(2), fc.constant(0)) },
  ),
  { minLength: 1, maxLength: 30 },
);
function play(all: readonly (readonly ["write" | "plain" | "abort" | "commit", number, number])[]) {
  const log = history();
  for (const [what, producer, count] of all) {
    if (what === "write") log.write(count, producer);
    else if (what === "plain") log.write(count);
    else log.end(producer, what);
  }
  return log;
}

describe("committed records of a fetch", () => {
  test("are those of transactions that committed and of none, whatever the window and where it begins and ends", () => {
    fc.assert(
      fc.property(deeds, fc.nat(), fc.integer({ min: 1, max: 40 }), fc.nat(), (all, begin, count, length) => {
        const log = play(all);
        const stable = log.stable();
        const from = stable === 0 ? 0 : begin % stable;
        const to = Math.min(stable, from + 1 + (length % 60));
        const { records, aborted, upTo } = log.fetch(from, count, stable);
        const found = committed(records, aborted, from, to);
        const end = Math.max(from, Math.min(to, upTo + 1));
        const inside = [...log.fate.entries()].filter(([offset]) => offset >= from && offset < end);
        expect(offsetsOf(found, from, to)).toEqual(
          inside.filter(([, fate]) => fate === "data").map(([offset]) => offset),
        );
        expect(found.droppedRecords).toBe(inside.filter(([, fate]) => fate !== "data").length);
        expect([found.next, found.missing]).toEqual([end, undefined]);
      }),
      { numRuns: 600 },
    );
  });

  test("of fetches one after another are each one's once, however many batches each gives", () => {
    fc.assert(
      fc.property(deeds, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }), (all, counts) => {
        const log = play(all);
        const stable = log.stable();
        const found: number[] = [];
        let dropped = 0;
        for (let next = 0, turn = 0; next < stable; turn += 1) {
          const { records, aborted } = log.fetch(next, counts[turn % counts.length] as number, stable);
          const one = committed(records, aborted, next, stable);
          expect(one.next).toBeGreaterThan(next);
          found.push(...offsetsOf(one, next, stable));
          dropped += one.droppedRecords;
          next = one.next;
        }
        const decided = [...log.fate.entries()].filter(([offset]) => offset < stable);
        expect(found).toEqual(decided.filter(([, fate]) => fate === "data").map(([offset]) => offset));
        expect(dropped).toBe(decided.length - found.length);
      }),
      { numRuns: 200 },
    );
  });

  test("count the offsets that compaction took, in batches and between them", () => {
    const holes = encodeBatch(
      [
        { offset: 10, timestamp: 0 },
        { offset: 13, timestamp: 0 },
      ],
      { lastOffset: 14 },
    );
    const empty = encodeBatch([], { baseOffset: 20, lastOffset: 22 });
    const later = encodeBatch([{ offset: 30, timestamp: 0 }]);
    const bytes = Buffer.concat([holes, empty, later]);
    expect(committed(bytes, [], 8, 40)).toMatchObject({
      next: 31,
      missing: { count: 2 + 3 + 5 + 3 + 7, from: 8, to: 30 },
    });
    expect(committed(bytes, [], 8, 25)).toMatchObject({
      next: 25,
      missing: { count: 2 + 3 + 5 + 3 + 2, from: 8, to: 25 },
    });
  });
});
