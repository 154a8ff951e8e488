import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headgate } from "./kit.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-load-"));
const server = createServer((_request, response) => response.end("ok"));
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  writeFileSync(
    join(folder, "headgate.yaml"),
    "version: 1\nservices:\n  orders: { run: { command: [node, x.mjs] } }\n",
  );
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const plan = (more = "", url = `http://127.0.0.1:${port}`) => `name: small
service: orders
instances: 2
instance: { cpu: 0.25, memoryMb: 512 }
target: { http: { url: "${url}" } }
stages: [{ shape: constant, rate: 400, for: 300ms }]
arrivals: uniform
${more}`;
const at = () => ["--config", join(folder, "headgate.yaml"), "--data", join(folder, "data")];

describe("headgate load", () => {
  test("a test is run by workers, judged, told, and kept for its service", async () => {
    const path = file("good.yaml", plan('workers: 2\nobjectives: ["errors < 1%", "max < 30s"]'));
    const { status, stdout } = await headgate(["load", "run", path, ...at(), "--json"]);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      totals: { asked: 120, sent: 120, ok: 120 },
      outcomes: [{ met: true }, { met: true }],
    });
    // Where this machine is busy with other things the schedule is behind, and the test says so instead of blaming the server.
    expect(["held", "saturated"]).toContain(report.verdict);
    expect(status).toBe(report.verdict === "held" ? 0 : 1);
    const lines = readFileSync(report.file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ id: report.id, verdict: report.verdict });
    expect(lines.slice(0, -1).reduce((sum, { asked }) => sum + asked, 0)).toBe(120);
    const listed = await headgate(["load", "list", "orders", "--data", join(folder, "data"), "--json"]);
    expect(JSON.parse(listed.stdout).items).toMatchObject([{ id: report.id, service: "orders" }]);
  });

  test("hosts of others, services nobody knows and replays without a target are refused, and nothing is sent", async () => {
    const foreign = await headgate(["load", "run", file("foreign.yaml", plan("", "http://8.8.8.8")), ...at()]);
    expect(foreign).toMatchObject({ status: 2, stderr: expect.stringContaining("--yes-i-own 8.8.8.8") });
    const unknown = plan().replace("service: orders", "service: order");
    expect(await headgate(["load", "run", file("unknown.yaml", unknown), ...at()])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("it has orders"),
    });
    expect(await headgate(["load", "run", "--trace", "synthetic"])).toMatchObject({ status: 2 });
    expect(await headgate(["load", "run", "x.yaml", "--peak", "5"])).toMatchObject({ status: 2 });
    expect(await headgate(["load", "run"])).toMatchObject({ status: 2 });
  });

  test("check says what would be sent", async () => {
    const trace = file("t.csv", "timestamp,value\n2026-01-01T00:00:00Z,600\n2026-01-01T00:01:00Z,1200\n");
    const path = file(
      "replay.yaml",
      plan().replace("{ shape: constant, rate: 400, for: 300ms }", `{ shape: replay, trace: t.csv, speed: 60 }`),
    );
    const { status, stdout } = await headgate(["load", "check", path, "--json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ length: 2_000, peak: 20, requests: 35 });
    expect((await headgate(["load", "check", trace])).status).toBe(2);
  });
});
