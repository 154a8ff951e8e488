import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";
import type { PutOptions } from "../core/ports/objects.ts";
import { awsAttempts, awsErrorName, awsErrorStatus } from "./aws-errors.ts";
import type { KeepingInput } from "./s3-keeping.ts";

/** Marks who wrote an object, so that a writer can tell its own write from another's. */
export const WRITER = "headgate-write";
/** S3 takes at most 10,000 parts of at least 5 MiB; from 8 MiB, doubling every 2,000 parts, 248 GiB fit. */
const FIRST_PART_BYTES = 8 * 1024 * 1024;
export const partBytes = (index: number): number => FIRST_PART_BYTES * 2 ** Math.floor(index / 2_000);

export interface Destination {
  readonly client: S3Client;
  readonly bucket: string;
  /** As S3 knows it, with the prefix. */
  readonly key: string;
  /** Unique to this write. */
  readonly writer: string;
  readonly options: PutOptions | undefined;
  /** How it is kept: key, class, lock. */
  readonly keeping?: KeepingInput;
}

/** Members that every kind of write carries. */
export function putInput({ bucket, key, writer, options, keeping }: Destination) {
  return {
    Bucket: bucket,
    Key: key,
    Metadata: { [WRITER]: writer },
    ...(options?.contentType ? { ContentType: options.contentType } : {}),
    ...keeping,
  };
}

export const onlyIfAbsent = (options: PutOptions | undefined) => (options?.ifAbsent ? { IfNoneMatch: "*" } : {});

/**
 * Whether a refused write had been done all the same: its first try reached S3, the answer was lost, and the SDK's second try
 * met the object of the first (412) or an upload that was complete already (404).
 */
export async function wasOurs(destination: Destination, error: unknown): Promise<{ etag: string } | undefined> {
  const refused = awsErrorStatus(error) === 412 || awsErrorName(error) === "NoSuchUpload";
  if (!refused || awsAttempts(error) < 2) return undefined;
  const s3 = await import("./s3-calls.ts");
  const { client, bucket, key, writer } = destination;
  const found = await s3.headObject(client, { Bucket: bucket, Key: key });
  return found.Metadata?.[WRITER] === writer ? { etag: found.ETag ?? "" } : undefined;
}

/**
 * Multipart upload: one part is sent while the next one fills, so two are in memory. Whatever fails, the upload is aborted and
 * leaves nothing to pay for.
 */
export async function uploadParts(
  destination: Destination,
  parts: AsyncIterable<Uint8Array>,
): Promise<{ etag: string; bytes: number }> {
  const s3 = await import("./s3-calls.ts");
  const { client, bucket, key, options } = destination;
  const { UploadId } = await s3.createUpload(client, putInput(destination));
  const upload = { Bucket: bucket, Key: key, UploadId };
  const done: CompletedPart[] = [];
  let bytes = 0;
  let sending: Promise<void> = Promise.resolve();
  const send = async (Body: Uint8Array, PartNumber: number) => {
    const { ChecksumAlgorithm } = destination.keeping ?? {};
    const sum = ChecksumAlgorithm === undefined ? {} : { ChecksumAlgorithm };
    const { $metadata: _, ...answer } = await s3.uploadPart(client, { ...upload, PartNumber, Body, ...sum });
    const sums = { ChecksumCRC32: answer.ChecksumCRC32, ChecksumCRC64NVME: answer.ChecksumCRC64NVME };
    const known = Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== undefined));
    done.push({ PartNumber, ETag: answer.ETag, ...known });
  };
  try {
    let number = 0;
    for await (const part of parts) {
      await sending;
      bytes += part.length;
      sending = send(part, ++number);
      // Awaited above or below; until then a failure must not count as unhandled.
      sending.catch(() => undefined);
    }
    await sending;
    const MultipartUpload = { Parts: done };
    const answer = await s3.completeUpload(client, { ...upload, MultipartUpload, ...onlyIfAbsent(options) });
    return { etag: answer.ETag ?? "", bytes };
  } catch (error) {
    await sending.catch(() => undefined);
    const ours = await wasOurs(destination, error).catch(() => undefined);
    if (ours) return { etag: ours.etag, bytes };
    await s3.abortUpload(client, upload).catch(() => undefined);
    throw error;
  }
}
