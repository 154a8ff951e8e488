import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type ServingTraffic, serveTraffic } from "../../local/gateway/serve.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { deadPort, httpBackend, until } from "./gateway-world.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "headgate-serve-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function serving(
  dir: string,
  text: string,
  more: Partial<Parameters<typeof serveTraffic>[0]> = {},
): Promise<{ serve: ServingTraffic; lines: string[] }> {
  const config = join(dir, "headgate.yaml");
  writeFileSync(config, text);
  const lines: string[] = [];
  const out = { line: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) };
  const serve = await serveTraffic({ config, host: "127.0.0.1", port: 0, data: join(dir, "data"), ...more }, out);
  onTestFinished(() => serve.stop());
  return { serve, lines };
}

const config = (backends: readonly number[], more = "") =>
  `version: 1\nservices: {}\ntraffic:\n  orders:\n    balance: round_robin\n    accessLog: true\n${more}    backends:\n${backends
    .map((port, at) => `      - { id: b${at}, host: 127.0.0.1, port: ${port} }`)
    .join("\n")}\n`;

test("serve: requests go to the backends of the file, are logged without their query and counted by the platform's metrics; a reload takes effect", async () => {
  const dir = folder();
  const [a, b] = [
    await httpBackend("a", (_, outgoing) => outgoing.end("a")),
    await httpBackend("b", (_, outgoing) => outgoing.end("b")),
  ];
  const { serve } = await serving(dir, config([a.port]));
  expect(await (await fetch(`${serve.url}/orders/17?token=secret`)).text()).toBe("a");
  const metrics = await (await fetch(`${serve.url}/-/metrics`)).text();
  expect(metrics).toContain(
    'data_service_requests_total{endpoint="/orders/:id",method="GET",service_name="orders",status="200"} 1',
  );
  expect(metrics).toContain('headgate_gateway_backend_requests_total{backend="b0",service_name="orders"} 1');
  expect((await fetch(`${serve.url}/-/healthy`)).status).toBe(200);
  expect((await fetch(`${serve.url}/-/ready`)).status).toBe(200);
  expect(await (await fetch(`${serve.url}/-/look`)).json()).toMatchObject({ service: "orders", completed: 1 });
  writeFileSync(join(dir, "headgate.yaml"), config([b.port]));
  await serve.reload();
  expect(await (await fetch(serve.url)).text()).toBe("b");
  writeFileSync(join(dir, "headgate.yaml"), "version: 1\nservices: {}\ntraffic: { orders: { nonsense: 1 } }\n");
  await expect(serve.reload()).rejects.toThrow(HeadgateError);
  expect(await (await fetch(serve.url)).text()).toBe("b");
  await serve.stop();
  const log = readFileSync(join(dir, "data", "access-orders.ndjson"), "utf8");
  expect(log).not.toContain("secret");
  expect(JSON.parse(log.split("\n")[0] ?? "")).toMatchObject({
    method: "GET",
    path: "/orders/17",
    status: 200,
    backend: "b0",
    retries: 0,
    bytes: 1,
  });
});

test("serve: a backend that fails its checks gets nothing, and is told of", async () => {
  const well = await httpBackend("a", (_, outgoing) => outgoing.end("ok"));
  const ill = await httpBackend("b", (incoming, outgoing) =>
    outgoing.writeHead(incoming.url === "/health" ? 500 : 200).end("ill"),
  );
  const health = "    health: { every: 1s, unhealthy: 1 }\n";
  const { serve, lines } = await serving(folder(), config([well.port, ill.port], health));
  await until(() => lines.some((line) => line.startsWith("orders: b1 is taken out: it answered 500")));
  for (let count = 0; count < 4; count++) expect(await (await fetch(serve.url)).text()).toBe("ok");
});

test("serve: an unknown service, two of them without a name, and a taken port are told before anything runs", async () => {
  const two = "version: 1\nservices: {}\ntraffic: { a: &one { backends: [{ host: h, port: 1 }] }, b: *one }\n";
  await expect(serving(folder(), two)).rejects.toMatchObject({ code: "input.invalid", faults: [{ allowed: "a, b" }] });
  await expect(serving(folder(), two, { service: "c" })).rejects.toMatchObject({ code: "service.unknown" });
  const taken = await httpBackend("x", (_, outgoing) => outgoing.end());
  const port = config([await deadPort()]);
  await expect(serving(folder(), port, { port: taken.port })).rejects.toMatchObject({ code: "port.in_use" });
});
