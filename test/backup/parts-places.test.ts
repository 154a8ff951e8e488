import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlaces } from "../../functions/backup/destinations.ts";
import { probePlaces } from "../../functions/backup/probe.ts";
import { putAll, streamAll } from "../../functions/backup/write-all.ts";
import type { DestinationsConfig } from "../../shared/core/backup/section.ts";
import type { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { objectsTree } from "../../shared/edge/objects-tree.ts";
import { type S3Wire, s3Wire } from "../fakes/s3-wire.ts";
import { wireClients } from "../fakes/wire.ts";
import { inFolder, NOW, place } from "./parts-kit.ts";

const S3 = { bucket: "backup-primary", prefix: "", storageClass: "STANDARD" as const };
const DESTINATIONS: DestinationsConfig = {
  primary: { s3: { ...S3, prefix: "kafka", region: "us-east-1" } },
  disk: { directory: "./disk" },
};
const nobody = wireClients("http://127.0.0.1:9", { maxAttempts: 1 });
const open = (to: readonly string[]) =>
  openPlaces(to, DESTINATIONS, { clients: nobody, baseDir: "/srv/headgate", at: "backup.hourly.to" });

describe("destinations of a plan", () => {
  test.each([
    ["primary", "s3://backup-primary/kafka/ (us-east-1)"],
    ["disk", "/srv/headgate/disk"],
    ["s3://other-bucket", "s3://other-bucket/"],
    ["s3://other-bucket/a//b/", "s3://other-bucket/a/b/"],
    ["s3://other-bucket/a?region=us-west-2", "s3://other-bucket/a/ (us-west-2)"],
    ["file:backups", "/srv/headgate/backups"],
    ["file:///var/backups", "/var/backups"],
    ["./backups/", "/srv/headgate/backups"],
    ["/var/backups", "/var/backups"],
    ["..", "/srv"],
  ])("%s is %s", (entry, address) => {
    expect(open([entry])).toMatchObject([{ name: entry, address }]);
  });

  const faultOf = (to: readonly string[]) => {
    try {
      open(to);
    } catch (error) {
      return error as HeadgateError;
    }
    throw new Error("it was taken");
  };

  test.each([
    [["disc"], "backup.hourly.to[0]", "no such destination", "primary, disk"],
    [["disk", "s3://"], "backup.hourly.to[1]", "no such destination", "bucket"],
    [["gs://bucket/x"], "backup.hourly.to[0]", "no such destination", "s3://"],
    [["s3://other-bucket?kms=x"], "backup.hourly.to[0]", "no such destination", "region"],
    [["disk", "/srv/headgate/disk/"], "backup.hourly.to[1]", "the same place as disk", "differ"],
    [["s3://backup-primary/kafka/", "primary"], "backup.hourly.to[1]", "the same place as s3://", "differ"],
  ])("%j is refused, with what would be taken", (to, path, message, allowed) => {
    const error = faultOf(to);
    expect(error.code).toBe("config.invalid");
    expect(error.faults[0]).toMatchObject({
      path,
      message: expect.stringContaining(message),
      allowed: expect.stringContaining(allowed),
    });
  });

  test("a folder holds keys as paths that people and other tools read", () =>
    inFolder(async (folder) => {
      const [one] = openPlaces([folder], undefined, { clients: nobody, baseDir: "." });
      await one?.objects.put("points/Hourly/bkp_20260921_143320/manifest.json", "{}");
      expect(await readFile(join(folder, "points/Hourly/bkp_20260921_143320/manifest.json"), "utf8")).toBe("{}");
      const listed = await one?.objects.list("points/");
      expect(listed?.items.map(({ key }) => key)).toEqual(["points/Hourly/bkp_20260921_143320/manifest.json"]);
    }));
});

describe("S3 as a destination", () => {
  let wire: S3Wire;
  beforeAll(async () => {
    wire = await s3Wire({ bucket: "vault", now: () => NOW });
  });
  afterAll(() => wire.close());
  const vault = (more: object = {}) => {
    const clients = wireClients(wire.endpoint, { checksums: "WHEN_REQUIRED" });
    const s3 = { ...S3, bucket: "vault", ...more };
    const [opened] = openPlaces(["vault"], { vault: { s3 } }, { clients, baseDir: ".", now: () => NOW });
    if (!opened) throw new Error("nothing was opened");
    return { place: opened, clients };
  };
  const headers = async (key: string) => {
    const clients = wireClients(wire.endpoint);
    const { headObject } = await import("../../shared/edge/s3-calls.ts");
    return headObject(await clients.s3(), { Bucket: "vault", Key: key });
  };

  test("key, class and lock go with every write, in one piece or in many; what workers leave each other is not locked", async () => {
    const { place: to } = vault({
      kmsKey: "arn:aws:kms:eu-central-1:1:key/k",
      storageClass: "STANDARD_IA",
      objectLock: { mode: "compliance", for: 30 * DAY_MS },
    });
    const large = async function* () {
      yield new Uint8Array(9 * 1024 * 1024);
    };
    await to.objects.put("points/a", "{}");
    await to.objects.putStream("data/a", large());
    await to.objects.put("work/a", "{}");
    const kept = {
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "arn:aws:kms:eu-central-1:1:key/k",
      StorageClass: "STANDARD_IA",
    };
    const locked = { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: new Date(NOW + 30 * DAY_MS) };
    expect(await headers("points/a")).toMatchObject({ ...kept, ...locked });
    expect(await headers("data/a")).toMatchObject({ ...kept, ...locked });
    expect(await headers("work/a")).toMatchObject(kept);
    expect((await headers("work/a")).ObjectLockMode).toBeUndefined();
  });

  test("a destination without settings asks for nothing", async () => {
    await vault().place.objects.put("points/plain", "{}");
    const found = await headers("points/plain");
    expect([found.ServerSideEncryption, found.StorageClass, found.ObjectLockMode]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("each region and each service has a client of its own, made once", async () => {
    const clients = wireClients("http://127.0.0.1:9");
    const [home, west, again, minio] = await Promise.all([
      clients.s3(),
      clients.s3("us-west-2"),
      clients.s3("us-west-2"),
      clients.s3(undefined, "http://127.0.0.1:9000"),
    ]);
    expect(again).toBe(west);
    expect(new Set([home, west, minio]).size).toBe(3);
    expect(await west.config.region()).toBe("us-west-2");
    expect((await minio.config.endpoint?.())?.port).toBe(9000);
    await clients.close();
  });

  test("an upload that nobody will finish is given up, one that is under way is not", async () => {
    const { place: to, clients } = vault({ prefix: "deep" });
    const { createUpload } = await import("../../shared/edge/s3-calls.ts");
    await createUpload(await clients.s3(), { Bucket: "vault", Key: "deep/data/left" });
    await createUpload(await clients.s3(), { Bucket: "vault", Key: "elsewhere" });
    expect(await to.abandon?.(NOW)).toBe(0);
    expect(await to.abandon?.(NOW + 1)).toBe(1);
    expect(wire.openUploads()).toBe(1);
  });
});

describe("writing to all places", () => {
  const broken = (name: string) => {
    const one = place(name);
    const refuse = async () => {
      throw new Error("the cable is out");
    };
    return { ...one, objects: { ...one.objects, put: refuse, putStream: refuse } };
  };

  test("a place that fails is told, and the others have it", async () => {
    const places = [place("one"), broken("two"), place("three")];
    const done = await putAll(places, "a", "text");
    expect(done).toMatchObject({
      at: ["one", "three"],
      exists: [],
      failed: [{ place: "two", error: { code: "objects.unavailable" } }],
    });
  });

  test("what is there already stays, and is told apart from what failed", async () => {
    const places = [place("one"), place("two")];
    await places[1]?.objects.put("a", "before");
    expect(await putAll(places, "a", "text", { ifAbsent: true })).toEqual({ at: ["one"], exists: ["two"], failed: [] });
  });

  test("a stream is read once, and every place has the same bytes, whose hash is told", async () => {
    let reads = 0;
    const source = async function* () {
      reads += 1;
      for (let part = 0; part < 50; part++) yield new Uint8Array(1_000).fill(part);
    };
    const places = [place("one"), broken("two"), place("three")];
    const done = await streamAll(places, "a", source());
    expect(reads).toBe(1);
    expect(done).toMatchObject({ size: 50_000, at: ["one", "three"], failed: [{ place: "two" }] });
    const [one, three] = await Promise.all([places[0]?.objects.get("a"), places[2]?.objects.get("a")]);
    expect(one).toEqual(three);
    const { createHash } = await import("node:crypto");
    expect(
      createHash("sha256")
        .update(one ?? "")
        .digest("hex"),
    ).toBe(done.sha256);
  });

  test("a source that breaks leaves nothing anywhere, and its own error comes out", async () => {
    const places = [place("one"), place("two")];
    const source = async function* () {
      yield new Uint8Array(10);
      throw new RangeError("the source broke");
    };
    await expect(streamAll(places, "a", source())).rejects.toThrow("the source broke");
    for (const one of places) expect((await one.objects.list("")).items).toEqual([]);
  });

  test("where no place takes it, the first one's reason comes out", async () => {
    const source = async function* () {
      for (let part = 0; part < 5; part++) yield new Uint8Array(10);
    };
    await expect(streamAll([broken("one"), broken("two")], "a", source())).rejects.toThrow("the cable is out");
  });
});

test("a folder on an object store is read in ranges, and one that changes meanwhile is not taken for whole", async () => {
  const { objects } = place("one");
  const bytes = new Uint8Array(9 * 1_048_576).map((_, index) => index % 251);
  await objects.put("sp/_metadata", "state");
  await objects.put("sp/deep/1", bytes);
  await objects.put("sp2/other", "x");
  const tree = objectsTree(objects, "sp/");
  expect(await tree.files()).toEqual([
    { path: "_metadata", size: 5 },
    { path: "deep/1", size: bytes.length },
  ]);
  const chunks: Uint8Array[] = [];
  for await (const chunk of tree.read("deep/1")) chunks.push(chunk);
  expect(chunks.length).toBeGreaterThan(1);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  await objects.put("sp/deep/1", "shorter");
  const read = async () => {
    for await (const _ of tree.read("deep/1"));
  };
  await expect(read()).rejects.toMatchObject({ code: "objects.unavailable", retryable: true });
  expect(await objectsTree(objects, "nothing/").files()).toBeUndefined();
});

describe("probing", () => {
  const options = { id: "probe-1", elapsed: () => 0 };
  test("a place that answers is well, one that does not says why, and nothing stays behind", async () => {
    const well = place("one");
    const ill = {
      ...place("two"),
      objects: { ...place("two").objects, list: () => Promise.reject(new Error("no route")) },
    };
    const probes = await probePlaces([well, ill], { ...options, write: true });
    expect(probes).toMatchObject([
      { name: "one", status: "ok" },
      { name: "two", status: "failed", why: "no route" },
    ]);
    expect((await well.objects.list("")).items).toEqual([]);
  });

  test("a store that overwrites although it is asked not to is found out", async () => {
    const one = place("one");
    const careless = {
      ...one,
      objects: { ...one.objects, put: (key: string, body: Uint8Array | string) => one.objects.put(key, body) },
    };
    const [probe] = await probePlaces([careless], { ...options, write: true });
    expect(probe).toMatchObject({ status: "failed", why: expect.stringContaining("If-None-Match") });
  });
});

test("a folder without room says so, and keeps no half file", () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, "kept"));
    await writeFile(join(folder, "kept", "a"), "x");
    // A limit on the size of files is the nearest to a full disk that needs no other disk.
    const script = `const { directoryObjects } = await import(${JSON.stringify(resolve("shared/edge/directory-objects.ts"))});
      await directoryObjects(${JSON.stringify(folder)}, { plain: true }).put("data/a", new Uint8Array(100_000)).catch((error) => console.log(error.code, error.message));`;
    const { stdout } = spawnSync(
      "sh",
      ["-c", `ulimit -f 1; exec "${process.execPath}" --input-type=module -e '${script}'`],
      { encoding: "utf8" },
    );
    expect(stdout).toMatch(/^objects.unavailable data\/a could not be written: it is larger than a file may be/);
    expect((await directoryObjects(folder, { plain: true }).list("")).items.map(({ key }) => key)).toEqual(["kept/a"]);
    expect(await readdir(join(folder, ".tmp"))).toEqual([]);
  }));
