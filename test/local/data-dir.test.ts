import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkDataDir, openDataDir } from "../../local/data-dir.ts";
import { lockDataDir, readOwner } from "../../local/lock.ts";
import { tempDir } from "./world.ts";

test("a data folder is made with its parents, and nothing is left of the check", () => {
  const dir = join(tempDir(), "a", "b");
  openDataDir(dir);
  expect(readdirSync(dir)).toEqual([]);
});

test.each([
  ["a file in its place", (dir: string) => join(dir, "file")],
  ["a file in its path", (dir: string) => join(dir, "file", "below")],
])("%s: says why and which option changes it", (_what, path) => {
  const dir = tempDir();
  writeFileSync(join(dir, "file"), "");
  expect(() => openDataDir(path(dir))).toThrow(/the data folder .* cannot be used: .* is a file.*--data DIR/);
});

test("a file system that cannot be written is refused with the reason", () => {
  // The kernel's own read-only tree: also root may not make files there.
  expect(() => openDataDir("/proc/headgate-test")).toThrow(/cannot be used: .*Nothing was started/);
});

test("a folder that can no longer be written is told as such while everything runs, without a word of starting", () => {
  const dir = tempDir();
  checkDataDir(dir);
  expect(readdirSync(dir)).toEqual([]);
  expect(() => checkDataDir(join(dir, "gone"))).toThrow(/cannot be used: .*Nothing is decided until it can be written/);
});

test("a file of which only a part can be written is an error, and the old one stays whole", async () => {
  const file = join(tempDir(), "state.json");
  writeFileSync(file, "old");
  const script = `import { writeAtomic } from ${JSON.stringify(join(import.meta.dirname, "../../local/data-dir.ts"))};
    try { writeAtomic(${JSON.stringify(file)}, "x".repeat(1_000_000)); } catch (error) { console.log(error.code); }`;
  // A limit on the size of files makes a write stop half way, as a disk does that has little room left.
  const limited = ["-c", 'ulimit -f 8; exec "$0" "$@"', process.execPath, "--input-type=module", "-e", script];
  const child = spawn("/bin/sh", limited, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (said += text));
  await new Promise((resolve) => child.once("close", resolve));
  expect(said).toBe("EFBIG\n");
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(dirname(file))).toEqual(["state.json"]);
});

test("one process at a time works on a data folder; the second is told who does", () => {
  const dir = tempDir();
  const first = lockDataDir(dir);
  first.announce("http://127.0.0.1:4180");
  expect(() => lockDataDir(dir)).toThrow(`in use by process ${process.pid} (http://127.0.0.1:4180)`);
  first.release();
  expect(readOwner(dir)).toBeUndefined();
  lockDataDir(dir).release();
});

test("the lock of a process that was killed does not block the next one", async () => {
  const dir = tempDir();
  const script = `import { lockDataDir } from ${JSON.stringify(join(import.meta.dirname, "../../local/lock.ts"))};
    lockDataDir(${JSON.stringify(dir)}); console.log("locked"); setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void other.kill("SIGKILL"));
  await new Promise((resolve) => other.stdout.once("data", resolve));
  expect(() => lockDataDir(dir)).toThrow(`in use by process ${other.pid}`);
  const gone = new Promise((resolve) => other.once("exit", resolve));
  other.kill("SIGKILL");
  await gone;
  lockDataDir(dir).release();
});
