import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { collectServices, latestCollected } from "../../functions/monitoring/collect.ts";
import {
  assemble,
  type Collected,
  MAX_PART_BYTES,
  PARTS,
  type PartResult,
  readPart,
} from "../../shared/core/monitoring/collect.ts";
import { measurementsOf, updatesOf } from "../../shared/core/monitoring/collect-metrics.ts";
import { limitedGet, refused } from "../../shared/edge/limited-get.ts";
import { MINUTE, type World, world } from "../api/kit.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const listen = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
type Answers = Readonly<Record<string, unknown>>;
const json =
  (answers: Answers): RequestListener =>
  (request, response) => {
    const answer = answers[request.url ?? ""];
    if (typeof answer === "function") return answer(request, response);
    if (answer === undefined) return void response.writeHead(404).end("no such page");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  };

const GOOD: Answers = {
  "/health": { status: "pass", checks: { db: "ok" } },
  "/performance": {
    avg_response_time: 0.3,
    throughput: 120,
    requests: [{ endpoint: "/orders", method: "GET", status: 200, count: 50 }],
  },
  "/data-processing": {
    records_processed: { orders: 1000 },
    quality_scores: { orders: { completeness: 0.97 } },
    processing_latency: { validate: 0.02 },
    errors: [{ error_type: "bad_row", severity: "warning", count: 2 }],
  },
};

const configFor = (endpoint: string, more = "") =>
  `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
monitoring:
  services:
    orders: { endpoint: "${endpoint}", collect: { timeout: 300ms, every: 1m } }
${more}`;
const trigger = { type: "schedule" } as const;
const collect = (w: World, services?: readonly string[]) =>
  collectServices(w.runtime, { tenant: "default", trigger, ...(services ? { services } : {}) });
const exposed = (w: World, name: string): readonly string[] =>
  w.runtime.telemetry
    .expose("prometheus")
    .split("\n")
    .filter((line) => line.startsWith(name));
const FAILED =
  'data_processing_errors_total{error_type="metrics_collection_failed",service_name="orders",severity="warning"}';

