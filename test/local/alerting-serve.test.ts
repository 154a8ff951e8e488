import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { tempDir } from "./world.ts";

/** Until it holds. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

const ROOT = join(import.meta.dirname, "..", "..");

interface Heard {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** A webhook that writes down what it is told. */
async function receiver() {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      heard.push(JSON.parse(Buffer.concat(parts).toString("utf8")) as Heard);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  readonly ended: Promise<number | string>;
}

/** What a unit file starts. */
async function serve(args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [join(ROOT, "bin", "headgate.mjs"), "alerts", "serve", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, how) => resolve(code ?? how ?? "")),
  );
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  await eventually(() => expect(text).toMatch(/http:\/\/127\.0\.0\.1:\d+/));
  return { child, url: /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "", output: () => text, ended };
}

const config = (url: string, wait: string): string =>
  `route:\n  receiver: web\n  group_by: [alertname]\n  group_wait: ${wait}\n  group_interval: 1s\n  repeat_interval: 1h\nreceivers:\n- name: web\n  webhook_configs:\n  - url: ${url}\n`;

const post = (url: string, ...names: readonly string[]): Promise<Response> =>
  fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(names.map((instance) => ({ labels: { alertname: "Down", instance } }))),
  });

const told = (heard: readonly Heard[]): readonly string[] =>
  [...new Set(heard.flatMap(({ alerts }) => alerts.map(({ labels }) => labels["instance"] ?? "")))].sort();

test("what was accepted before a kill -9 is told after the next start, with the binary's own flags", async () => {
  const dir = tempDir();
  const web = await receiver();
  const file = join(dir, "alertmanager.yml");
  writeFileSync(file, config(web.url, "2s"));
  const flags = [
    `--config.file=${file}`,
    `--storage.path=${join(dir, "data")}`,
    "--web.listen-address=127.0.0.1:0",
    "--cluster.listen-address=",
    "--data.retention=120h",
  ];
  const first = await serve(flags);
  for (let n = 0; n < 5; n += 1) expect((await post(first.url, `a${n}`, `b${n}`)).status).toBe(200);
  first.child.kill("SIGKILL");
  await first.ended;
  const second = await serve(flags);
  await eventually(() => expect(told(web.heard)).toHaveLength(10));
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
});

test("reload by signal and by address takes a new file, and keeps the old one when the new one is bad", async () => {
  const dir = tempDir();
  const [one, other] = [await receiver(), await receiver()];
  const file = join(dir, "alertmanager.yml");
  writeFileSync(file, config(one.url, "0s"));
  const server = await serve(["--config", file, "--data", join(dir, "data"), "--port", "0"]);
  writeFileSync(file, "route: {}\n");
  const refused = await fetch(`${server.url}/-/reload`, { method: "POST" });
  expect(refused.status).toBe(500);
  expect(await refused.text()).toContain("failed to reload config");
  server.child.kill("SIGHUP");
  await eventually(() => expect(server.output()).toContain("stays in force"));
  expect((await post(server.url, "a")).status).toBe(200);
  await eventually(() => expect(told(one.heard)).toEqual(["a"]));
  writeFileSync(file, config(other.url, "0s"));
  expect((await fetch(`${server.url}/-/reload`, { method: "POST" })).status).toBe(200);
  expect((await post(server.url, "b")).status).toBe(200);
  await eventually(() => expect(told(other.heard)).toContain("b"));
  expect(told(one.heard)).toEqual(["a"]);
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});

test("a receiver that hangs holds up neither other groups nor the door", async () => {
  const dir = tempDir();
  const web = await receiver();
  const hanging = createServer(() => {});
  await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    hanging.closeAllConnections();
    hanging.close();
  });
  const file = join(dir, "alertmanager.yml");
  const text = config(web.url, "0s").replace(
    "receivers:",
    "  routes:\n  - matchers: [alertname=Down]\n    receiver: hangs\nreceivers:",
  );
  writeFileSync(
    file,
    `${text}- name: hangs\n  webhook_configs:\n  - url: http://127.0.0.1:${(hanging.address() as AddressInfo).port}/\n`,
  );
  const server = await serve(["--config", file, "--data", join(dir, "data"), "--port", "0"]);
  const body = (alertname: string) => JSON.stringify([{ labels: { alertname, instance: alertname } }]);
  const send = (alertname: string) =>
    fetch(`${server.url}/api/v2/alerts`, {
      method: "POST",
      body: body(alertname),
      headers: { "content-type": "application/json" },
    });
  expect((await send("Down")).status).toBe(200);
  for (const name of ["Slow", "Full"]) expect((await send(name)).status).toBe(200);
  await eventually(() => expect(told(web.heard)).toEqual(["Full", "Slow"]));
  expect((await fetch(`${server.url}/-/healthy`)).status).toBe(200);
});

test("a bad file, a port in use and a foreign host are told and start nothing", async () => {
  const dir = tempDir();
  const file = join(dir, "alertmanager.yml");
  writeFileSync(file, "route:\n  receiver: nobody\nreceivers:\n- name: web\n");
  const run = (args: readonly string[]) =>
    new Promise<{ readonly code: number | null; readonly text: string }>((resolve) => {
      const child = spawn(process.execPath, [join(ROOT, "bin", "headgate.mjs"), "alerts", "serve", ...args], {
        cwd: ROOT,
      });
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (part: Buffer) => {
          text += part.toString();
        });
      child.once("close", (code) => resolve({ code, text }));
    });
  const bad = await run(["--config", file, "--data", join(dir, "data"), "--port", "0"]);
  expect(bad).toMatchObject({ code: 2, text: expect.stringContaining("nobody") });
  const foreign = await run(["--config", file, "--web.listen-address", "10.0.0.1:9093"]);
  expect(foreign).toMatchObject({ code: 2, text: expect.stringContaining("127.0.0.1 only") });
});
