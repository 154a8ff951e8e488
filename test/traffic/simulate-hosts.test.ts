import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHosts } from "../../shared/core/traffic/simulate/hosts-read.ts";
import { documentIn } from "../../shared/core/traffic/simulate/hosts-text.ts";

const ids = (value: unknown, service?: string): readonly string[] => {
  const read = readHosts(value, service === undefined ? {} : { service });
  expect(read.faults).toEqual([]);
  return read.hosts.map((one) => one.host.backend.id);
};
const faultsOf = (value: unknown) =>
  readHosts(value).faults.map(({ path, message, value: found }) => [path.join("."), message, found]);

describe("shapes", () => {
  it.each<[string, unknown]>([
    ["a list of texts", ["a:1", "b:2"]],
    [
      "maps",
      [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
    ],
    ["ports as text", [{ host: "a", port: "1" }, { address: "b:2" }]],
    ["hosts", { hosts: ["a:1", "b:2"] }],
    ["backends", { service: "orders", backends: [{ ip: "a", port: 1 }, "b:2"] }],
    ["URLs", ["http://a:1/health", "https://b:2"]],
    ["by id", { "a:1": { weight: 2 }, "b:2": {} }],
    ["under hosts by id", { hosts: { "a:1": { weight: 2 }, "b:2": {} } }],
    ["lines", "a:1\nb:2"],
    ["the configuration's only service", { version: 1, traffic: { orders: { backends: ["a:1", "b:2"] } } }],
  ])("%s", (_, value) => {
    expect(ids(value)).toEqual(["a:1", "b:2"]);
  });

  it("of several services the one that is named", () => {
    const traffic = { orders: { backends: ["a:1"] }, search: { backends: ["b:2"] }, idle: {} };
    expect(ids({ traffic }, "search")).toEqual(["b:2"]);
    expect(ids({ traffic }, "idle")).toEqual([]);
    expect(readHosts({ traffic }).faults[0]).toMatchObject({ path: ["traffic"], allowed: "orders, search, idle" });
    expect(readHosts({ traffic }, { service: "x" }).faults[0]?.message).toBe("has no such service");
  });

  it("the platform's names, and those of others, in any spelling", () => {
    const [one] = readHosts([
      {
        name: "n",
        host: "a",
        port: 80,
        max_connections: 50,
        current_connections: 7,
        "Data-Affinity-Tags": "x, y",
        dataProcessingCapacity: 500,
        response_times: [10, "20"],
        healthy: "DOWN",
        circuit_breaker: { state: "half_open" },
        zone: "eu-1a",
      },
    ]).hosts;
    expect(one).toMatchObject({
      active: 7,
      responsesMs: [10, 20],
      host: {
        healthy: false,
        open: true,
        backend: { id: "n", host: "a", port: 80, maxConnections: 50, tags: ["x", "y"], capacity: 500, zone: "eu-1a" },
      },
    });
  });

  it("response times are in the unit that the name or the reading says, and a mean of 0.0 is none", () => {
    const of = (host: object, unit: "ms" | "s" = "ms") =>
      readHosts([{ host: "a", ...host }], { unit }).hosts[0]?.responsesMs;
    expect(of({ avg_response_time: 4 })).toEqual([4]);
    expect(of({ avg_response_time: 4 }, "s")).toEqual([4000]);
    expect(of({ avg_response_time_ms: 4 }, "s")).toEqual([4]);
    expect(of({ latencySeconds: 0.25 })).toEqual([250]);
    expect(of({ latency_s: 0.25 })).toEqual([250]);
    expect(of({ avg_response_time: 0.0 })).toEqual([]);
  });

  it("keys that nobody knows are passed over and named", () => {
    expect(readHosts([{ host: "a", colour: "red" }])).toMatchObject({ faults: [], unknown: ["colour"] });
  });
});

describe("bad input", () => {
  it.each<[string, object, string, string]>([
    ["weight 0", { weight: 0 }, "0.weight", "is out of range"],
    ["a negative weight", { weight: -1 }, "0.weight", "is out of range"],
    ["a weight that is text", { weight: "heavy" }, "0.weight", "is no number"],
    ["a response time that is NaN", { response_times: [1, Number.NaN] }, "0.response_times.1", "is no number"],
    ["NaN as Python writes it", { avg_response_time: "NaN" }, "0.avg_response_time", "is no number"],
    ["an endless response time", { latency: Number.POSITIVE_INFINITY }, "0.latency", "is out of range"],
    ["port 0", { port: 0 }, "0.port", "is out of range"],
    ["port 70000", { port: 70_000 }, "0.port", "is out of range"],
    ["connections below 0", { current_connections: -1 }, "0.current_connections", "is out of range"],
    ["a state that is none", { healthy: "maybe" }, "0.healthy", "is neither yes nor no"],
  ])("%s is named with its place", (_, host, path, message) => {
    const [fault] = readHosts([{ host: "a", ...host }]).faults;
    expect([fault?.path.join("."), fault?.message]).toEqual([path, message]);
    expect(fault?.allowed).toBeTypeOf("string");
  });

  it("a backend that is there twice is named where it stands the second time", () => {
    expect(faultsOf(["a:1", "b:2", { host: "a", port: 1 }])).toEqual([["2", "is there twice", '"a:1"']]);
  });

  it("what is no list of hosts says what is", () => {
    expect(readHosts(42).faults[0]?.allowed).toContain("a list of hosts");
    expect(readHosts({ a: 1 }).faults).toHaveLength(1);
    expect(faultsOf([null, 7])).toHaveLength(2);
  });

  it("10,000 hosts are read, and 10,000 faults are counted and not all told", () => {
    expect(ids(Array.from({ length: 10_000 }, (_, index) => `h${index}:80`))).toHaveLength(10_000);
    const faults = readHosts(Array.from({ length: 10_000 }, (_, index) => ({ host: `h${index}`, weight: 0 }))).faults;
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)?.message).toBe("and 9950 more faults");
  });

  it("anything that JSON can hold is read without throwing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = readHosts(value);
        for (const { host } of read.hosts) expect(host.backend.weight).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("texts", () => {
  const noYaml = () => ({ ok: false, line: 1, message: "is no YAML" }) as const;
  const value = (text: string): unknown => {
    const read = documentIn(text, noYaml);
    if (!read.ok) throw new Error(read.message);
    return read.value;
  };

  it("JSON, JSON lines, CSV with and without a header are told apart by their content", () => {
    const wanted = ["a:1", "b:2"];
    expect(ids(value('["a:1","b:2"]'))).toEqual(wanted);
    expect(ids(value('{"host":"a","port":1}\n\n{"host":"b","port":2}\n'))).toEqual(wanted);
    expect(ids(value('host,port,weight\na,1,2\r\n"b",2,\n'))).toEqual(wanted);
    expect(ids(value("# fleet\na,1,2\nb,2,3\n"))).toEqual(wanted);
    expect(readHosts(value("a:1,5\nb:2,6")).hosts.map((one) => one.host.backend.weight)).toEqual([5, 6]);
    expect(value("\uFEFF[]")).toEqual([]);
    expect(value(" \n")).toEqual([]);
  });

  it("a line that is no JSON, or a row with a column too many, is named", () => {
    expect(documentIn('{"host":"a"}\n{"host":\n', noYaml)).toMatchObject({ ok: false, line: 2 });
    expect(documentIn("host,port\na,1,2\n", noYaml)).toMatchObject({ ok: false, line: 2 });
    expect(documentIn('host,port\n"a,1\n', noYaml)).toMatchObject({ ok: false, line: 2 });
  });
});

it("a weight whose sums would be no numbers is refused", () => {
  const { faults } = readHosts([
    { host: "a", weight: 1e308 },
    { host: "b", weight: 1e9 },
  ]);
  expect(faults).toEqual([
    { path: [0, "weight"], message: "is out of range", value: "1e+308", allowed: "number up to 1000000000" },
  ]);
});