describe("reading one part", () => {
  it.each([
    ["an empty answer", 200, "", "its answer is empty"],
    ["HTML", 200, "<html></html>", "its answer is not JSON"],
    ["a list", 200, "[1]", "its answer is a list, not a JSON object"],
    ["null", 200, "null", "its answer is null, not a JSON object"],
    ["text", 200, '"ok"', "its answer is a string, not a JSON object"],
    ["an error", 500, '{"error":"x"}', "it answered 500"],
    ["a 503", 503, '{"error":"x"}', "it answered 503"],
    [
      "100,000 open brackets",
      200,
      `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
      "its answer cannot be kept: it is nested deeper than 32 levels",
    ],
  ])("%s is a failure that says why", (_, status, text, error) => {
    expect(readPart("performance", status, text)).toEqual({ ok: false, error });
  });

  it("a health endpoint that says with 503 that it is unwell has answered", () => {
    expect(readPart("health", 503, '{"status":"fail"}')).toMatchObject({ ok: true, value: { status: "fail" } });
    expect(readPart("health", 503, "Service Unavailable")).toEqual({ ok: false, error: "it answered 503" });
  });

  it("NaN and infinities, which are no JSON, are not known; text that names them is left alone", () => {
    const text = '{"a": NaN, "b": -Infinity, "c": "NaN, \\" Infinity", "d": 1}';
    expect(readPart("performance", 200, text)).toEqual({
      ok: true,
      value: { a: null, b: null, c: 'NaN, " Infinity', d: 1 },
      notes: ["performance: NaN, -Infinity is no JSON number; it is taken as not known"],
    });
  });

  it("a text made of escaped quotes is refused at once", () => {
    const before = performance.now();
    const text = `{"a": NaN, ${'"\\\\\\'.repeat(16_000)}`;
    expect(readPart("performance", 200, text)).toMatchObject({ ok: false });
    expect(performance.now() - before).toBeLessThan(200);
  });

  it("a number beyond all numbers is left out and named; a member called __proto__ harms nobody", () => {
    const read = readPart("performance", 200, '{"a": 1e999, "b": [1e999, 2], "__proto__": {"x": 1}}');
    expect(read.ok && read.value).toEqual(JSON.parse('{"b": [null, 2], "__proto__": {"x": 1}}'));
    expect(read.ok && read.notes).toHaveLength(2);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("law: any JSON object comes out as it went in", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }));
    fc.assert(
      fc.property(object, (value) => {
        const text = JSON.stringify(value);
        expect(readPart("performance", 200, text)).toEqual({ ok: true, value: JSON.parse(text), notes: [] });
      }),
      { numRuns: 100 },
    );
  });
});

const collected = (metrics: Collected["metrics"], endpoint = "http://a"): Collected => ({
  service_name: "orders",
  timestamp: "2026-01-01T00:00:00.000Z",
  endpoint,
  metrics,
});

describe("from JSON to the eight metrics", () => {
  it.each([
    [
      { performance: { avg_response_time: "0.3" } },
      'performance.avg_response_time: "0.3" is text, so it feeds no metric',
    ],
    [
      { performance: { avg_response_time: -1 } },
      "performance.avg_response_time: -1 is below zero, so it feeds no metric",
    ],
    [
      { performance: { avg_response_time: [1] } },
      "performance.avg_response_time: [1] is no number, so it feeds no metric",
    ],
    [
      { performance: { requests: [{ endpoint: "/a", method: "GET", count: 1 }] } },
      "performance.requests[0].status: a text of at most 100 characters is needed",
    ],
    [
      { data_processing: { records_processed: { orders: "many" } } },
      'data_processing.records_processed.orders: "many" is text, so it feeds no metric',
    ],
  ])("%j feeds nothing and is named", (metrics, note) => {
    const read = measurementsOf(collected(metrics as Collected["metrics"]));
    expect(read).toEqual({ measurements: [], notes: [note] });
  });

  it("the table of members in the docs is the one in the code", () => {
    const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    const rows = (text: string) =>
      [...text.matchAll(/^(?: \* )?(\| `(?:performance|data_processing|resources)\..*\|)$/gm)].map(([, row]) => row);
    const code = rows(read("shared/core/monitoring/collect-metrics.ts"));
    expect(code).toHaveLength(8);
    expect(rows(read("docs/service-metrics.md"))).toEqual(code);
  });

  it("absent and null members are no news: no measurement, no note, no zero", () => {
    const metrics = { performance: { avg_response_time: null }, data_processing: {}, resources: {} };
    expect(measurementsOf(collected(metrics))).toEqual({ measurements: [], notes: [] });
  });

  const withCount = (count: number, endpoint?: string) =>
    collected({ data_processing: { records_processed: { orders: count } } }, endpoint);
  const counted = (...steps: readonly Collected[]): number[] => {
    let state: Parameters<typeof updatesOf>[0];
    return steps.map((step) => {
      const next = updatesOf(state, step);
      state = next.state;
      const update = next.updates.find((one) => one.metric === "data_processing_records_total");
      return update?.do === "count" ? update.value : Number.NaN;
    });
  };

  it("a running total counts by how much it has grown; a restart counts from zero; another instance is a new base", () => {
    expect(counted(withCount(100), withCount(130), withCount(130), withCount(20))).toEqual([100, 30, 0, 20]);
    expect(counted(withCount(100), withCount(900, "http://b"), withCount(950, "http://b"))).toEqual([100, 0, 50]);
  });

  it("law: with one instance that never restarts, what was counted is the total", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }), (grown) => {
        let total = 0;
        const steps = grown.map((by) => withCount((total += by)));
        expect(counted(...steps).reduce((sum, by) => sum + by, 0)).toBe(total);
      }),
      { numRuns: 50 },
    );
  });

  it("a total outlives a failure of its part, a gauge does not", () => {
    const first = updatesOf(
      undefined,
      collected({ data_processing: { records_processed: { o: 5 }, quality_scores: { o: { q: 1 } } } }),
    );
    const failed = updatesOf(first.state, { ...collected({}), errors: { data_processing: "it answered 500" } });
    expect(failed.updates).toEqual([
      {
        do: "forget",
        metric: "data_quality_score",
        labels: { service_name: "orders", dataset_id: "o", quality_dimension: "q" },
      },
      {
        do: "count",
        metric: "data_processing_errors_total",
        labels: { service_name: "orders", error_type: "metrics_collection_failed", severity: "warning" },
        value: 1,
      },
    ]);
    const back = updatesOf(failed.state, collected({ data_processing: { records_processed: { o: 8 } } }));
    expect(back.updates).toMatchObject([{ do: "count", value: 3 }]);
  });

  it("law: whatever parts fail, the others are told whole and the answer has no member beyond the agreed ones", () => {
    const part = fc.oneof(
      fc.constant<PartResult>({ ok: true, value: { a: 1 }, notes: [] }),
      fc.constant<PartResult>({ ok: false, error: "it answered 500" }),
    );
    fc.assert(
      fc.property(part, part, part, part, (health, performance, data_processing, resources) => {
        const parts = { health, performance, data_processing, resources };
        const answer = assemble("orders", "http://a", 0, parts);
        for (const name of PARTS) {
          expect(answer.metrics[name] !== undefined).toBe(parts[name].ok);
          expect(answer.errors?.[name] !== undefined).toBe(!parts[name].ok);
        }
        const failed = PARTS.some((name) => !parts[name].ok);
        expect(Object.keys(answer)).toEqual([
          "service_name",
          "timestamp",
          "endpoint",
          "metrics",
          ...(failed ? ["errors"] : []),
        ]);
      }),
    );
  });
});

