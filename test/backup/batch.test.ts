import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { controlBatch, controlKind } from "../../shared/core/backup/batch/control.ts";
import { crc32c } from "../../shared/core/backup/batch/crc32c.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import { summarize } from "../../shared/core/backup/batch/frames.ts";
import { AT } from "../../shared/core/backup/batch/header.ts";
import { contiguousRuns, forAppend, keepRecords, trimmed } from "../../shared/core/backup/batch/rebuild.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { checkCrc, readBatch, walkBatches } from "../../shared/core/backup/batch/walk.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";
import { anyRecords, PACKED, plain, simple, utf8 } from "./batch-kit.ts";

const WHERE = { topic: "orders", partition: 3 };
const DAY = 86_400_000;
const decoded = (bytes: Uint8Array) => [...decodeRecords(readBatch(bytes))].map(plain);

describe("CRC-32C", () => {
  test("says the check value of the standard, from any start, over any length", () => {
    expect(crc32c(utf8("123456789"))).toBe(0xe3069283);
    expect(crc32c(utf8("__123456789_"), 2, 11)).toBe(0xe3069283);
    // RFC 3720, appendix B.4.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at))).toBe(0x46dd794e);
  });
});

describe("a batch", () => {
  test("decodes to the records it was made of, whatever they hold and however far their timestamps lie apart", () => {
    fc.assert(
      fc.property(anyRecords(), fc.integer({ min: 0, max: 2 ** 50 }), (records, base) => {
        const moved = records.map((record) => ({ ...record, offset: base + (record.offset ?? 0) }));
        const batch = readBatch(encodeBatch(moved));
        checkCrc(batch);
        expect([...decodeRecords(batch)].map(plain)).toEqual(moved.map(plain));
        const times = moved.map(({ timestamp }) => Number(timestamp));
        const { count, first, last } = summarize(batch);
        expect({ count, first, last }).toEqual({
          count: moved.length,
          first: moved[0]?.offset,
          last: moved.at(-1)?.offset,
        });
        if (times.every(Number.isSafeInteger)) {
          expect(summarize(batch)).toMatchObject({
            minTimestamp: Math.min(...times),
            maxTimestamp: Math.max(...times),
          });
        }
      }),
      { numRuns: 120 },
    );
  });

  test("holds records more than 24.8 days apart, in both directions", () => {
    const times = [1_700_000_000_000, 1_700_000_000_000 - 400 * DAY, 1_700_000_000_000 + 25 * DAY, 0];
    const batch = encodeBatch(times.map((timestamp) => ({ timestamp })));
    expect(decoded(batch).map(({ timestamp }) => Number(timestamp))).toEqual(times);
    expect(Number(readBatch(batch).header.maxTimestamp)).toBe(times[2]);
  });

  test("with LogAppendTime gives every record the batch's own timestamp", () => {
    const bytes = encodeBatch(simple(3), { timestampType: "append", maxTimestamp: 42n });
    expect(decoded(bytes).map(({ timestamp }) => timestamp)).toEqual([42n, 42n, 42n]);
    expect(summarize(readBatch(bytes))).toMatchObject({ minTimestamp: 42, maxTimestamp: 42 });
  });

  test("lies in bytes as the protocol says", () => {
    const bytes = encodeBatch([{ offset: 5, timestamp: 1000, key: utf8("k"), headers: [{ key: "h", value: null }] }]);
    const expected =
      "0000000000000005 0000003c ffffffff 02 ######## 0000 00000000 00000000000003e8 00000000000003e8 ffffffffffffffff ffff ffffffff 00000001" +
      " 14 00 00 00 02 6b 01 02 02 68 01";
    const found = Buffer.from(bytes).toString("hex");
    expect(`${found.slice(0, 34)}########${found.slice(42)}`).toBe(expected.replaceAll(" ", ""));
  });

  test.each(Object.entries(PACKED))(
    "packed with %s unpacks to the very bytes that an unpacked one has",
    async (_, compress) => {
      const records = simple(50, "some value that packs well ");
      const plainBytes = encodeBatch(records, { baseOffset: 7, producerId: 9, producerEpoch: 1, baseSequence: 2 });
      const bytes = encodeBatch(records, {
        baseOffset: 7,
        producerId: 9,
        producerEpoch: 1,
        baseSequence: 2,
        ...(compress ? { compress } : {}),
      });
      const inflated = await inflateBatch(readBatch(bytes), WHERE);
      expect(Buffer.from(inflated.bytes).equals(plainBytes)).toBe(true);
    },
  );

  test.each(Object.entries(PACKED))(
    "packed with %s and damaged is an error that names topic, partition and offsets",
    async (_, compress) => {
      const bytes = encodeBatch(simple(50), { baseOffset: 100, ...(compress ? { compress } : {}) });
      bytes[80] = (bytes[80] as number) ^ 1;
      await expect(inflateBatch(readBatch(bytes), WHERE)).rejects.toMatchObject({
        code: "backup.damaged",
        message: expect.stringMatching(/^orders, partition 3, offsets 100 to 149: /),
      });
    },
  );

  test.each(Object.entries(PACKED).slice(1))(
    "packed with %s that unpacks to more than allowed is refused",
    async (_, compress) => {
      const value = new Uint8Array(3_000_000);
      const bytes = encodeBatch([{ timestamp: 0, value }], compress ? { compress } : {});
      await expect(inflateBatch(readBatch(bytes), WHERE, { mostBytes: 1_000_000 })).rejects.toThrow(
        "unpacks to more than 1000000 bytes",
      );
    },
  );

  test("is read within its bounds: any bytes at all give batches or an error with the position, and an end", () => {
    const good = encodeBatch(simple(3));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length * 2 - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(good.length * 2),
        (changes, length) => {
          const bytes = new Uint8Array(good.length * 2);
          bytes.set(good);
          bytes.set(good, good.length);
          for (const [at, byte] of changes) bytes[at] = byte;
          try {
            for (const batch of walkBatches(bytes.subarray(0, length))) {
              summarize(batch);
              for (const record of decodeRecords(batch)) plain(record);
            }
          } catch (error) {
            expect(error).toMatchObject({ code: "backup.damaged", message: expect.stringMatching(/ at byte \d+$/) });
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ["a length of nothing", AT.length, [0, 0, 0, 0]],
    ["a negative length", AT.length, [255, 255, 255, 244]],
    ["a length past the end", AT.length, [127, 255, 255, 255]],
    ["an old format", AT.magic, [1]],
    ["more records than offsets", AT.count, [0, 0, 0, 4]],
  ])("with %s is an error, never an endless loop", (_, at, bytes) => {
    const damaged = encodeBatch(simple(3));
    damaged.set(bytes, at);
    expect(() => [...walkBatches(damaged)]).toThrow(/ at byte \d+$/);
  });
});

describe("a changed batch", () => {
  const anyKept = fc.tuple(anyRecords(), fc.func(fc.boolean()));

  test("keeps the records that are asked for, at their offsets, with their timestamps and bytes", () => {
    fc.assert(
      fc.property(anyKept, ([records, keep]) => {
        const kept = keepRecords(readBatch(encodeBatch(records)), ({ offset }) => keep(offset));
        const expected = records.filter(({ offset }) => keep(offset as number));
        if (kept) checkCrc(kept);
        expect(kept ? [...decodeRecords(kept)].map(plain) : []).toEqual(expected.map(plain));
        const { header } = kept ?? {};
        expect([header?.baseOffset, header?.lastOffset]).toEqual([expected[0]?.offset, expected.at(-1)?.offset]);
      }),
      { numRuns: 60 },
    );
  });

  test("keeps header keys that are no UTF-8", () => {
    const keyBytes = Uint8Array.from([255, 254]);
    const batch = readBatch(
      encodeBatch([...simple(1), { timestamp: 1, headers: [{ key: "", keyBytes, value: null }] }]),
    );
    const kept = trimmed(batch, 1, 2);
    expect(kept && [...decodeRecords(kept)][0]?.headers[0]?.keyBytes).toEqual(keyBytes);
  });

  test("in pieces without holes has every record once, and each piece can be appended", () => {
    fc.assert(
      fc.property(anyRecords(), (records) => {
        const runs = contiguousRuns(readBatch(encodeBatch(records, { lastOffset: (records.at(-1)?.offset ?? 0) + 3 })));
        expect(runs.flatMap((run) => [...decodeRecords(run)].map(plain))).toEqual(records.map(plain));
        for (const run of runs) {
          const appended = readBatch(forAppend(run));
          checkCrc(appended);
          const base = run.header.baseOffset;
          expect(
            [...decodeRecords(appended)].map((record) => plain({ ...record, offset: record.offset + base })),
          ).toEqual([...decodeRecords(run)].map(plain));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("for appending has no producer and no transaction, and its timestamps stay", () => {
    const options = {
      baseOffset: 90,
      transactional: true,
      producerId: 7,
      producerEpoch: 1,
      baseSequence: 5,
      leaderEpoch: 4,
    };
    const { header, bytes } = readBatch(forAppend(readBatch(encodeBatch(simple(4), options))));
    expect(header).toMatchObject({
      baseOffset: 0,
      lastOffset: 3,
      leaderEpoch: -1,
      transactional: false,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      count: 4,
    });
    expect(decoded(bytes)).toEqual(decoded(encodeBatch(simple(4))));
  });

  test("with holes, still packed, or of control records is refused for appending", () => {
    const holes = [{ timestamp: 0 }, { timestamp: 0, offset: 2 }];
    expect(() => forAppend(readBatch(encodeBatch(holes)))).toThrow("have holes between them");
    expect(() => forAppend(readBatch(encodeBatch(simple(2), { compress: PACKED.gzip })))).toThrow(
      "still compressed with gzip",
    );
    const mark = controlBatch({ type: "abort", producerId: 1, producerEpoch: 0, offset: 4, timestamp: 0 });
    expect(() => forAppend(readBatch(mark))).toThrow("control batch");
  });

  test("that ends a transaction says how", () => {
    for (const type of ["commit", "abort"] as const)
      expect(
        controlKind(readBatch(controlBatch({ type, producerId: 1, producerEpoch: 0, offset: 4, timestamp: 0 }))),
      ).toBe(type);
  });
});
