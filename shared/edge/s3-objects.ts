import { randomUUID } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { ObjectInfo, Objects, PutOptions } from "../core/ports/objects.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName, awsErrorStatus } from "./aws-errors.ts";
import { checkKey } from "./object-key.ts";
import { inParts, withSource } from "./object-source.ts";
import { keepingInput, type S3Keeping } from "./s3-keeping.ts";
import { type Destination, onlyIfAbsent, partBytes, putInput, uploadParts, wasOurs } from "./s3-upload.ts";

export interface S3ObjectsOptions extends S3Keeping {
  readonly client: ClientSource<S3Client>;
  readonly bucket: string;
  /** In front of every key, for example "default/"; counts towards S3's 1,024 bytes. */
  readonly prefix?: string;
  /** Of the bucket, where it is another one than the client's own. */
  readonly region?: string;
  /** Epoch ms; S3 does not say in its answer to a write when that was. Default: the machine's clock. */
  readonly now?: () => Millis;
}

/** ListObjectsV2 answers at most 1,000 keys. */
const PAGE = 1_000;
/** A conditional write that meets another one under way is answered 409 and may be tried again. */
const ROUNDS = 4;

const isAbsent = (error: unknown) =>
  awsErrorName(error) !== "NoSuchBucket" && (awsErrorStatus(error) === 404 || awsErrorName(error) === "NoSuchKey");

/** S3 keeps whole seconds; some of its look-alikes say milliseconds in one call and seconds in another. */
const seconds = (at: Millis) => Math.floor(at / SECOND_MS) * SECOND_MS;

/** Keys come back as query text: what XML cannot carry is escaped. */
const listed = (key: string) => decodeURIComponent(key.replaceAll("+", " "));

/** Objects over Amazon S3 (general purpose buckets, whose lists are in order of UTF-8 bytes). */
export function s3Objects(options: S3ObjectsOptions): Objects {
  const prefix = options.prefix ?? "";
  const now = options.now ?? Date.now;
  const parts = async () => Promise.all([clientOf(options.client, options.region), import("./s3-calls.ts")]);
  const at = (key: string) => ({ Bucket: options.bucket, Key: prefix + key });

  const orAbsent = async <Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw awsError("objects.unavailable", what, error);
    }
  };

  /** Runs one write, telling "somebody else has it" from "our own first try has it" and from trouble. */
  const write = async (
    key: string,
    given: PutOptions | undefined,
    work: (destination: Destination) => Promise<{ etag: string; bytes: number }>,
  ): Promise<ObjectInfo> => {
    const [client] = await parts();
    const keeping = keepingInput(options, key, now());
    const destination = {
      ...{ client, bucket: options.bucket, key: prefix + key, writer: randomUUID(), options: given },
      ...(keeping ? { keeping } : {}),
    };
    try {
      const { etag, bytes } = await work(destination);
      return { key, size: bytes, modifiedAt: seconds(now()), etag };
    } catch (error) {
      if (awsErrorStatus(error) === 412) throw new HeadgateError("objects.exists", `${key} exists already`);
      throw awsError("objects.unavailable", `${key} could not be written`, error);
    }
  };

  const putOnce = async (destination: Destination, body: Uint8Array) => {
    const [client, s3] = await parts();
    for (let round = 1; ; round++) {
      try {
        const input = { ...putInput(destination), ...onlyIfAbsent(destination.options), Body: body };
        const { ETag } = await s3.putObject(client, input);
        return { etag: ETag ?? "", bytes: body.length };
      } catch (error) {
        const ours = await wasOurs(destination, error).catch(() => undefined);
        if (ours) return { etag: ours.etag, bytes: body.length };
        if (awsErrorStatus(error) !== 409 || round >= ROUNDS) throw error;
      }
    }
  };

  return {
    put: async (key, body, given) => {
      checkKey(key);
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      return write(key, given, (destination) => putOnce(destination, bytes));
    },
    putStream: async (key, body, given) => {
      checkKey(key);
      return withSource(body, (watched) =>
        write(key, given, async (destination) => {
          const cut = inParts(watched, partBytes);
          const first = await cut.next();
          // Most streams are small, and one put is one request instead of three.
          if (first.done || first.value.length < partBytes(0))
            return putOnce(destination, first.value ?? new Uint8Array());
          return uploadParts(destination, resumed(first.value, cut));
        }),
      );
    },
    get: async (key, range) => {
      checkKey(key);
      const [client, s3] = await parts();
      const empty = range !== undefined && range.endExclusive <= range.start;
      return orAbsent(`${key} could not be read`, async () => {
        if (empty) return s3.headObject(client, at(key)).then(() => new Uint8Array());
        const Range = range ? { Range: `bytes=${range.start}-${range.endExclusive - 1}` } : {};
        try {
          const { Body } = await s3.getObject(client, { ...at(key), ...Range });
          return Body ? await Body.transformToByteArray() : new Uint8Array();
        } catch (error) {
          // The range starts behind the end: there is an object, and nothing of it is asked for.
          if (awsErrorStatus(error) === 416) return new Uint8Array();
          throw error;
        }
      });
    },
    head: async (key) => {
      checkKey(key);
      const [client, s3] = await parts();
      return orAbsent(`${key} could not be looked up`, async () => {
        const found = await s3.headObject(client, at(key));
        const modifiedAt = seconds(found.LastModified?.getTime() ?? now());
        return { key, size: found.ContentLength ?? 0, modifiedAt, etag: found.ETag ?? "" };
      });
    },
    list: async (under, given) => {
      const [client, s3] = await parts();
      const limit = given?.limit ?? PAGE;
      const items: ObjectInfo[] = [];
      let after = given?.cursor;
      try {
        for (;;) {
          const page = await s3.listObjects(client, {
            Bucket: options.bucket,
            Prefix: prefix + under,
            MaxKeys: Math.min(PAGE, limit - items.length),
            EncodingType: "url",
            ...(after === undefined ? {} : { StartAfter: prefix + after }),
          });
          for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
            const key = (page.EncodingType === "url" ? listed(Key ?? "") : (Key ?? "")).slice(prefix.length);
            const modifiedAt = seconds(LastModified?.getTime() ?? now());
            items.push({ key, size: Size ?? 0, modifiedAt, etag: ETag ?? "" });
          }
          after = items.at(-1)?.key;
          if (!page.IsTruncated || after === undefined) return { items };
          if (items.length >= limit) return { items, cursor: after };
        }
      } catch (error) {
        throw awsError("objects.unavailable", `keys under ${under} could not be listed`, error);
      }
    },
    remove: async (key) => {
      checkKey(key);
      const [client, s3] = await parts();
      await orAbsent(`${key} could not be removed`, () => s3.deleteObject(client, at(key)));
    },
  };
}

async function* resumed(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
