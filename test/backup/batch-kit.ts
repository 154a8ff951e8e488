import { gzipSync, zstdCompressSync } from "node:zlib";
import { compressionsAlgorithmsByBitmask } from "@platformatic/kafka";
import fc from "fast-check";
import type { EncodeOptions, NewRecord } from "../../shared/core/backup/batch/encode.ts";
import { CODECS, type Codec } from "../../shared/core/backup/batch/header.ts";

const xerial = (records: Uint8Array): Uint8Array => {
  const header = Buffer.from("82534e4150505900" + "00000001" + "00000001", "hex");
  const blocks: Uint8Array[] = [header];
  for (let at = 0; at < records.length; at += 100) {
    const block = clientPack("snappy", records.subarray(at, at + 100));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    blocks.push(length, block);
  }
  return Buffer.concat(blocks);
};

const clientPack = (codec: Codec, records: Uint8Array): Uint8Array => {
  const pack = compressionsAlgorithmsByBitmask[CODECS.indexOf(codec) as 2 | 3]?.compressSync;
  if (!pack) throw new Error(codec);
  return pack(Buffer.from(records));
};

/** Every way in which producers pack a batch. */
export const PACKED = {
  none: undefined,
  gzip: { codec: "gzip", deflate: (records: Uint8Array) => gzipSync(records) },
  "snappy, raw": { codec: "snappy", deflate: (records: Uint8Array) => clientPack("snappy", records) },
  "snappy, xerial": { codec: "snappy", deflate: xerial },
  lz4: { codec: "lz4", deflate: (records: Uint8Array) => clientPack("lz4", records) },
  zstd: { codec: "zstd", deflate: (records: Uint8Array) => zstdCompressSync(records) },
} as const satisfies Record<string, EncodeOptions["compress"]>;

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
/** Records with everything that the protocol allows; offsets may have holes. */
export const anyRecords = (options: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<NewRecord[]> =>
  fc
    .array(
      fc.record({
        hole: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
        ),
        timestamp: fc.oneof(
          fc.bigInt({ min: 1_700_000_000_000n, max: 1_700_000_060_000n }),
          fc.bigInt({ min: 0n, max: 2n ** 52n }),
          fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 1n }),
        ),
        key: bytes,
        value: bytes,
        headers: fc.array(fc.record({ key: fc.string({ maxLength: 6 }), value: bytes }), { maxLength: 3 }),
      }),
      { minLength: options.minLength ?? 1, maxLength: options.maxLength ?? 12 },
    )
    .map((records) => {
      let next = 0;
      return records.map(({ hole, ...record }) => {
        const offset = next + hole;
        next = offset + 1;
        return { ...record, offset };
      });
    });

/** A record as the tests compare it. */
export const plain = (record: {
  offset?: number;
  timestamp: bigint | number;
  key?: Uint8Array | null;
  value?: Uint8Array | null;
  headers?: readonly { key: string; value: Uint8Array | null }[];
}) => ({
  offset: record.offset,
  timestamp: BigInt(record.timestamp),
  key: record.key ? [...record.key] : null,
  value: record.value ? [...record.value] : null,
  headers: (record.headers ?? []).map(({ key, value }) => [key, value ? [...value] : null]),
});

/** `count` plain records, one after another. */
export const simple = (count: number, text = "v"): NewRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    timestamp: 1_700_000_000_000 + index,
    key: utf8(`k${index}`),
    value: utf8(`${text}${index}`),
  }));
