import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually, fleetIn, lives, SERVICE, spec, statusOf, tempDir, until } from "./world.ts";

const ref = { name: "svc" };

test("instances are pending until their health check succeeds, then ready, each on a port of its own", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("slow-start", { initial: 2, env: { MODE: "slow-start", START_MS: "300" } })]);
  const starting = await until(fleet, (status) => status.instances.length === 2);
  expect(starting).toMatchObject({ desired: 2, ready: 0, running: 0, pending: 2 });
  const ready = await until(fleet, (status) => status.ready === 2);
  expect(ready).toMatchObject({ desired: 2, running: 2, pending: 0 });
  expect(new Set(ready.instances.map((one) => one.address)).size).toBe(2);
  const answer = await fetch(ready.instances[0]?.address ?? "");
  expect(await answer.json()).toMatchObject({ id: "svc-1" });
});

test("scaling in takes the newest pending first, then the newest; the oldest stays", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { initial: 2 })]);
  await until(fleet, (status) => status.ready === 2);
  await fleet.setDesired(ref, { desired: 3, expected: 2, key: "a" });
  await until(fleet, (status) => status.instances.length === 3);
  await fleet.setDesired(ref, { desired: 2, expected: 3, key: "b" });
  await until(fleet, (status) => status.instances.length === 2);
  await fleet.setDesired(ref, { desired: 1, expected: 2, key: "c" });
  const left = await until(fleet, (status) => status.instances.length === 1);
  expect(left.instances[0]).toMatchObject({ id: "svc-1", ready: true });
});

test("the desired count is still there after a restart, also when it was never reached", async () => {
  const dir = tempDir();
  const first = fleetIn(dir);
  first.add([spec()]);
  await first.setDesired(ref, { desired: 3, expected: 1, key: "a" });
  await first.stop();
  const second = fleetIn(dir);
  second.add([spec()]);
  expect((await statusOf(second)).desired).toBe(3);
  await until(second, (status) => status.ready === 3);
});

test("a count that another hand has changed is superseded, nothing is done", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { initial: 2 })]);
  expect(await fleet.setDesired(ref, { desired: 5, expected: 4, key: "a" })).toEqual({
    status: "superseded",
    actual: 2,
  });
  expect((await statusOf(fleet)).desired).toBe(2);
});

test("more instances than a machine may have are refused", async () => {
  const fleet = fleetIn(tempDir(), { mostInstances: 4 });
  fleet.add([spec()]);
  const result = await fleet.setDesired(ref, { desired: 5, expected: 1, key: "a" });
  expect(result).toEqual({ status: "refused", why: "5 instances are more than the 4 allowed on one machine" });
});

test("a count that cannot be written to disk is not acted on", async () => {
  const dir = tempDir();
  const fleet = fleetIn(dir);
  fleet.add([spec()]);
  // A folder in the place of the file fails for root, too, which ignores permissions.
  mkdirSync(join(dir, "desired.json"));
  await expect(fleet.setDesired(ref, { desired: 2, expected: 1, key: "a" })).rejects.toMatchObject({
    code: "fleet.unavailable",
    retryable: true,
  });
  expect((await statusOf(fleet)).desired).toBe(1);
});

test("a command that does not exist is shown as such and tried again with growing pauses", async () => {
  const said: string[] = [];
  const fleet = fleetIn(tempDir(), { onTrouble: (_service, text) => said.push(text) });
  fleet.add([spec("ok", { command: ["no-such-program-anywhere", "x"] })]);
  const status = await until(fleet, () => said.length >= 4);
  expect(status.trouble).toContain("command not found: no-such-program-anywhere (not in PATH)");
  expect(status.instances).toEqual([expect.objectContaining({ state: "failed", ready: false })]);
  // Back-off 40, 80, 160, 320 ms; at random 0.5 three quarters of it.
  expect(said.map((text) => /next start in (\S+) s/.exec(text)?.[1])).toEqual(["0.0", "0.1", "0.1", "0.2"]);
});

test("a working folder that does not exist is named", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { cwd: "/no/such/folder" })]);
  const status = await until(fleet, (one) => one.trouble !== undefined);
  expect(status.trouble).toContain("working folder /no/such/folder does not exist");
});

test("a command that exits at once is shown with its code and last words, and restarted", async () => {
  const said: string[] = [];
  const fleet = fleetIn(tempDir(), { onTrouble: (_service, text) => said.push(text) });
  fleet.add([spec("exit")]);
  const status = await until(fleet, () => said.length >= 2);
  expect(status.trouble).toContain("exited with code 3; its last words: cannot reach the database (2 times in a row)");
  expect(status.ready).toBe(0);
});

