import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { CreateBucketCommand, HeadObjectCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlaces } from "../../functions/backup/destinations.ts";
import { restoreConfig } from "../../functions/backup/parts/restore-config.ts";
import type { Place } from "../../functions/backup/place.ts";
import { probePlaces } from "../../functions/backup/probe.ts";
import { streamAll } from "../../functions/backup/write-all.ts";
import type { DestinationConfig } from "../../shared/core/backup/section.ts";
import type { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import { createUpload } from "../../shared/edge/s3-calls.ts";
import { openSealer } from "../../shared/edge/seal.ts";
import { everythingOf, finish, POINT, partContext } from "../backup/parts-kit.ts";
import { objectsContract } from "../contract/objects.ts";
import { createBucket, createServices, type Moto, moto, REGION } from "./moto.ts";
import { missing } from "./parts.ts";

const why = missing("moto");
const MANY = 10_000;

describe.skipIf(why)(`backup destinations on moto${why ? ` [skipped: ${why}]` : ""}`, () => {
  let server: Moto;
  let key = "";
  beforeAll(async () => {
    server = await moto();
    const made = await (await server.clients.kms()).send(new CreateKeyCommand({}));
    key = made.KeyMetadata?.Arn ?? "";
  });
  afterAll(async () => server?.stop());

  const open = async (s3: Partial<NonNullable<DestinationConfig["s3"]>> = {}, lock = false): Promise<Place> => {
    const bucket = server.fresh("headgate-backup");
    const client = await server.clients.s3();
    if (lock) {
      const where = { LocationConstraint: REGION } as const;
      await client.send(
        new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: where, ObjectLockEnabledForBucket: true }),
      );
    } else await createBucket(client, bucket);
    const settings = { bucket, prefix: "kafka", storageClass: "STANDARD" as const, ...s3 };
    const [place] = openPlaces(["vault"], { vault: { s3: settings } }, { clients: server.clients, baseDir: "." });
    if (!place) throw new Error("nothing was opened");
    return { ...place, name: bucket };
  };
  const head = async (place: Place, of: string) =>
    (await server.clients.s3()).send(new HeadObjectCommand({ Bucket: place.name, Key: `kafka/${of}` }));
  const large = async function* (bytes = 20 * 1024 * 1024) {
    for (let at = 0; at < bytes; at += 1_048_576) yield new Uint8Array(1_048_576).fill(at >> 20);
  };

  objectsContract("a destination on moto", async () => ({
    objects: (await open({ kmsKey: key, storageClass: "STANDARD_IA" })).objects,
    close: async () => undefined,
  }));

  test("SSE-KMS and the storage class are stored with objects of one piece and of many", async () => {
    const place = await open({ kmsKey: key, storageClass: "STANDARD_IA" });
    await place.objects.put("points/a", "{}");
    await place.objects.putStream("data/a", large());
    for (const of of ["points/a", "data/a"])
      expect(await head(place, of)).toMatchObject({
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: key,
        StorageClass: "STANDARD_IA",
      });
  });

  test("retention is set where object lock is wanted, and work in progress can still be removed", async () => {
    const place = await open({ objectLock: { mode: "compliance", for: 30 * DAY_MS } }, true);
    const before = Date.now();
    await place.objects.put("points/a", "{}", { ifAbsent: true });
    await place.objects.putStream("data/a", large());
    await place.objects.put("work/a", "{}");
    const point = await head(place, "points/a");
    expect(point.ObjectLockMode).toBe("COMPLIANCE");
    const until = point.ObjectLockRetainUntilDate?.getTime() ?? 0;
    expect(Math.abs(until - before - 30 * DAY_MS)).toBeLessThan(60_000);
    // moto forgets the lock of an object of many parts; that it is asked for, the wire fake sees.
    expect((await head(place, "data/a")).ContentLength).toBe(20 * 1024 * 1024);
    expect((await head(place, "work/a")).ObjectLockMode).toBeUndefined();
    await place.objects.remove("work/a");
    expect(await place.objects.head("work/a")).toBeUndefined();
  });

  test("another region is asked through a client of its own", async () => {
    const bucket = server.fresh("headgate-west");
    const west = await server.clients.s3("us-west-2");
    await west.send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: "us-west-2" } }),
    );
    const [place] = openPlaces([`s3://${bucket}/kafka?region=us-west-2`], undefined, {
      clients: server.clients,
      baseDir: ".",
    });
    await place?.objects.put("points/a", "{}");
    expect(place?.address).toBe(`s3://${bucket}/kafka/ (us-west-2)`);
    const probes = await probePlaces(place ? [place] : [], { write: true, id: "p", elapsed: () => performance.now() });
    expect(probes).toMatchObject([{ status: "ok" }]);
  });

  test("an upload that a killed process left is given up", async () => {
    const place = await open();
    const client = await server.clients.s3();
    await createUpload(client, { Bucket: place.name, Key: "kafka/data/left" });
    expect(await place.abandon?.(Date.now() + DAY_MS)).toBe(1);
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: place.name }))).Uploads ?? []).toEqual([]);
  });

  test(`among ${MANY} objects, of eight writers of one manifest exactly one wins, each time, and its bytes are there`, async () => {
    const place = await open();
    let next = 0;
    const fill = async () => {
      for (let number = next++; number < MANY; number = next++)
        await place.objects.put(`data/hourly/${number}`, `${number}`);
    };
    await Promise.all(Array.from({ length: 32 }, fill));
    for (let round = 0; round < 50; round++) {
      const of = `points/hourly/bkp_20261123_0730${String(round).padStart(2, "0")}/manifest.json`;
      const writers = Array.from({ length: 8 }, (_, writer) => `writer ${writer} of ${round}`);
      const results = await Promise.allSettled(writers.map((body) => place.objects.put(of, body, { ifAbsent: true })));
      const won = results.flatMap(({ status }, writer) => (status === "fulfilled" ? [writers[writer]] : []));
      expect(won).toHaveLength(1);
      for (const result of results)
        if (result.status === "rejected") expect((result.reason as HeadgateError).code).toBe("objects.exists");
      expect(new TextDecoder().decode(await place.objects.get(of))).toBe(won[0]);
    }
    let [listed, cursor] = [0, undefined as string | undefined];
    do {
      const page = await place.objects.list("data/hourly/", cursor === undefined ? {} : { cursor });
      listed += page.items.length;
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed).toBe(MANY);
  }, 300_000);

  test("one stream goes to two buckets with one hash", async () => {
    const places = [await open(), await open({ kmsKey: key })];
    const done = await streamAll(places, "data/a", large());
    expect(done).toMatchObject({ size: 20 * 1024 * 1024, at: places.map(({ name }) => name), failed: [] });
    for (const { objects } of places) expect((await objects.head("data/a"))?.size).toBe(done.size);
  });

  test("parameters, secrets and ECS come sealed under a key of KMS and go back", async () => {
    const { clients } = server;
    const ssm = await clients.ssm();
    for (let number = 0; number < 12; number++)
      await ssm.send(
        new PutParameterCommand({
          Name: `/backup/plain/${number}`,
          Type: "String",
          Value: `${number}`,
          Overwrite: true,
        }),
      );
    await ssm.send(
      new PutParameterCommand({
        Name: "/backup/db",
        Type: "SecureString",
        Value: "hunter2-parameter",
        Overwrite: true,
      }),
    );
    for (const name of ["backup-a", "backup-b", "other"])
      await (await clients.secrets()).send(new CreateSecretCommand({ Name: name, SecretString: "hunter2-secret" }));
    const cluster = server.fresh("data");
    await createServices(await clients.ecs(), cluster, ["orders", "carts"]);
    const sealer = await openSealer(key, { baseDir: ".", clients });
    const what = { config: { headgate: false, ssm: ["/backup"], secrets: ["backup-*"], ecs: [{ cluster }] } };
    const context = partContext(what, { clients, sealer });
    const done = await finish(context, "config");
    if (done.status !== "done") throw new Error(done.why);
    const count = (kind: string) => done.part.items.filter((one) => one.kind === kind).length;
    expect([count("ssm"), count("secret"), count("ecs-service"), count("ecs-task-definition")]).toEqual([13, 2, 2, 1]);
    expect([done.gaps, done.warnings]).toEqual([[], []]);
    expect(JSON.stringify(done) + (await Promise.all(context.places.map(everythingOf))).join("")).not.toContain(
      "hunter2",
    );
    await ssm.send(
      new PutParameterCommand({ Name: "/backup/db", Type: "SecureString", Value: "changed", Overwrite: true }),
    );
    const back = await restoreConfig(done.part, {
      ...{ plan: "hourly", point: POINT, sealer: await openSealer(key, { baseDir: ".", clients }), putBack: clients },
      wanted: ({ kind }) => kind === "ssm" || kind === "secret",
    });
    expect(new Set(back.map(({ status }) => status))).toEqual(new Set(["put_back"]));
    const again = await finish(partContext(what, { clients, sealer }), "config");
    if (again.status !== "done") throw new Error(again.why);
    const db = again.part.items.find(({ name }) => name === "/backup/db");
    const opened =
      db?.sealed && (await sealer.open(db.sealed, { plan: "hourly", point: POINT, kind: "ssm", name: "/backup/db" }));
    expect(JSON.parse(new TextDecoder().decode(opened))).toEqual({ type: "SecureString", value: "hunter2-parameter" });
  });
});
