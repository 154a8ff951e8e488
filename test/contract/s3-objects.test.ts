import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { s3Objects } from "../../shared/edge/s3-objects.ts";
import { partBytes } from "../../shared/edge/s3-upload.ts";
import { type S3Wire, s3Wire } from "../fakes/s3-wire.ts";
import { wireClients, withoutWaits } from "../fakes/wire.ts";

const MIB = 1024 * 1024;
const fault = (status: number, code: string) => ({
  status,
  body: `<Error><Code>${code}</Code><Message>injected</Message></Error>`,
});
const lost = { status: 0, drop: true, performed: true };

async function* bytes(total: number, step = MIB): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < total; sent += step) yield new Uint8Array(Math.min(step, total - sent)).fill(sent / step);
}

describe("S3 objects, beyond the contract", () => {
  let wire: S3Wire;
  let clients: AwsClients;
  const objects = (bucket = "bucket") => s3Objects({ client: clients.s3, bucket });
  const text = async (key: string) => new TextDecoder().decode(await objects().get(key));

  beforeEach(async () => {
    wire = await s3Wire({ bucket: "bucket" });
    clients = wireClients(wire.endpoint, { maxAttempts: 3 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test("a put and a small stream are one request each", async () => {
    await objects().put("a", "x");
    await objects().putStream("b", bytes(3 * MIB));
    expect(wire.counts()).toEqual({ PutObject: 2 });
  });

  test("26 MiB go in parts of 8 MiB, none of them larger, however small or large the chunks", async () => {
    for (const step of [70_001, 17 * MIB]) {
      wire.resetCounts();
      await objects().putStream("big", bytes(26 * MIB, step));
      expect(wire.counts()).toEqual({ CreateMultipartUpload: 1, UploadPart: 4, CompleteMultipartUpload: 1 });
    }
    // aws-chunked adds a few bytes of framing and the checksum.
    expect(wire.largestBody()).toBeLessThan(8 * MIB + 1024);
  });

  test("10,000 parts hold more than 200 GiB, and no part is under S3's 5 MiB or over its 5 GiB", () => {
    const sizes = Array.from({ length: 10_000 }, (_, index) => partBytes(index));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(200 * 1024 * MIB);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(5 * MIB);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128 * MIB);
  });

  test.each(["UploadPart", "CompleteMultipartUpload"])(
    "a failing %s aborts the upload: nothing is left to pay for",
    async (step) => {
      wire.inject(step, fault(403, "AccessDenied"), 1);
      await expect(objects().putStream("big", bytes(20 * MIB))).rejects.toMatchObject({
        code: "objects.unavailable",
        retryable: false,
      });
      expect(wire.openUploads()).toBe(0);
      expect(wire.counts()["AbortMultipartUpload"]).toBe(1);
      expect(await objects().head("big")).toBeUndefined();
    },
  );

  test("a source that breaks aborts the upload", async () => {
    async function* broken() {
      yield* bytes(9 * MIB);
      throw new RangeError("the source broke");
    }
    await expect(objects().putStream("big", broken())).rejects.toThrow(RangeError);
    expect(wire.openUploads()).toBe(0);
  });

  test("a conditional put whose answer was lost is known as our own, not as somebody else's", async () => {
    wire.inject("PutObject", lost, 1);
    await expect(objects().put("once", "ours", { ifAbsent: true })).resolves.toMatchObject({ key: "once", size: 4 });
    expect(wire.counts()["PutObject"]).toBe(2);
    await expect(objects().put("once", "again", { ifAbsent: true })).rejects.toMatchObject({ code: "objects.exists" });
    expect(await text("once")).toBe("ours");
  });

  test("somebody else's object stays theirs, also when our first try got no answer", async () => {
    await objects().put("once", "theirs");
    wire.inject("PutObject", { status: 0, drop: true }, 1);
    await expect(objects().put("once", "ours", { ifAbsent: true })).rejects.toMatchObject({ code: "objects.exists" });
    expect(await text("once")).toBe("theirs");
  });

  test.each([false, true])("a multipart completion whose answer was lost is done (ifAbsent %s)", async (ifAbsent) => {
    wire.inject("CompleteMultipartUpload", lost, 1);
    const info = await objects().putStream("big", bytes(9 * MIB), { ifAbsent });
    expect(await objects().head("big")).toMatchObject({ size: 9 * MIB, etag: info.etag });
    expect(wire.openUploads()).toBe(0);
  });

  test("a conditional put that meets another one under way is tried again", async () => {
    wire.inject("PutObject", fault(409, "ConditionalRequestConflict"), 2);
    await objects().put("busy", "ours", { ifAbsent: true });
    expect(await text("busy")).toBe("ours");
    wire.inject("PutObject", fault(409, "ConditionalRequestConflict"), 100);
    await expect(objects().put("other", "x", { ifAbsent: true })).rejects.toMatchObject({
      code: "objects.unavailable",
    });
  });

  test("a bucket that is not there is an error, never an absent object", async () => {
    const none = objects("nowhere");
    const error = { code: "objects.unavailable", retryable: false };
    await expect(none.get("a")).rejects.toMatchObject(error);
    await expect(none.put("a", "x")).rejects.toMatchObject(error);
    await expect(none.list("")).rejects.toMatchObject(error);
  });

  test("no permission is an error, never an absent object", async () => {
    for (const operation of ["GetObject", "HeadObject"]) wire.inject(operation, fault(403, "AccessDenied"), 1);
    await expect(objects().get("a")).rejects.toMatchObject({ code: "objects.unavailable", retryable: false });
    await expect(objects().head("a")).rejects.toMatchObject({ code: "objects.unavailable", retryable: false });
  });

  test("SlowDown is retried, and afterwards an error that may be tried again", async () => {
    await withoutWaits(await clients.s3());
    wire.inject("PutObject", fault(503, "SlowDown"), 2);
    await objects().put("slow", "x");
    wire.inject("PutObject", fault(503, "SlowDown"), 3);
    await expect(objects().put("slow", "y")).rejects.toMatchObject({ code: "objects.unavailable", retryable: true });
  });

  test("a prefix keeps two tenants of one bucket apart", async () => {
    const one = s3Objects({ client: clients.s3, bucket: "bucket", prefix: "one/" });
    const two = s3Objects({ client: clients.s3, bucket: "bucket", prefix: "two/" });
    await one.put("a", "1");
    await two.put("a", "2");
    await two.put("b", "2");
    expect((await one.list("")).items.map((item) => item.key)).toEqual(["a"]);
    expect((await two.list("", { limit: 1 })).cursor).toBe("a");
    expect(new TextDecoder().decode(await one.get("a"))).toBe("1");
  });

  test("checksums only when required works too, for puts and for parts", async () => {
    const plain = wireClients(wire.endpoint, { checksums: "WHEN_REQUIRED" });
    const store = s3Objects({ client: plain.s3, bucket: "bucket" });
    await store.put("a", "plain");
    await store.putStream("big", bytes(9 * MIB));
    expect(await text("a")).toBe("plain");
    expect((await store.head("big"))?.size).toBe(9 * MIB);
    await plain.close();
  });

  test("a damaged upload is refused by the checksum that goes with it", async () => {
    const client = await clients.s3();
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body?: unknown; headers: Record<string, string> };
        if (request.headers["x-amz-checksum-crc32"]) request.headers["x-amz-checksum-crc32"] = "AAAAAA==";
        return next(args);
      },
      { step: "finalizeRequest", priority: "high", name: "damage" },
    );
    await expect(objects().put("damaged", "content")).rejects.toMatchObject({
      message: expect.stringContaining("BadDigest"),
    });
    expect(await objects().head("damaged")).toBeUndefined();
  });
});
