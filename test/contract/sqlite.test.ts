import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import { migrate, SCHEMA_VERSION } from "../../shared/edge/sqlite-schema.ts";
import { decision } from "./records.ts";

const here = import.meta.dirname;
const key = (subject: string) => ({ tenant: "default", noun: "test", subject });
const now = () => 1_000;

describe("SQLite", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "headgate-sqlite-"));
    path = join(folder, "data", "headgate.db");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("what was acknowledged survives a kill -9, and the versions go on from there", async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL("./sqlite-writer.ts", import.meta.url)), path], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const errors: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
    const acknowledged = new Map<string, { version: number; count: number }>();
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [subject, version, count] = line.split(" ");
      if (subject && version && count) acknowledged.set(subject, { version: Number(version), count: Number(count) });
      lines += 1;
      // The writer goes on in the meantime: it dies in the middle of whatever it does.
      if (lines === 400) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(errors.join("")).toBe("");
    expect(child.signalCode).toBe("SIGKILL");
    expect(acknowledged.size).toBe(4);
    const file = openSqlite(path, now);
    for (const [subject, { version, count }] of acknowledged) {
      const stored = await file.store.load({ tenant: "default", noun: "kill", subject });
      expect(stored?.version).toBeGreaterThanOrEqual(version);
      const more = (stored?.version ?? 0) - version;
      expect(stored?.state).toEqual({ count: count + more });
      expect(
        await file.store.write({ tenant: "default", noun: "kill", subject }, stored?.version ?? 0, { state: "on" }),
      ).toMatchObject({ ok: true });
    }
    await file.close();
  });

  test("nothing is printed when it is loaded and used", () => {
    const code = `const { openSqlite } = await import(${JSON.stringify(join(here, "../../shared/edge/sqlite.ts"))});
      const file = openSqlite(":memory:", () => 0);
      await file.store.write({ tenant: "t", noun: "n", subject: "s" }, 0, { state: 1 });
      await file.close();`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    expect({ status: child.status, stdout: child.stdout, stderr: child.stderr }).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("state, pending actions and decisions are there again after closing and opening", async () => {
    const first = openSqlite(path, now);
    const record = decision({ at: 1_000 });
    await first.store.write(key("a"), 0, {
      state: 1,
      pending: { record, actions: [], attempts: 2 },
      leaseUntil: 5_000,
      dueAt: 5_000,
    });
    await first.journal.append(record);
    await first.journal.outcome("default", record.id, { phase: "performed", at: 2, text: "done" });
    const before = await first.store.load(key("a"));
    await first.close();
    await first.close();
    const second = openSqlite(path, now);
    expect(await second.store.load(key("a"))).toStrictEqual(before);
    expect((await second.journal.get("default", record.id))?.outcomes).toHaveLength(1);
    await second.close();
  });

  test("writes of one turn of the event loop share one commit, and none is acknowledged before it", async () => {
    const file = openSqlite(path, now);
    const reader = new DatabaseSync(path);
    const committed = () => Number((reader.prepare("SELECT count(*) AS n FROM aggregates").get() as { n: number }).n);
    const versionBefore = reader.prepare("PRAGMA data_version").get();
    const writes = Array.from({ length: 100 }, (_, index) =>
      file.store.write(key(`s${index}`), 0, { state: index }).then(() => committed()),
    );
    expect(committed()).toBe(0);
    expect(new Set(await Promise.all(writes))).toEqual(new Set([100]));
    expect(versionBefore).not.toEqual(reader.prepare("PRAGMA data_version").get());
    reader.close();
    await file.close();
  });

  test("one write that cannot be done does not fail its neighbours in the same commit", async () => {
    const file = openSqlite(path, now);
    const other = new DatabaseSync(path);
    other.exec(
      "CREATE TRIGGER poison BEFORE INSERT ON aggregates WHEN NEW.subject = 'poison' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    other.close();
    const results = await Promise.allSettled(
      ["a", "poison", "b"].map((subject) => file.store.write(key(subject), 0, { state: 1 })),
    );
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { code: "store.unavailable" } });
    expect((await file.store.list("default", "test")).items.map((item) => item.key.subject)).toEqual(["a", "b"]);
    await file.close();
  });

  test("a file of every older schema version is led forward with its data", async () => {
    mkdirSync(join(folder, "data"));
    const old = new DatabaseSync(path);
    migrate(old, path);
    old.exec(
      "INSERT INTO aggregates (tenant, noun, subject, version, state) VALUES ('default', 'test', 'kept', 7, '{\"v\":1}')",
    );
    old.exec("DROP TABLE circuits; DROP TABLE outcomes; DROP TABLE decisions; PRAGMA user_version = 1");
    old.close();
    const file = openSqlite(path, now);
    expect(await file.store.load(key("kept"))).toEqual({ key: key("kept"), version: 7, state: { v: 1 } });
    await file.journal.append(decision({ at: 1_000 }));
    expect((await file.journal.list({ tenant: "default" })).items).toHaveLength(1);
    await file.close();
    const reader = new DatabaseSync(path);
    expect(reader.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: SCHEMA_VERSION });
    reader.close();
  });

  test("a file of a newer schema version is refused and left as it is", async () => {
    await openSqlite(path, now).close();
    const newer = new DatabaseSync(path);
    newer.exec(`PRAGMA journal_mode = DELETE; PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    newer.close();
    const copy = join(folder, "copy.db");
    copyFileSync(path, copy);
    const opening = () => openSqlite(path, now);
    expect(opening).toThrow(
      expect.objectContaining({
        code: "data.unwritable",
        message: expect.stringMatching(/schema version 4, written by a newer Headgate; this one knows up to 3/),
      }),
    );
    const reader = new DatabaseSync(path, { readOnly: true });
    expect(reader.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: SCHEMA_VERSION + 1 });
    reader.close();
  });

  test("a file that is no database, and a folder that cannot be, are named", () => {
    const text = join(folder, "notes.txt");
    writeFileSync(text, "this is not a database, it only looks like a file\n".repeat(50));
    expect(() => openSqlite(text, now)).toThrow(
      expect.objectContaining({
        code: "data.unwritable",
        message: expect.stringContaining("not a readable Headgate database"),
      }),
    );
    expect(readFileSync(text, "utf8")).toContain("this is not a database");
    expect(() => openSqlite(join(text, "data", "headgate.db"), now)).toThrow(
      expect.objectContaining({ code: "data.unwritable", message: expect.stringContaining("cannot be written") }),
    );
    expect(() => openSqlite(folder, now)).toThrow(expect.objectContaining({ code: "data.unwritable" }));
  });

  test("a disk that takes no more fails the write with a sentence, and keeps what was acknowledged", () => {
    const command = `ulimit -f 2000; exec "$0" "$1" "$2"`;
    const child = spawnSync(
      "sh",
      ["-c", command, process.execPath, fileURLToPath(new URL("./sqlite-fill.ts", import.meta.url)), path],
      {
        encoding: "utf8",
      },
    );
    expect(child.stderr).toBe("");
    const said = JSON.parse(child.stdout) as { written: number; kept: number; code: string; message: string };
    expect(said).toMatchObject({
      code: "data.unwritable",
      message: expect.stringContaining(`${path} cannot be written`),
    });
    expect(said.written).toBeGreaterThan(5);
    expect(said.kept).toBe(said.written);
  });

  test("two processes on one file keep the rule of one winner", async () => {
    const [one, two] = [openSqlite(path, now), openSqlite(path, now)];
    const results = await Promise.all(
      [one, two].flatMap((file) => Array.from({ length: 20 }, () => file.store.write(key("hot"), 0, { state: 1 }))),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    await one.close();
    await two.close();
  });

  test("after closing, writes waiting at that moment are committed and later ones refused", async () => {
    const file = openSqlite(path, now);
    const waiting = file.store.write(key("a"), 0, { state: 1 });
    await file.close();
    expect(await waiting).toEqual({ ok: true, version: expect.any(Number) });
    await expect(file.store.write(key("b"), 0, { state: 1 })).rejects.toMatchObject({ code: "store.unavailable" });
    await expect(file.journal.get("default", "x")).rejects.toMatchObject({ code: "journal.unavailable" });
    const again = openSqlite(path, now);
    expect(await again.store.load(key("a"))).toMatchObject({ state: 1 });
    await again.close();
  });

  test("the oldest decisions are dropped beyond what is kept, with their outcomes", async () => {
    const file = openSqlite(path, now, { keepDecisions: 100 });
    const records = Array.from({ length: 1_000 }, (_, index) => decision({ at: 1_000 + index }));
    for (const record of records) {
      void file.journal.append(record);
      void file.journal.outcome("default", record.id, { phase: "performed", at: record.at, text: "done" });
    }
    await file.journal.close();
    const kept = (await file.journal.list({ tenant: "default", limit: 500 })).items;
    expect(kept.map((record) => record.at)).toEqual(Array.from({ length: 100 }, (_, index) => 1_999 - index));
    await file.close();
    const reader = new DatabaseSync(path);
    expect(reader.prepare("SELECT count(*) AS n FROM outcomes").get()).toMatchObject({ n: 100 });
    reader.close();
  });

  test("a list by prefix finds exactly what begins with it, page by page, whatever characters stand around it", async () => {
    const file = openSqlite(path, now);
    const names = [
      "a",
      "a/",
      "a/1",
      "a/2",
      "a/\u{10ffff}",
      "a/\u{10ffff}z",
      "a0",
      "b/1",
      "\ud7ff1",
      "\ue000",
      "\u{10ffff}",
      "\u{10ffff}1",
    ];
    for (const name of names) await file.store.write(key(name), 0, { state: 1 });
    const all = async (prefix: string) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await file.store.list("default", "test", { prefix, limit: 2, ...(cursor ? { cursor } : {}) });
        found.push(...page.items.map((item) => item.key.subject));
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found.sort();
    };
    for (const prefix of ["", "a", "a/", "a/\u{10ffff}", "\ud7ff", "\u{10ffff}", "zz"])
      expect([prefix, await all(prefix)]).toEqual([prefix, names.filter((name) => name.startsWith(prefix)).sort()]);
    await file.close();
  });

  test("what has expired is taken away while the file is written, so that it does not only grow", async () => {
    let at = 1_000;
    const file = openSqlite(path, () => at);
    const write = (from: number) =>
      Promise.all(
        Array.from({ length: 500 }, (_, n) =>
          file.store.write(key(`${from + n}`), 0, { state: 1, expiresAt: at + 10 }),
        ),
      );
    for (let round = 0; round < 10; round += 1) {
      await write(round * 500);
      at += 20;
    }
    await file.close();
    const reader = new DatabaseSync(path);
    const { n } = reader.prepare("SELECT count(*) AS n FROM aggregates").get() as { n: number };
    expect(n).toBeLessThanOrEqual(1_500);
    reader.close();
  });
});
