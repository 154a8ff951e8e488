import { STALE_BITS } from "../../shared/core/monitoring/promql/source.ts";
import type { PromData } from "./prometheus.ts";

/** Bytes of a remote-write request (protobuf, prompb.WriteRequest), in snappy's block format without compressing anything. */
export function writeRequest(series: readonly PromData[]): Uint8Array<ArrayBuffer> {
  return stored(Buffer.concat(series.map((one) => message(1, timeSeries(one)))));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const message = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes]);

const text = (field: number, value: string): Buffer => message(field, Buffer.from(value, "utf8"));

function timeSeries({ labels, points }: PromData): Buffer {
  const names = Object.keys(labels).sort();
  return Buffer.concat([
    ...names.map((name) => message(1, Buffer.concat([text(1, name), text(2, labels[name] ?? "")]))),
    ...points.map(({ at, value }) => message(2, sample(at, value))),
  ]);
}

function sample(at: number, value: number | "stale"): Buffer {
  const double = Buffer.alloc(9);
  double[0] = (1 << 3) | 1;
  if (value === "stale") double.writeBigUInt64LE(STALE_BITS, 1);
  // Prometheus's own NaN, which is not JavaScript's.
  else if (Number.isNaN(value)) double.writeBigUInt64LE(0x7ff8000000000001n, 1);
  else double.writeDoubleLE(value, 1);
  return Buffer.concat([double, Buffer.from([2 << 3]), varint(BigInt(at))]);
}

/** One literal with a length of four bytes. */
function stored(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(5);
  head[0] = 63 << 2;
  head.writeUInt32LE(bytes.length - 1, 1);
  return new Uint8Array(Buffer.concat([varint(BigInt(bytes.length)), head, bytes]));
}
