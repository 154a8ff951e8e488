import { type ChildProcess, spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { gatewayTo } from "./gateway-world.ts";

const SERVICE = `
const server = require("node:http").createServer((q, r) => { q.resume(); setTimeout(() => r.end("ok"), 3); });
process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
server.listen(0, "127.0.0.1", () => process.stdout.write(String(server.address().port)));`;

interface Running {
  readonly id: string;
  readonly port: number;
  readonly child: ChildProcess;
}

async function start(id: string): Promise<Running> {
  const child = spawn(process.execPath, ["-e", SERVICE], { env: {}, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const port = await new Promise<string>((up) => child.stdout.once("data", (said) => up(String(said))));
  return { id, port: Number(port), child };
}

test("kill -9, scale-in and a rolling restart under load: no idempotent request fails", async () => {
  let list: readonly Running[] = await Promise.all(["a", "b", "c"].map(start));
  const next = start("d");
  const gateway = await gatewayTo(() => list, { retry: { budgetMinimum: 20 } });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const statuses: number[] = [];
  let going = true;
  const one = () =>
    new Promise<void>((done) => {
      const sent = request({ agent, port: gateway.port, host: "127.0.0.1" }, (response) => {
        statuses.push(response.statusCode ?? 0);
        response.resume().on("end", done);
      });
      sent.on("error", () => {
        statuses.push(-1);
        done();
      });
      sent.end();
    });
  const clients = Array.from({ length: 16 }, async () => {
    while (going) await one();
  });
  const more = async (count: number) => {
    const wanted = statuses.length + count;
    while (statuses.length < wanted) await new Promise((turn) => setImmediate(turn));
  };
  const [a, b, c] = list as [Running, Running, Running];
  await more(150);
  // Without a word: the list still has it for a while.
  a.child.kill("SIGKILL");
  await more(150);
  list = [b, c];
  gateway.wake();
  // A new one comes, an old one goes when nothing is in flight on it any more.
  list = [c, await next];
  gateway.wake();
  await gateway.idle("b");
  b.child.kill("SIGTERM");
  await more(150);
  going = false;
  await Promise.all(clients);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(gateway.counts.retried).toBeGreaterThan(0);
  expect(gateway.counts).toMatchObject({ failed: 0, refused: 0, abandoned: 0 });
});
