import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { BIN, headgate, spawned } from "./kit.ts";

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "headgate-cli-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A port on which somebody takes connections and says `words`, and then nothing. */
async function mute(words = ""): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (words !== "") socket.end(words);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

it("a server that takes the request and never answers is given up, with how long was waited", async () => {
  const ran = await headgate(["services", "list", "--url", await mute()], { env: { HEADGATE_TIMEOUT: "200ms" } });
  expect(ran).toMatchObject({ status: 2, stdout: "" });
  expect(ran.stderr).toMatch(/^headgate: no answer from http:\S+ within 200 ms\n$/);
  const bad = await headgate(["services", "list"], { env: { HEADGATE_TIMEOUT: "soon" } });
  expect(bad.stderr).toContain('HEADGATE_TIMEOUT "soon" is no duration such as 60s, up to 1d');
});

it("an answer that breaks off in the middle is a missing answer, not a fault of Headgate", async () => {
  const half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{";
  const ran = await headgate(["services", "list", "--url", await mute(half)]);
  expect(ran).toMatchObject({ status: 2, stdout: "" });
  expect(ran.stderr).toMatch(/^headgate: no answer from /);
});

it("a key with a line end or a blank in it is refused without being shown", async () => {
  const ran = await headgate(["services", "list", "--debug"], { env: { HEADGATE_KEY: "hgk_very\nsecret" } });
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain("HEADGATE_KEY holds characters that no key has");
  expect(ran.stderr).not.toContain("secret");
});

it.runIf(existsSync("/dev/full"))("an answer that cannot be written exits 2 with one line", async () => {
  const child = spawn(process.execPath, [BIN, "config", "schema"], {
    stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  expect(await once(child, "close")).toEqual([2, null]);
  expect(stderr).toMatch(/^headgate: the answer could not be written: .*ENOSPC.*\n$/);
});

it("a reader that stops reading is no fault", async () => {
  const child = spawn("/bin/sh", ["-c", '"$0" "$1" config schema | head -c 1; exit 0', process.execPath, BIN]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  await once(child, "close");
  expect(stderr).toBe("");
});

it.each([
  [
    ["autoscaling", "pause", "a", "--why", "x", "--for", "5 parsecs"],
    '--for "5 parsecs" is no duration such as 30m, 1h or 2d (allowed: 1 min to 90 d)',
  ],
  [
    ["autoscaling", "override", "a", "--desired", "3", "--why", "x", "--for", "31d"],
    '--for "31d" is no duration such as 30m, 1h or 2d (allowed: 1 min to 30 d)',
  ],
  [["autoscaling", "resume", "a", "--why", " "], "--why is empty"],
  [
    ["keys", "create", "--name", "a", "--scope", "read", "--expires", "1s"],
    '--expires "1s" is no duration such as 30m, 1h or 2d (allowed: 1 h to 3650 d)',
  ],
  [["help", "nope"], 'unknown command "nope"'],
  [["help", "services", "lst"], 'unknown verb "lst" of services; did you mean "list"?'],
])("%j names the option, the value and what is allowed before anything is sent", async (args, message) => {
  const ran = await headgate(
    [...args, "--url", "http://127.0.0.1:1"].slice(0, args[0] === "help" ? args.length : undefined),
  );
  expect(ran).toMatchObject({ status: 2, stdout: "" });
  expect(ran.stderr).toContain(`headgate: ${message}`);
});

it("what every verb takes may stand in front, and help knows verbs", async () => {
  const ran = await headgate(["--json", "--url", "http://127.0.0.1:1", "services", "list"]);
  expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: "unreachable" } });
  expect((await headgate(["help", "services", "show"])).stdout).toContain("headgate services show SERVICE");
  expect((await headgate(["--json"])).status).toBe(0);
});

it("a policy can be scored without any recording, always on the same one", async () => {
  const args = ["autoscaling", "backtest", "--trace", "synthetic", "--policy", "target-tracking-70", "--json"];
  const [one, two] = [await headgate(args), await headgate(args)];
  const measures = JSON.parse(one.stdout) as { minutes: number; elapsedMs: number };
  expect(one.status).toBe(0);
  expect(measures.minutes).toBeGreaterThan(10_000);
  expect({ ...JSON.parse(two.stdout), elapsedMs: 0 }).toEqual({ ...measures, elapsedMs: 0 });
});

it("a trace that is none is named by its file, with what is allowed, also for a single fault", async () => {
  const short = join(tempDir(), "short.csv");
  writeFileSync(short, "timestamp,value\n2026-01-01T00:00:00Z,1\n");
  const ran = await headgate(["autoscaling", "backtest", "--trace", short, "--policy", "hpa-cpu70"]);
  expect(ran).toMatchObject({ status: 2, stdout: "" });
  expect(ran.stderr).toMatch(/^headgate: \S+short\.csv is not a usable trace\n {2}.*1 data rows \(.*allowed: /);
});

it("config check warns of references that lead nowhere here, and shows no secret", async () => {
  const dir = tempDir();
  const file = join(dir, "headgate.yaml");
  const env = "{ A: env:GONE, B: file:here, C: env:SET, DB_PASSWORD: hunter2 }";
  writeFileSync(file, `version: 1\nservices:\n  a:\n    run:\n      command: [x]\n      env: ${env}\n`);
  writeFileSync(join(dir, "here"), "x");
  const ran = await headgate(["config", "check", file, "--json"], { env: { SET: "abc-value" } });
  expect(ran.status).toBe(0);
  const { warnings } = JSON.parse(ran.stdout) as { warnings: { path: string; line: number }[] };
  expect(warnings.map(({ path, line }) => `${line} ${path}`)).toEqual([
    "6 services.a.run.env.A",
    "6 services.a.run.env.DB_PASSWORD",
  ]);
  expect(ran.stderr).toContain(`${file}:6:`);
  expect(ran.stdout + ran.stderr).not.toMatch(/hunter2|abc-value/);
});

it("start --json puts one document on standard output: where everything is, or what is wrong", async () => {
  const dir = tempDir();
  const bad = await spawned(["start", "--json", "--speed", "0"]);
  expect(bad.status).toBe(2);
  expect(JSON.parse(bad.stdout)).toMatchObject({ error: { code: "input.invalid", faults: [{ path: "--speed" }] } });
  const file = join(dir, "my.yaml");
  writeFileSync(file, 'version: 1\nservices: { a: { run: { command: ["no-such-program"] } } }\n');
  const args = ["start", "--json", "--port", "0", "--config", file, "--data", join(dir, "state")];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  const document = await new Promise<{ url: string; services: unknown[] }>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.endsWith("}\n")) resolve(JSON.parse(stdout));
    });
  });
  expect(document).toMatchObject({ url: expect.stringMatching(/^http:/), services: [{ name: "a" }] });
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([0, null]);
  expect(JSON.parse(stdout)).toEqual(document);
});