describe("collecting a service over the wire", () => {
  it("answers exactly {service_name, timestamp, endpoint, metrics}, keeps it, and updates the metrics", async () => {
    const endpoint = await listen(json(GOOD));
    const w = await world({ config: configFor(endpoint) });
    w.measure("orders", { cpu: 61, memory: 40 });
    const [outcome] = await collect(w, ["orders"]);
    expect(outcome?.collected).toEqual({
      service_name: "orders",
      timestamp: new Date(w.clock.now()).toISOString(),
      endpoint,
      metrics: {
        health: GOOD["/health"],
        performance: GOOD["/performance"],
        data_processing: GOOD["/data-processing"],
        resources: { cpu: 61, memory: 40 },
      },
    });
    expect(await latestCollected(w.runtime, "default", "orders")).toEqual(outcome?.collected);
    expect(exposed(w, "data_")).toEqual(
      expect.arrayContaining([
        'data_service_requests_total{endpoint="/orders",method="GET",service_name="orders",status="200"} 50',
        'data_processing_records_total{dataset_type="orders",processing_stage="all",service_name="orders"} 1000',
        'data_processing_errors_total{error_type="bad_row",service_name="orders",severity="warning"} 2',
        'data_quality_score{dataset_id="orders",quality_dimension="completeness",service_name="orders"} 0.97',
        'data_service_cpu_usage_percent{container_id="all",service_name="orders"} 61',
        'data_service_request_duration_seconds_bucket{endpoint="all",method="all",service_name="orders",le="0.5"} 1',
        'data_processing_latency_seconds_bucket{operation_type="validate",service_name="orders",le="0.1"} 1',
      ]),
    );
    expect(exposed(w, "data_service_memory_usage_bytes"), "percent is not bytes").toEqual([]);
    expect(exposed(w, FAILED)).toEqual([]);
  });

  const endless: RequestListener = (_, response) => {
    const chunk = Buffer.alloc(65_536, " ");
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  };
  it.each<[string, RequestListener, string]>([
    ["hangs", () => {}, "no answer within 300 ms"],
    [
      "drips",
      (_, response) => {
        const timer = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(timer));
      },
      "no answer within 300 ms",
    ],
    ["sends a gigabyte", endless, `its answer is larger than ${MAX_PART_BYTES} bytes`],
    [
      "announces a gigabyte",
      (_, response) => void response.writeHead(200, { "content-length": 2 ** 30 }).write("{"),
      `its answer is larger than ${MAX_PART_BYTES} bytes`,
    ],
    ["answers 500", (_, response) => void response.writeHead(500).end("{}"), "it answered 500"],
    ["sends HTML", (_, response) => void response.end("<html>"), "its answer is not JSON"],
    ["sends bytes", (_, response) => void response.end(Buffer.from([0xff, 0xfe, 0])), "its answer is not text"],
    [
      "sends a compressed bomb",
      (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
      "it answered in gzip, which was not asked for",
    ],
    [
      "redirects",
      (_, response) => void response.writeHead(302, { location: "/health" }).end(),
      "it answered 302; redirects are not followed",
    ],
    ["breaks off", (_, response) => void response.socket?.destroy(), "it closed the connection"],
  ])(
    "an endpoint that %s is one failed part: counted, named, and the others are untouched",
    async (_, bad, sentence) => {
      const endpoint = await listen(json({ ...GOOD, "/performance": bad }));
      const w = await world({ config: configFor(endpoint) });
      w.measure("orders", { cpu: 61, memory: 40 });
      const [outcome] = await collect(w, ["orders"]);
      expect(outcome?.collected.errors).toEqual({ performance: sentence });
      expect(Object.keys(outcome?.collected.metrics ?? {})).toEqual(["health", "data_processing", "resources"]);
      expect(exposed(w, FAILED)).toEqual([`${FAILED} 1`]);
      expect(exposed(w, "data_processing_records_total")).toHaveLength(1);
    },
  );

  it("all parts are asked at once: four that hang take one time limit", async () => {
    const endpoint = await listen(() => {});
    const w = await world({ config: configFor(endpoint) });
    const before = performance.now();
    const [outcome] = await collect(w, ["orders"]);
    expect(performance.now() - before).toBeLessThan(800);
    expect(Object.keys(outcome?.collected.errors ?? {})).toEqual(["health", "performance", "data_processing"]);
    expect(exposed(w, FAILED)).toEqual([`${FAILED} 3`]);
  });

  it("a service that is down has every endpoint named, and what is measured of it is still told", async () => {
    const w = await world({ config: configFor("http://127.0.0.1:9") });
    w.measure("orders", { cpu: 61 });
    const [outcome] = await collect(w, ["orders"]);
    expect(outcome?.collected.errors?.health).toBe("nothing listens there");
    expect(outcome?.collected.metrics).toEqual({ resources: { cpu: 61 } });
  });

  it("resources that cannot be read are a failed part; one figure of two is told with a note", async () => {
    const w = await world({ config: configFor(await listen(json(GOOD))) });
    w.samples.unreachable(true);
    const [outcome] = await collect(w, ["orders"]);
    expect(outcome?.collected.errors).toEqual({ resources: "the measurements cannot be read" });
    w.samples.unreachable(false);
    w.measure("orders", { cpu: 61 });
    w.samples.failing("memory", true);
    const [second] = await collect(w, ["orders"]);
    expect(second?.collected.metrics.resources).toEqual({ cpu: 61 });
    expect(second?.collected.notes).toEqual(["resources.memory: memory cannot be read"]);
  });

  it("the schedule collects what is due by its `every`, a request by name at once", async () => {
    const w = await world({ config: configFor(await listen(json(GOOD))) });
    expect(await collect(w)).toHaveLength(1);
    expect(await collect(w)).toHaveLength(0);
    expect(await collect(w, ["orders"])).toHaveLength(1);
    w.clock.advance(MINUTE);
    expect(await collect(w)).toHaveLength(1);
    expect(exposed(w, "data_processing_records_total")[0]).toMatch(/ 1000$/);
  });

  it("rules on metric paths are decided on what was collected; a figure that is missing fires nothing", async () => {
    const alerts = `alerts: { slow: { condition: { metric_path: performance.avg_response_time, threshold: 0.2 } },
        gone: { condition: { metric_path: performance.no_such_member, operator: "<", threshold: 5 } } }`;
    const config = configFor(await listen(json(GOOD))).replace("every: 1m } }", `every: 1m }, ${alerts} }`);
    const w = await world({ config });
    await collect(w);
    const { items } = await w.journal.list({ tenant: "default", noun: "monitoring" });
    const fired = items.filter((one) => one.reason === "fired");
    expect(fired.map((one) => one.subject)).toEqual([expect.stringContaining("slow")]);
  });

  it("a local service needs no endpoint: its first ready instance is asked, the same one while it lives", async () => {
    const endpoint = await listen(json(GOOD));
    const w = await world({ config: configFor("http://127.0.0.1:9").replace(/endpoint: "[^"]+", /, "") });
    const [status] = (await w.runtime.fleet.describe([{ name: "orders" }])).values();
    const instance = { state: "running" as const, ready: true };
    const instances = [
      { ...instance, id: "b", address: "http://127.0.0.1:9" },
      { ...instance, id: "a", address: endpoint },
      { ...instance, id: "0", address: "http://127.0.0.1:9", ready: false },
    ];
    if (!status) throw new Error("the fleet knows orders");
    const describe = async () => new Map([["orders", { ...status, instances }]]);
    const fleet = { ...w.runtime.fleet, describe };
    const [outcome] = await collectServices(
      { ...w.runtime, fleet },
      { tenant: "default", services: ["orders"], trigger },
    );
    expect(outcome?.collected.endpoint).toBe(endpoint);
    expect(outcome?.collected.errors).toBeUndefined();
  });

  it("a fleet that hangs costs its time limit, and the resources are told all the same", async () => {
    const w = await world({ config: configFor("http://127.0.0.1:9").replace(/endpoint: "[^"]+", /, "") });
    w.measure("orders", { cpu: 61 });
    const fleet = { ...w.runtime.fleet, describe: () => new Promise<never>(() => {}) };
    const [outcome] = await collectServices(
      { ...w.runtime, fleet },
      { tenant: "default", services: ["orders"], trigger },
    );
    expect(outcome?.collected.errors?.health).toBe("no answer within 300 ms");
    expect(outcome?.collected.metrics.resources).toEqual({ cpu: 61 });
  });

  it.each([
    ["on this machine, from its limit", 'run: { command: ["x"], memoryLimitMb: 512 }', { memory: 50 }, 256],
    [
      "on ECS, from Container Insights",
      "ecs: { cluster: data, service: orders }",
      { "custom:MemoryUtilized": 300 },
      300,
    ],
  ])("memory in bytes is known %s", async (_, runs, measured, megabytes) => {
    const config = configFor(await listen(json(GOOD))).replace(/ecs: \{[^}]+\}/, runs);
    const w = await world({ config });
    w.measure("orders", measured as Record<string, number>);
    const [outcome] = await collect(w, ["orders"]);
    expect(outcome?.collected.metrics.resources).toMatchObject({ memory_bytes: megabytes * 1024 * 1024 });
    expect(exposed(w, "data_service_memory_usage_bytes")).toEqual([
      `data_service_memory_usage_bytes{container_id="all",service_name="orders"} ${megabytes * 1024 * 1024}`,
    ]);
  });

  it("two at once count what has grown once", async () => {
    const w = await world({ config: configFor(await listen(json(GOOD))) });
    await Promise.all([collect(w, ["orders"]), collect(w, ["orders"])]);
    expect(exposed(w, "data_processing_records_total")[0]).toMatch(/ 1000$/);
  });

  it("a store that does not answer loses the keeping, not the answer", async () => {
    const w = await world({ config: configFor(await listen(json(GOOD))) });
    const write = w.runtime.store.write;
    Object.assign(w.runtime.store, { write: () => Promise.reject(new Error("store away")) });
    const [outcome] = await collect(w, ["orders"]);
    expect(outcome?.error?.message).toBe("store away");
    expect(outcome?.collected.metrics.health).toEqual(GOOD["/health"]);
    Object.assign(w.runtime.store, { write });
  });

  it("unknown names are left out; a service without an endpoint says so", async () => {
    const w = await world();
    expect(await collect(w, ["nobody"])).toEqual([]);
    const [outcome] = await collect(w, ["orders"]);
    expect(outcome?.collected.endpoint).toBeUndefined();
    expect(outcome?.collected.errors?.health).toBe("no endpoint is configured");
  });

  it("nothing but the configured address is asked, whatever the path says", async () => {
    let asked = 0;
    const other = await listen((_, response) => {
      asked++;
      response.end("{}");
    });
    const endpoint = await listen(json(GOOD));
    const host = new URL(other).host;
    for (const path of [`//${host}/health`, `/\\\\${host}/health`, `/@${host}/`]) {
      const config = configFor(endpoint).replace("timeout: 300ms", `timeout: 300ms, health: ${JSON.stringify(path)}`);
      const [outcome] = await collect(await world({ config }), ["orders"]);
      expect(outcome?.collected.errors?.health).toBeDefined();
    }
    expect(asked).toBe(0);
  });

  it("a deployed control plane does not ask its own machine", async () => {
    const w = await world({ config: configFor(await listen(json(GOOD))) });
    const [outcome] = await collectServices(
      { ...w.runtime, stage: "prod" },
      { tenant: "default", services: ["orders"], trigger },
    );
    expect(outcome?.collected.errors?.health).toBe("127.0.0.1 is this machine itself, which is not asked");
  });
});

describe("addresses", () => {
  it.each(["169.254.169.254", "169.254.170.2", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254"])(
    "%s is never asked",
    async (address) => {
      expect(refused(address, true)).toMatch(/link-local|metadata/);
      const url = new URL(`http://${address.includes(":") ? `[${address}]` : address}/latest`);
      expect(await limitedGet(url, { timeoutMs: 1000, maxBytes: 100, loopback: true })).toMatchObject({ ok: false });
    },
  );

  it.each([
    ["fd00:ec2::23", "EKS's credentials"],
    ["64:ff9b::a9fe:a9fe", "behind NAT64"],
    ["64:ff9b:1::a9fe:a9fe", "behind a NAT64 of one's own"],
    ["::a9fe:a9fe", "IPv4-compatible"],
    ["::ffff:0:a9fe:a9fe", "translated"],
    ["2002:a9fe:a9fe::1", "6to4"],
    ["fe80::1%eth0", "with a zone"],
    ["224.0.0.1", "many at once"],
  ])("nor is %s, which is %s", (address) => {
    expect(refused(address, true)).toMatch(/never asked/);
  });

  it.each([
    ["http://2852039166/", "decimal"],
    ["http://0xa9.0376.43518/", "hexadecimal, octal and short"],
    ["http://169.254.169.254./", "with a dot at its end"],
    ["http://\uff11\uff16\uff19\u3002254.169.254/", "in wide digits"],
  ])("the metadata address, written %s (%s), is itself", async (address) => {
    const got = await limitedGet(new URL(address), { timeoutMs: 1000, maxBytes: 100, loopback: true });
    expect(got).toEqual({ ok: false, why: expect.stringMatching(/never asked/) });
  });

  it.each(["127.0.0.1", "::1", "0.0.0.0", "127.8.8.8", "::ffff:127.0.0.1", "::", "::7f00:1", "64:ff9b::7f00:1"])(
    "%s is this machine: asked locally, never when deployed",
    (address) => {
      expect(refused(address, true)).toBeUndefined();
      expect(refused(address, false)).toMatch(/this machine/);
    },
  );

  it("a name that leads to this machine is refused as well", async () => {
    const got = await limitedGet(new URL("http://localhost:9/"), { timeoutMs: 1000, maxBytes: 100, loopback: false });
    expect(got).toEqual({ ok: false, why: expect.stringMatching(/is this machine itself/) });
  });

  it.each(["10.0.0.8", "192.0.2.1", "2001:db8::1"])("%s may be asked", (address) => {
    expect(refused(address, false)).toBeUndefined();
  });
});
