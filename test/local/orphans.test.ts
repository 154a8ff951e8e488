import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { processList } from "../../local/leftovers.ts";
import { processStart } from "../../local/process-identity.ts";
import { eventually, lives, tempDir } from "./world.ts";

/** A control plane in a process of its own that starts services and tells their pids. */
async function controlPlane(
  dir: string,
  mode: string,
): Promise<{ readonly parent: ChildProcess; readonly pids: readonly number[] }> {
  const script = fileURLToPath(import.meta.resolve("./fixtures/fleet-parent.ts"));
  const parent = spawn(process.execPath, [script, dir, mode], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const pids = await new Promise<readonly number[]>((resolve, reject) => {
    let text = "";
    parent.stdout?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.includes("\n")) resolve(JSON.parse(text) as number[]);
    });
    parent.once("exit", (code) => reject(new Error(`ended early with ${code}`)));
  });
  return { parent, pids };
}

test.each(["ok", "ignore-term"])("kill -9 of the control plane leaves no service (%s)", async (mode) => {
  const { parent, pids } = await controlPlane(tempDir(), mode);
  expect(pids).toHaveLength(2);
  expect(pids.every(lives)).toBe(true);
  parent.kill("SIGKILL");
  expect(await eventually(() => !pids.some(lives), 5000)).toBe(true);
});

test("what a crash left behind is stopped at the next start, by SIGKILL if need be", async () => {
  const dir = tempDir();
  const left = spawn("/bin/sh", ["-c", "trap '' TERM; echo up; while :; do sleep 1; done"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void left.kill("SIGKILL"));
  await new Promise((resolve) => left.stdout?.once("data", resolve));
  const pid = left.pid ?? 0;
  processList(dir).add(pid, "svc");
  const ended = new Promise((resolve) => left.once("exit", (_code, signal) => resolve(signal)));
  expect(await processList(dir).reap(200)).toBe(1);
  expect(await ended).toBe("SIGKILL");
  expect(JSON.parse(readFileSync(join(dir, "processes.json"), "utf8"))).toEqual([]);
});

test("a process that only has the pid of a leftover is not touched", async () => {
  const dir = tempDir();
  const other = spawn("/bin/sh", ["-c", "echo up; exec sleep 60"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void other.kill("SIGKILL"));
  await new Promise((resolve) => other.stdout?.once("data", resolve));
  const pid = other.pid ?? 0;
  writeFileSync(join(dir, "processes.json"), JSON.stringify([{ pid, start: "another-boot:1", service: "svc" }]));
  expect(await processList(dir).reap(100)).toBe(0);
  expect(lives(pid)).toBe(true);
});

test("the start of a process is known while it lives and unknown afterwards", async () => {
  expect(processStart(process.pid)).toBe(processStart(process.pid));
  const child = spawn("/bin/sh", ["-c", "exit 0"]);
  const pid = child.pid ?? 0;
  await new Promise((resolve) => child.once("exit", resolve));
  expect(processStart(pid)).toBeUndefined();
});
