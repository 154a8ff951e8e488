import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { entryOf, fileOf, unescapePart } from "../../shared/edge/object-file.ts";

const part = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .filter((text) => text.isWellFormed() && !/[/\0]/.test(text) && text !== "." && text !== "..");
const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

/** The key a path stands for, read back piece by piece. */
function keyOf(path: readonly string[]): string {
  let parts = "";
  let text = "";
  for (const name of path) {
    const entry = entryOf(name);
    text += entry.text;
    if (entry.kind === "more") continue;
    parts += `${unescapePart(text)}${entry.kind === "part" ? "/" : ""}`;
    text = "";
  }
  return parts;
}

describe("file names of keys", () => {
  test("every key can be read back from its path", () => {
    fc.assert(
      fc.property(key, (one) => {
        expect(keyOf(fileOf(one))).toBe(one);
      }),
    );
    for (const long of ["x".repeat(900), "é".repeat(450), "🦊".repeat(225)]) expect(keyOf(fileOf(long))).toBe(long);
  });

  test("no file name is over 255 bytes, hidden, a device, or made of letters a file system may confuse", () => {
    const names = fc.sample(key, 300).flatMap(fileOf);
    const hostile = [
      "..x",
      "x..",
      "CON",
      "con.txt",
      "nul",
      "lpt1",
      ".hidden",
      "dot.",
      "A",
      "%41",
      "x".repeat(900),
      "é".repeat(450),
    ];
    for (const name of [...names, ...hostile.flatMap(fileOf)]) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(name).toMatch(/^[a-z0-9_%A-F.-]+[~^]?$/);
      expect(name).not.toMatch(/[^%0-9A-F][A-F]|^\.{1,2}[~^]?$|\.[~]?$/);
      expect(name).not.toMatch(/^(?:con|nul|lpt1)(?:\.|[~^]?$)/);
    }
  });

  test("two keys never share a path, also where letter case is lost", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        fc.pre(a !== b);
        expect(fileOf(a).join("/").toLowerCase()).not.toBe(fileOf(b).join("/").toLowerCase());
      }),
    );
  });
});

describe("directory objects, beyond the contract", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "headgate-directory-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  test("what one process wrote another one reads", async () => {
    await directoryObjects(root).put("a/b", "content");
    expect(new TextDecoder().decode(await directoryObjects(root).get("a/b"))).toBe("content");
  });

  test("the directory is made by the first write, not by reading", async () => {
    const objects = directoryObjects(join(root, "later", "on"));
    expect(await objects.get("a")).toBeUndefined();
    expect((await objects.list("")).items).toEqual([]);
    expect(await readdir(root)).toEqual([]);
    await objects.put("a", "x");
    expect((await objects.list("")).items).toHaveLength(1);
  });

  test("half a write that a crash left is no object, and is swept a day later", async () => {
    const unfinished = join(root, ".tmp");
    await mkdir(unfinished);
    for (const name of ["fresh", "old"]) await writeFile(join(unfinished, name), "half");
    const yesterday = Date.now() / 1000 - 90_000;
    await utimes(join(unfinished, "old"), yesterday, yesterday);
    const objects = directoryObjects(root);
    expect((await objects.list("")).items).toEqual([]);
    await objects.put("a", "x");
    expect(await readdir(unfinished)).toEqual(["fresh"]);
  });

  test("files that are no objects are left out of lists", async () => {
    const objects = directoryObjects(root);
    await objects.put("a", "x");
    for (const name of ["README.TXT", ".DS_Store", "%zz"]) await writeFile(join(root, name), "not an object");
    expect((await objects.list("")).items.map((item) => item.key)).toEqual(["a"]);
  });

  test("removing the last object below takes the empty directories away", async () => {
    const objects = directoryObjects(root);
    await objects.put("deep/er/and/deeper", "x");
    await objects.put("deep/stays", "x");
    await objects.remove("deep/er/and/deeper");
    expect(await readdir(join(root, "deep~"))).toEqual(["stays"]);
    await objects.remove("deep/stays");
    expect((await readdir(root)).filter((name) => name !== ".tmp")).toEqual([]);
  });

  test("writers and removers of one folder do not trip over each other", async () => {
    const objects = directoryObjects(root);
    const work = Array.from({ length: 40 }, async (_, index) => {
      const name = `busy/folder/${index % 4}`;
      await objects.put(name, `${index}`);
      await objects.remove(name);
    });
    await Promise.all(work);
    expect((await objects.list("")).items).toEqual([]);
  });

  test("a file where the directory should be is an error that trying again does not mend", async () => {
    const file = join(root, "file");
    await writeFile(file, "x");
    const error = { code: "objects.unavailable" };
    await expect(directoryObjects(file).put("a", "x")).rejects.toMatchObject(error);
    await expect(directoryObjects(join(file, "below")).put("a", "x")).rejects.toMatchObject({
      ...error,
      retryable: false,
    });
    expect((await stat(file)).size).toBe(1);
  });

  test.skipIf(process.platform !== "linux")("where no directory can be made it is told at once", async () => {
    await expect(directoryObjects("/proc/nowhere/below").put("a", "x")).rejects.toMatchObject({
      code: "objects.unavailable",
    });
  });
});
