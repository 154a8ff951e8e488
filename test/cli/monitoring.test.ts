import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../../functions/api/app.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { type Answer, world } from "../api/kit.ts";
import { headgate, listen as listenApp } from "./kit.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const listen = async (listener: RequestListener): Promise<string> => {
  const server: Server = createServer(listener);
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const document = (stdout: string): Answer => JSON.parse(stdout);

const configFor = (endpoint: string) => `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
monitoring:
  services:
    orders: { endpoint: "${endpoint}" }
`;
/** A control plane on a socket, and its address. */
const api = async (config: string, queries?: Queries) => {
  const w = await world({ config });
  const app = queries ? createApp({ runtime: { ...w.runtime, queries: () => queries }, access: "loopback" }) : w.app;
  const { url, close } = await listenApp(async (request) => app.fetch(request));
  closers.push(close);
  return { ...w, url };
};

describe("monitoring collect", () => {
  const service: RequestListener = (request, response) => {
    if (request.url === "/performance") return void response.writeHead(500).end();
    response.end(JSON.stringify({ status: "pass", rows: [1, 2], rate: 0.5, text: "a\u001b[31mb" }));
  };

  it("shows every figure and each part that failed, and exits 1 for it; --json is the whole answer", async () => {
    const endpoint = await listen(service);
    const { url } = await api(configFor(endpoint));
    const ran = await headgate(["monitoring", "collect", "orders", "--url", url]);
    expect(ran.status, ran.stderr).toBe(1);
    expect(ran.stdout).toContain(`orders at ${endpoint}, `);
    expect(ran.stdout).toMatch(/^health\.rate: +0\.5$/m);
    expect(ran.stdout).toMatch(/^health\.rows: +2 rows$/m);
    expect(ran.stdout, "other people's text does not colour the terminal").not.toContain("\u001b");
    expect(ran.stdout).toContain("performance failed: it answered 500");
    const json = await headgate(["monitoring", "collect", "orders", "--json", "--url", url]);
    expect(document(json.stdout)).toMatchObject({
      service: "orders",
      collected: {
        service_name: "orders",
        endpoint,
        metrics: { health: { rate: 0.5 } },
        errors: { performance: "it answered 500" },
      },
    });
  });

  it("exits 0 where every part answered, and the API keeps what was collected", async () => {
    const w = await api(configFor(await listen((_, response) => void response.end('{"a":1}'))));
    const before = await (await w.get("/api/v1/monitoring/services/orders/metrics")).json();
    expect(before).toEqual({ clock: expect.anything(), service: "orders" });
    const ran = await headgate(["monitoring", "collect", "orders", "--url", w.url]);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    const after: Answer = await (await w.get("/api/v1/monitoring/services/orders/metrics")).json();
    expect(after.collected.metrics.health).toEqual({ a: 1 });
  });

  it("a service nobody configured exits 2", async () => {
    const { url } = await api(configFor("http://127.0.0.1:9"));
    const ran = await headgate(["monitoring", "collect", "nobody", "--url", url]);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain('no service "nobody" is configured');
  });
});

describe("monitoring query and targets", () => {
  const queries: Queries = {
    source: "local-window",
    instant: async (expr, at) => ({
      samples:
        expr === "none"
          ? []
          : [{ labels: { __name__: "up", job: "kafka" }, value: at === 1_767_225_600_000 ? 5 : Number.NaN }],
      warnings: ["so far only"],
    }),
    range: async () => ({ series: [], warnings: [] }),
  };

  it("shows elements as Prometheus writes them, at the instant that was asked for", async () => {
    const { url } = await api(configFor("http://127.0.0.1:9"), queries);
    const ran = await headgate(["monitoring", "query", "up", "--url", url]);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^up\{job="kafka"\} +NaN$/m);
    expect(ran.stderr).toBe("so far only\n");
    const at = await headgate(["monitoring", "query", "up", "--at", "2026-01-01T00:00:00Z", "--json", "--url", url]);
    expect(document(at.stdout)).toMatchObject({ at: 1_767_225_600_000, samples: [{ value: "5" }] });
    const none = await headgate(["monitoring", "query", "none", "--url", url]);
    expect(none).toMatchObject({ status: 0, stdout: "no elements\n" });
  });

  it("an instant that is none exits 2 before anything is asked", async () => {
    const ran = await headgate(["monitoring", "query", "up", "--at", "noon"]);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain('--at "noon" is no ISO 8601 instant');
  });

  it("without anybody who answers PromQL exits 2 and says what to set", async () => {
    const { url } = await api(configFor("http://127.0.0.1:9"));
    const ran = await headgate(["monitoring", "query", "up", "--url", url]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain("nothing answers PromQL here");
  });

  it("targets is a table; a target that is down exits 1", async () => {
    const w = await world({ config: configFor("http://127.0.0.1:9") });
    const target = { job: "kafka", url: "http://k:9308/metrics", labels: { instance: "k:9308" }, lastScrapeAt: 0 };
    const items = [
      { ...target, health: "up" as const, samples: 12 },
      { ...target, job: "flink", health: "down" as const, error: "connection refused" },
    ];
    const app = createApp({ runtime: { ...w.runtime, targets: () => items }, access: "loopback" });
    const { url, close } = await listenApp(async (request) => app.fetch(request));
    closers.push(close);
    const ran = await headgate(["monitoring", "targets", "--url", url]);
    expect(ran.status, ran.stderr).toBe(1);
    expect(ran.stdout).toMatch(/^kafka +http:\/\/k:9308\/metrics +up +.* +12$/m);
    expect(ran.stdout).toMatch(/^flink .* down .* connection refused$/m);
  });
});

describe("monitoring scrape", () => {
  const expose =
    (body: string, type = "text/plain; version=0.0.4"): RequestListener =>
    (request, response) => {
      if (request.url !== "/metrics") return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": type }).end(body);
    };

  it("shows each sample with its type; the path may be left out", async () => {
    const url = await listen(
      expose('# TYPE up gauge\nup{a="b"} 1\n# TYPE t_seconds histogram\nt_seconds_bucket{le="+Inf"} 3\n'),
    );
    const ran = await headgate(["monitoring", "scrape", url.replace("http://", "")]);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^up +gauge +\{a="b"\} +1$/m);
    expect(ran.stdout).toMatch(/^t_seconds_bucket +histogram +\{le="\+Inf"\} +3$/m);
    expect(ran.stdout).toMatch(/^2 samples of 2 metrics, \d+ bytes, text$/m);
  });

  it("a fault is told with its line and exits 1; what came before it is shown", async () => {
    const url = await listen(expose("up 1\nup{ 1\n"));
    const ran = await headgate(["monitoring", "scrape", url, "--json"]);
    expect(ran.status).toBe(1);
    expect(document(ran.stdout)).toMatchObject({ samples: [{ value: "1" }], faults: [{ line: 2 }] });
    expect(ran.stderr).toMatch(/^line 2: /);
  });

  it("HTML is named as what it is, and not searched for metrics' faults only", async () => {
    const ran = await headgate(["monitoring", "scrape", await listen(expose("<html>", "text/html"))]);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain('Content-Type "text/html"');
  });

  it.each([
    ["ftp://x/", "is no http or https address"],
    ["127.0.0.1:9", "could not be scraped: nothing listens there"],
  ])("%s exits 2: %s", async (address, message) => {
    const ran = await headgate(["monitoring", "scrape", address]);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain(message);
  });
});
