import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { AT } from "../core/backup/batch/header.ts";
import { uncompressed } from "../core/backup/batch/rebuild.ts";
import { type Batch, checkCrc } from "../core/backup/batch/walk.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { TopicPartition } from "../core/kernel/streams.ts";

/** Unpacked bytes of one batch; what unpacks to more is refused. Brokers accept 1 MiB packed unless told otherwise. */
const MOST_BYTES = 512 * 1024 * 1024;
/** Frame header of the Java library that Kafka's producers pack snappy with: magic, version, lowest version. */
const XERIAL = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0];
const XERIAL_HEADER = 16;
const LZ4_MAGIC = 0x184d2204;
const LZ4_UNPACKED = 0x80000000;

const tooMuch = (bytes: number) => new Error(`unpacks to more than ${bytes} bytes`);
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes that a raw snappy block unpacks to: it says so itself, in front. */
function snappyBlockBytes(block: Uint8Array): number {
  let size = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at];
    if (byte === undefined) break;
    size += (byte & 127) * 128 ** at;
    if (byte < 128) return size;
  }
  throw new Error("its length is cut short");
}

function snappyBytes(packed: Uint8Array): number {
  if (!XERIAL.every((byte, at) => packed[at] === byte)) return snappyBlockBytes(packed);
  const view = viewOf(packed);
  let size = 0;
  for (let at = XERIAL_HEADER; at < packed.length; ) {
    const length = view.getUint32(at);
    if (length > packed.length - at - 4) throw new Error("a block is cut short");
    size += snappyBlockBytes(packed.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return size;
}

/** Bytes that an lz4 frame unpacks to at the most: its blocks times what each may hold (LZ4 frame format 1.6). */
function lz4Bytes(packed: Uint8Array): number {
  const view = viewOf(packed);
  if (view.getUint32(0, true) !== LZ4_MAGIC) throw new Error("is no lz4 frame");
  const flags = view.getUint8(4);
  const largest = 2 ** (8 + 2 * ((view.getUint8(5) >> 4) & 7));
  let size = 0;
  for (let at = 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0); ; ) {
    const block = view.getUint32(at, true);
    if (block === 0) return size;
    const length = block & (LZ4_UNPACKED - 1);
    size += block >= LZ4_UNPACKED ? length : largest;
    at += 4 + length + (flags & 16 ? 4 : 0);
  }
}

/** The client's own, in WebAssembly: loaded with the first batch that needs it. It has no bound, so what it is given is measured before. */
async function unpackWithClient(mask: 2 | 3, packed: Uint8Array, bytes: number, most: number): Promise<Uint8Array> {
  if (bytes > most) throw tooMuch(most);
  const { compressionsAlgorithmsByBitmask } = await import("@platformatic/kafka");
  const unpack = compressionsAlgorithmsByBitmask[mask]?.decompressSync;
  if (!unpack) throw new Error("cannot be unpacked by this installation");
  return unpack(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
}

async function unpack(batch: Batch, most: number): Promise<Uint8Array> {
  const packed = batch.bytes.subarray(AT.records);
  switch (batch.header.codec) {
    case "none":
      return packed;
    case "gzip":
      return gunzipSync(packed, { maxOutputLength: most });
    case "snappy":
      return unpackWithClient(2, packed, snappyBytes(packed), most);
    case "lz4":
      return unpackWithClient(3, packed, lz4Bytes(packed), most);
    case "zstd":
      return zstdDecompressSync(packed, { maxOutputLength: most });
  }
}

/**
 * The batch with its records unpacked, its checksum tested; the very same one where they are not packed.
 * @throws HeadgateError `backup.damaged`, naming topic, partition and offsets: the checksum is wrong, the packed bytes are damaged, or they unpack to more than `mostBytes`
 *   (default 512 MiB)
 */
export async function inflateBatch(
  batch: Batch,
  where: TopicPartition,
  options: { readonly mostBytes?: number } = {},
): Promise<Batch> {
  const most = options.mostBytes ?? MOST_BYTES;
  const { header } = batch;
  try {
    checkCrc(batch);
    return header.codec === "none" ? batch : uncompressed(batch, await unpack(batch, most));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ERR_BUFFER_TOO_LARGE" ? tooMuch(most).message : message;
    const place = `${where.topic}, partition ${where.partition}, offsets ${header.baseOffset} to ${header.lastOffset}`;
    const what = `${place}: a batch packed with ${header.codec} cannot be unpacked: ${why}`;
    throw new HeadgateError("backup.damaged", header.codec === "none" ? `${place}: ${message}` : what, {
      cause: error,
    });
  }
}
