import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestOf, sliceOf } from "../../cli/backup-restore-options.ts";
import { driveRun } from "../../functions/backup/direct.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world as apiWorld } from "../api/kit.ts";
import { backupWorld } from "../backup/run-kit.ts";
import { headgate, listen } from "./kit.ts";

const root = mkdtempSync(join(tmpdir(), "headgate-backup-"));
const [a, b] = [join(root, "a"), join(root, "b")] as const;
const ids: string[] = [];

beforeAll(async () => {
  const world = backupWorld();
  await world.log.createTopic({ name: "orders", partitions: 2, replicationFactor: 1, configs: [] });
  const places = [a, b].map((folder) => ({ name: folder, objects: directoryObjects(folder, { plain: true }) }));
  for (let round = 0; round < 2; round += 1) {
    await world.log.produce("orders", 0, [{ key: `k${round}`, value: "v" }]);
    const driven = await driveRun({ ...world.context(), places });
    expect(driven.outcome).toBe("sealed");
    ids.push(driven.run.id);
    world.clock.now += 3_600_000;
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const cli = (...args: readonly string[]) => headgate(["backup", ...args]);
const told = async (...args: readonly string[]) => JSON.parse((await cli(...args, "--json")).stdout);

describe("restore points from the command line, without a server", () => {
  it("are listed from a folder, whatever plan made them, the newest first", async () => {
    const view = await told("list", "--from", a);
    expect(view.points.map((one: { id: string }) => one.id)).toEqual([...ids].reverse());
    expect(view.points[0]).toMatchObject({ plan: "hourly", kind: "incremental", records: 2, newRecords: 1 });
    const { stdout } = await cli("list", "--from", a);
    expect(stdout).toMatch(/^POINT +PLAN +CUT/);
  });

  it("are whole where a folder that has everything is looked at under another name, and a folder that is not there is named as such", async () => {
    const moved = join(root, "moved");
    cpSync(a, moved, { recursive: true });
    expect((await told("list", "--from", moved)).points[0]).toMatchObject({ status: "whole", missing: [] });
    const nowhere = await cli("show", "latest", "--from", join(root, "nowhere"));
    expect([nowhere.status, nowhere.stderr]).toEqual([2, expect.stringContaining("nowhere (there is no such folder)")]);
  });

  it("are shown with what they hold, and `latest` is the newest", async () => {
    expect(await told("show", "latest", "--from", a)).toMatchObject({ id: ids[1], needs: 1 });
    const { stdout, status } = await cli("show", ids[0]?.replace("bkp_", "") ?? "", "--from", a);
    expect(status).toBe(0);
    expect(stdout).toMatch(/holds: +1 records in 2 partitions of 1 topics/);
  });

  it("are read back byte by byte; one flipped byte is found and named, and exits 1", async () => {
    const good = await cli("verify", "latest", "--deep", "--from", a, "--from", b);
    expect([good.status, good.stdout]).toEqual([0, expect.stringContaining("every byte and every record")]);
    const file =
      readdirSync(join(a, "data", "hourly", ids[1] ?? "")).map((name) =>
        join(a, "data", "hourly", ids[1] ?? "", name),
      )[0] ?? "";
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const bad = await told("verify", "latest", "--from", a, "--from", b);
    expect(bad).toMatchObject({
      ok: false,
      usable: true,
      faults: [{ place: a, key: expect.stringContaining(".zst") }],
    });
    expect((await cli("verify", "latest", "--from", a)).status).toBe(1);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  });

  it("are compared", async () => {
    expect(await told("diff", ids[0] ?? "", ids[1] ?? "", "--from", a)).toMatchObject({
      topics: [{ name: "orders", kind: "changed", added: 1 }],
    });
  });

  it("are held against pruning, and what is not kept goes only when it is no dry run", async () => {
    const held = await cli("hold", ids[0] ?? "", "--why", "audit", "--from", a, "--from", b);
    expect([held.status, held.stdout]).toEqual([0, expect.stringContaining("stays: audit")]);
    expect((await told("holds", "--from", a)).items).toMatchObject([{ id: ids[0], reason: "audit" }]);
    const plan = await told("prune", "--dry-run", "--from", a, "--from", b);
    expect(plan).toMatchObject({ dryRun: true, remove: [] });
    expect((await cli("release", ids[0] ?? "", "--from", a, "--from", b)).status).toBe(0);
    expect((await cli("holds", "--from", a)).stdout).toBe("no holds\n");
  });

  it("that are not there, and places that hold none, are told as such", async () => {
    const empty = join(root, "empty");
    mkdirSync(empty);
    expect((await cli("list", "--from", empty)).stdout).toBe("no restore points\n");
    const missing = await cli("show", "bkp_20200101_000000", "--from", a);
    expect([missing.status, missing.stderr]).toEqual([
      2,
      expect.stringContaining("there is no restore point bkp_20200101_000000"),
    ]);
    const nothing = await cli("show", "latest", "--from", empty);
    expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringContaining("no restore point")]);
  });
});

it("a folder that is not there is no empty one: list says so and exits 2; beside one that is there it is told", async () => {
  const nowhere = join(root, "nowhere");
  for (const named of [[], ["--plan", "hourly"]]) {
    const ran = await cli("list", "--from", nowhere, ...named);
    expect([ran.status, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain("there is no such folder");
    expect(ran.stderr).toContain(nowhere);
  }
  const file = join(root, "headgate.yaml");
  writeFileSync(
    file,
    "version: 1\ndestinations: { main: { directory: ./gone } }\nbackup: { hourly: { to: [main] } }\n",
  );
  const configured = await cli("list", "--config", file);
  expect([configured.status, configured.stderr]).toEqual([2, expect.stringContaining(`main (${join(root, "gone")})`)]);
  mkdirSync(join(root, "gone"));
  expect(await cli("list", "--config", file)).toMatchObject({ status: 0, stdout: "no restore points of hourly\n" });
  const beside = await cli("list", "--from", a, "--from", nowhere);
  expect([beside.status, beside.stderr]).toEqual([0, expect.stringContaining(`there is no such folder: ${nowhere}`)]);
  expect(beside.stdout).toContain(ids[1]);
});

it("a dry run of a restore whose objects are gone names them and exits 1, as the restore would; what another place has is not missing", async () => {
  const w = await apiWorld({ config: "" });
  const log = memoryStreams({ now: w.clock.now });
  Object.assign(w.runtime, { streams: () => log, baseDir: root });
  const config = `version: 1\nstreams: { main: { embedded: true } }\nbackup: { hourly: { to: [${a}, ${b}] } }\n`;
  const parsed = parseConfig(config);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(w.runtime, "default", { ...parsed, text: config }, { by: "test" });
  const { url, close } = await listen((request) => w.app.fetch(request));
  try {
    const dry = (...more: readonly string[]) => cli("restore", "latest", "--dry-run", "--url", url, ...more);
    const folder = join("data", "hourly", ids[0] ?? "");
    const [name = ""] = readdirSync(join(a, folder));
    const key = `data/hourly/${ids[0]}/${name}`;
    expect((await dry()).stderr).toBe("");
    const bytes = readFileSync(join(a, folder, name));
    rmSync(join(a, folder, name));
    expect((await dry()).status).toBe(0);
    rmSync(join(b, folder, name));
    const gone = await dry();
    expect([gone.status, gone.stdout]).toEqual([1, expect.stringContaining(`missing: ${key}: it is not at ${a}`)]);
    expect(JSON.parse((await dry("--json")).stdout).missing).toMatchObject([{ key }]);
    for (const place of [a, b]) {
      mkdirSync(join(place, folder), { recursive: true });
      writeFileSync(join(place, folder, name), bytes);
    }
    expect((await dry()).status).toBe(0);
  } finally {
    await close();
  }
});

describe("a key that is named on the command line", () => {
  const malformed = join(root, "not-a.key");
  it.each([
    ["is not there", join(root, "missing.key"), "does not exist"],
    ["holds no key", malformed, "holds no key"],
    ["is a folder", root, "is not a file"],
    ["is no key of KMS", "arn:aws:s3:::bucket", "is no ARN of a KMS key"],
  ])("and %s ends a run before the cluster is asked and anything is written", async (_, key, why) => {
    writeFileSync(malformed, "HEADGATE-KEY-1 short\n");
    const to = join(root, "never");
    // No broker listens there: whoever asked it would wait, and say so.
    const ran = await cli("run", "--brokers", "127.0.0.1:1", "--to", to, "--key", key);
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(ran.stderr).not.toContain("127.0.0.1:1");
    expect(existsSync(to)).toBe(false);
  });

  it("is refused where an API does the work: it has its own", async () => {
    const ran = await cli("run", "--key", malformed);
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining("--key is for work in this process")]);
  });
});

it.each(["soon", "2h", "-1s"])("backup run --wait=%s is bad usage", async (wait) => {
  const ran = await cli("run", "--brokers", "127.0.0.1:1", "--to", join(root, "never"), `--wait=${wait}`);
  expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining("--wait")]);
});