test("while one fails, only one at a time is tried, however many are wanted", async () => {
  const starts: string[] = [];
  const fleet = fleetIn(tempDir(), { onLine: (_service, instance) => starts.push(instance) });
  fleet.add([spec("exit", { initial: 3 })]);
  await until(fleet, (status) => /\(5 times/.test(status.trouble ?? ""));
  const seen: number[] = [];
  const stop = fleet.onChange(() => void statusOf(fleet).then((status) => seen.push(status.pending)));
  await until(fleet, (status) => /\(7 times/.test(status.trouble ?? ""));
  stop();
  expect(Math.max(...seen)).toBe(1);
});

test("what never becomes healthy is killed after its time and shown with what it answered", async () => {
  const said: string[] = [];
  const fleet = fleetIn(tempDir(), { onTrouble: (_service, text) => said.push(text) });
  fleet.add([spec("never-healthy", { startTimeoutMs: 600 })]);
  await until(fleet, () => said.length >= 1);
  expect(said[0]).toMatch(/never became healthy within 600 ms \(it answered 503 at GET \/health on port \d+\); killed/);
});

test("what crashes while serving is replaced", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { initial: 2 })]);
  const before = await until(fleet, (status) => status.ready === 2);
  await fetch(`${before.instances[0]?.address}/crash`).catch(() => {});
  const after = await until(
    fleet,
    (status) => status.ready === 2 && status.instances.some((one) => one.id === "svc-3"),
  );
  expect(after.trouble).toContain("svc-1 exited with code 9");
});

test("what ignores SIGTERM is killed after its grace and shown", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ignore-term", { initial: 2, graceMs: 300 })]);
  await until(fleet, (status) => status.ready === 2);
  const pids = fleet.backends("svc").map((one) => one.pid ?? 0);
  await fleet.setDesired(ref, { desired: 1, expected: 2, key: "a" });
  const draining = await until(fleet, (status) => status.instances.some((one) => one.state === "draining"));
  expect(draining).toMatchObject({ ready: 1, running: 1 });
  const after = await until(fleet, (status) => status.instances.length === 1);
  expect(after.trouble).toBe("svc-2 ignored SIGTERM for 300 ms and was killed");
  expect(lives(pids[1] ?? 0)).toBe(false);
  expect(lives(pids[0] ?? 0)).toBe(true);
});

test("an instance that is draining gets its SIGTERM only when its requests are finished", async () => {
  const idle = Promise.withResolvers<void>();
  const fleet = fleetIn(tempDir(), { idle: () => idle.promise });
  fleet.add([spec()]);
  const { instances } = await until(fleet, (status) => status.ready === 1);
  await fleet.setDesired(ref, { desired: 0, expected: 1, key: "a" });
  expect((await statusOf(fleet)).instances[0]).toMatchObject({ state: "draining", ready: false });
  expect((await fetch(instances[0]?.address ?? "")).status).toBe(200);
  idle.resolve();
  await until(fleet, (status) => status.instances.length === 0);
});

test("stop leaves no process, also none that the services started themselves", async () => {
  const dir = tempDir();
  // A wrapper in the way of npm scripts: the shell's child serves, and a second child is left in the background.
  const script = join(dir, "wrapper.sh");
  writeFileSync(
    script,
    `#!/bin/sh\n(trap '' TERM; sleep 300) &\necho background $!\n"${process.execPath}" "${SERVICE}"\n`,
    { mode: 0o755 },
  );
  let background = 0;
  const fleet = fleetIn(dir, {
    onLine: (_service, _instance, line) => {
      if (line.startsWith("background")) background = Number(line.split(" ")[1]);
    },
  });
  fleet.add([spec("ok", { command: ["./wrapper.sh"], cwd: dir })]);
  await until(fleet, (status) => status.ready === 1);
  const pid = fleet.backends("svc")[0]?.pid ?? 0;
  expect(lives(background)).toBe(true);
  await fleet.stop();
  expect(lives(pid)).toBe(false);
  expect(await eventually(() => !lives(background), 2000)).toBe(true);
});

test("a service with a fixed port has its instances on the ports from there on", async () => {
  const fleet = fleetIn(tempDir());
  const base = 20_000 + Math.floor(Math.random() * 20_000);
  fleet.add([spec("ok", { port: base, initial: 2 })]);
  const status = await until(fleet, (one) => one.ready === 2);
  const ports = status.instances.map((one) => Number(new URL(one.address ?? "").port));
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(base);
  expect(Math.max(...ports)).toBeLessThan(base + 200);
});

test("what stops being healthy is not ready, and killed when it stays so as long as a start may take", async () => {
  const dir = tempDir();
  const sick = join(dir, "sick.mjs");
  writeFileSync(
    sick,
    `import { createServer } from "node:http";
let asked = 0;
createServer((_, response) => response.writeHead(++asked > 2 ? 500 : 200).end()).listen(process.env.PORT, "127.0.0.1");`,
  );
  const said: string[] = [];
  const fleet = fleetIn(dir, { onTrouble: (_service, text) => said.push(text) });
  fleet.add([spec("ok", { command: [process.execPath, sick], startTimeoutMs: 1000 })]);
  await until(fleet, (status) => status.ready === 1);
  const unwell = await until(fleet, (status) => status.running === 1 && status.ready === 0);
  expect(unwell.instances[0]?.detail).toBe("not healthy: it answered 500 at GET /health");
  await until(fleet, () => said.length > 0);
  expect(said[0]).toContain("stopped being healthy and stayed so for 1 s");
});
