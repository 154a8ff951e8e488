import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { watchLauncher } from "../../local/launcher.ts";
import { eventually, lives } from "./world.ts";

const WATCHER = fileURLToPath(import.meta.resolve("./fixtures/launched.ts"));
const node = process.execPath;

/** A launcher whose last descendant watches it; answers the launcher and the watcher's pid. */
async function launched(
  command: string,
  args: readonly string[],
  env: Record<string, string> = { npm_execpath: "npm" },
) {
  const { npm_execpath: _, npm_lifecycle_event: __, ...clean } = process.env;
  const launcher: ChildProcess = spawn(command, args, {
    env: { ...clean, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void launcher.kill("SIGKILL"));
  const pid = await new Promise<number>((resolve, reject) => {
    launcher.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(Number(text)));
    launcher.once("error", reject);
  });
  onTestFinished(() => {
    if (lives(pid)) process.kill(pid, "SIGKILL");
  });
  return { launcher, pid };
}

// A launcher that runs one program and hands nothing on, as npm does when it is killed.
const passOn = `require("node:child_process").spawn(process.argv[1], process.argv.slice(2), { stdio: "inherit" })`;

test("what npm started ends with npm, however npm ends", async () => {
  const { launcher, pid } = await launched(node, ["-e", passOn, node, WATCHER]);
  launcher.kill("SIGKILL");
  expect(await eventually(() => !lives(pid), 5000)).toBe(true);
});

test.runIf(process.platform === "linux")("also with a shell between, which outlives npm", async () => {
  const { launcher, pid } = await launched(node, ["-e", passOn, "/bin/sh", "-c", `"${node}" "${WATCHER}"; exit $?`]);
  launcher.kill("SIGKILL");
  expect(await eventually(() => !lives(pid), 5000)).toBe(true);
});

test("without npm nothing is watched: whoever starts it in the background wants it to stay", () => {
  const stop = watchLauncher({}, () => {
    throw new Error("must not be called");
  });
  stop();
});

test("npm start becomes the control plane, so that a signal to npm reaches it", () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  expect(scripts.start).toMatch(/^exec node /);
});