describe("options of a restore", () => {
  it("of a slice are a partition, or offsets of it", () => {
    expect([sliceOf("3"), sliceOf("orders:3"), sliceOf("orders:3:10..20"), sliceOf("3:..20")]).toEqual([
      { partition: 3 },
      { topic: "orders", partition: 3 },
      { topic: "orders", partition: 3, from: 10, to: 20 },
      { partition: 3, to: 20 },
    ]);
    for (const bad of ["", "x", "orders", "orders:x", "orders:1:..", "a:b:1"])
      expect(() => sliceOf(bad)).toThrow(/--slice/);
  });

  it("become a request that says nothing of what was not asked for", () => {
    expect(requestOf({})).toEqual({});
    expect(
      requestOf({
        topic: ["o*"],
        rename: ["a=b"],
        until: "2026-11-23T00:00:00Z",
        "no-groups": true,
        "replication-factor": "1",
      }),
    ).toEqual({
      topics: ["o*"],
      rename: [{ from: "a", to: "b" }],
      time: { to: Date.UTC(2026, 10, 23) },
      groups: "none",
      replicationFactor: 1,
    });
  });

  it.each([
    [{ offsets: "same" }, /--offsets "same" is none of keep, translate/],
    [{ rename: ["orders"] }, /--rename "orders" is not of the form OLD=NEW/],
    [{ since: "yesterday" }, /--since "yesterday" is no instant/],
    [{ since: "2026-01-02", until: "2026-01-01" }, /--since has to be before --until/],
    [{ "no-groups": true, group: ["x"] }, /exclude each other/],
  ])("that make no sense are refused: %j", (options, message) => expect(() => requestOf(options)).toThrow(message));
});

it("a key file is readable by its owner only, and never overwritten", async () => {
  const file = join(root, "backup.key");
  expect(await told("key", file)).toMatchObject({ fingerprint: expect.stringMatching(/\S{8,}/) });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await cli("key", file);
  expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("never overwritten")]);
});

it("a broker that is no host:port, and a restore without a place, are bad usage", async () => {
  expect((await cli("run", "--brokers", "nonsense", "--to", a)).stderr).toContain(
    '--brokers "nonsense" is no host:port',
  );
  expect((await cli("run", "--brokers", "localhost:1")).stderr).toContain("where are the restore points?");
});
