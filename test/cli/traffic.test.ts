import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../api/kit.ts";
import { headgate } from "./kit.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-traffic-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};
const ten = () =>
  file("ten.json", JSON.stringify(Array.from({ length: 10 }, (_, index) => `10.0.0.${index + 1}:8080`)));
const answered = async (...args: readonly string[]): Promise<Answer> => {
  const ran = await headgate(["traffic", ...args, "--json"]);
  expect(ran.stderr).toBe("");
  return JSON.parse(ran.stdout);
};

describe("traffic pick", () => {
  it("tells the pick and why, for people and machines", async () => {
    const hosts = file(
      "hosts.yaml",
      "hosts:\n  - a:80\n  - { host: b, port: 80, current_connections: 9 }\n  - { host: c, port: 80, draining: true }\n",
    );
    const told = await answered("pick", "--hosts", hosts, "--policy", "least-connections", "--set", "choices=all");
    expect(told).toMatchObject({ policy: "least_connections", host: "a:80", index: 0, reason: "picked", panic: false });
    expect(told.why.candidates.map((one: Answer) => one.excluded ?? "")).toEqual(["", "", "draining"]);
    const text = await headgate(["traffic", "pick", "--hosts", hosts, "--policy", "least_connections"]);
    expect(text.stdout).toMatch(/^a:80\n/);
    expect(text.stdout).toMatch(/\nc:80 +draining/);
  });

  it("the index is that of the file, whatever the order of the names", async () => {
    const hosts = file("order.json", '["b:80","a:80","c:80"]');
    const told = await answered("pick", "--hosts", hosts, "--policy", "round_robin", "--count", "4");
    expect(told).toMatchObject({ host: "b:80", index: 0, sequence: ["b:80", "a:80", "c:80", "b:80"] });
  });

  it("YAML may say once what several hosts share", async () => {
    const hosts = file("merged.yaml", "one: &one { host: a, port: 81 }\nhosts: [*one, { <<: *one, host: b }]\n");
    const told = await answered("pick", "--hosts", hosts, "--policy", "round_robin", "--count", "2");
    expect(told.sequence).toEqual(["a:81", "b:81"]);
  });

  it("nobody well is nobody to pick, and to replay for: exit 1; a panic has to be asked for, and is told", async () => {
    const hosts = file("down.json", '[{"host":"a:80","healthy":false},{"host":"b:80","healthy":false}]');
    const requests = file("two.csv", "timestamp,ms,key\n1700000000,5,a\n1700000001,6,b\n");
    const commands = [
      ["pick", "--hosts", hosts, "--policy", "rr"],
      ["simulate", "--hosts", hosts, "--policy", "rr", "--requests", "10"],
      ["replay", "--hosts", hosts, "--policies", "rr", "--requests", requests],
    ];
    for (const args of commands) {
      expect((await headgate(["traffic", ...args, "--json"])).status, args[0]).toBe(1);
      const panic = await headgate(["traffic", ...args, "--set", "panic=50"]);
      expect(panic.status, args[0]).toBe(0);
      expect(panic.stdout + panic.stderr, args[0]).toContain("panic");
    }
  });

  it("smooth weighted round robin of 5, 1, 1 is a a b a c a a", async () => {
    const hosts = file("weights.csv", "host,weight\na,5\nb,1\nc,1\n");
    const told = await answered("pick", "--hosts", hosts, "--policy", "weighted_round_robin", "--count", "7");
    expect(told.sequence).toEqual(["a", "a", "b", "a", "c", "a", "a"]);
  });

  it("a key is the same as text, as hexadecimal and as a file, and may be any bytes", async () => {
    const pick = (...key: readonly string[]) => answered("pick", "--hosts", ten(), "--policy", "maglev", ...key);
    const { host } = await pick("--key", "user-ü");
    expect((await pick("--key-hex", Buffer.from("user-ü").toString("hex"))).host).toBe(host);
    expect((await pick("--key-file", file("key.bin", Buffer.from("user-ü")))).host).toBe(host);
    const bytes = file("bytes.bin", Uint8Array.of(0xff, 0x00, 0xfe, 0x80));
    expect((await pick("--key-file", bytes)).host).toBe((await pick("--key-hex", "ff00fe80")).host);
  });

  it("states that the file does not have are said on the command line", async () => {
    const states = "10.0.0.1:8080=draining,10.0.0.2:8080=unhealthy";
    const told = await answered("pick", "--hosts", ten(), "--policy", "rr", "--state", states);
    expect(told).toMatchObject({ index: 2 });
    const none = await headgate(["traffic", "pick", "--hosts", ten(), "--state", "draining", "--json"]);
    expect(none.status).toBe(1);
    expect(JSON.parse(none.stdout)).toMatchObject({ host: null, index: null, reason: "all_draining" });
  });

  it("no backends exit 1 and name the service", async () => {
    const hosts = file("none.yaml", "traffic: { orders: { balance: maglev } }\n");
    const ran = await headgate(["traffic", "pick", "--hosts", hosts, "--service", "orders", "--json"]);
    expect(ran.status).toBe(1);
    expect(JSON.parse(ran.stdout).error).toMatchObject({ code: "backend.none" });
    expect(ran.stderr).toContain("orders");
    expect((await headgate(["traffic", "simulate", "--hosts", "-"], { stdin: "[]" })).status).toBe(1);
  });

  it("faults of a hosts file have path, place, value and what is allowed, and exit 2", async () => {
    const hosts = file(
      "bad.yaml",
      "hosts:\n  - a:80\n  - { host: b, port: 80, weight: 0 }\n  - a:80\n  - { host: c, latency: .nan }\n",
    );
    const ran = await headgate(["traffic", "pick", "--hosts", hosts, "--json"]);
    expect(ran.status).toBe(2);
    expect(JSON.parse(ran.stdout).error).toMatchObject({
      code: "input.invalid",
      faults: [
        { path: "hosts[1].weight", line: 3, value: "0", allowed: "number greater than 0" },
        { path: "hosts[2]", line: 4, value: '"a:80"', allowed: "each backend once" },
        { path: "hosts[3].latency", line: 5, value: "NaN" },
      ],
    });
    const rows = file("bad.csv", "# fleet\nhost,port,weight\na,80,1\n\nb,80,-1\n");
    const table = await headgate(["traffic", "pick", "--hosts", rows]);
    expect(table.stderr).toContain(
      `${rows}:5:1 [1].weight: is out of range (found "-1"; allowed: number greater than 0)`,
    );
  });

  it.each([
    [["--policy", "best"], '--policy "best" is none of round_robin,'],
    [["--count", "0"], '--count "0" is no whole number 1..1000000'],
    [["--key-hex", "abc"], "--key-hex is no hexadecimal text"],
    [["--key", "a", "--key-hex", "00"], "one of --key, --key-hex and --key-file"],
    [["--set", "choices"], '--set "choices" is no KEY=VALUE'],
    [["--state", "nobody=open"], '--state names "nobody", which is no host of the file'],
    [["--unit", "min"], "--unit min is not ms or s"],
  ])("%j is refused with the reason", async (args, message) => {
    const ran = await headgate(["traffic", "pick", "--hosts", ten(), ...args]);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain(`headgate: ${message}`);
  });

  it("settings that are wrong are named with what is allowed", async () => {
    const ran = await headgate(["traffic", "pick", "--hosts", ten(), "--policy", "maglev", "--table-size", "65536"]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain("tableSize: must be prime (found 65536; allowed: a prime)");
  });
});

describe("traffic simulate", () => {
  const FIELDS = [
    "policy",
    "requests",
    "p50",
    "p99",
    "share",
    "cv",
    "maxOverMean",
    "movedOnRemovePct",
    "movedOnAddPct",
    "nsPerPick",
  ];

  it("answers exactly its fields", async () => {
    const told = await answered(
      "simulate",
      "--hosts",
      ten(),
      "--policy",
      "maglev",
      "--requests",
      "2000",
      "--keys",
      "20000",
    );
    expect(Object.keys(told)).toEqual(FIELDS);
    expect(told).toMatchObject({ policy: "maglev", requests: 2000 });
    expect(Object.keys(told.share)).toHaveLength(10);
    expect(told.movedOnRemovePct).toBeGreaterThan(9);
    expect(told.nsPerPick).toBeGreaterThan(0);
    const turns = await answered("simulate", "--hosts", ten(), "--policy", "round-robin", "--requests", "2000");
    expect(Object.keys(turns)).toEqual(FIELDS);
    expect(turns).toMatchObject({ cv: 0, maxOverMean: 1, movedOnRemovePct: null, movedOnAddPct: null });
  });

  it("several policies are a list and a table", async () => {
    const args = ["simulate", "--hosts", ten(), "--policy", "rr,p2c", "--requests", "1000", "--load", "0.5"];
    const told = await answered(...args);
    expect(told.map((one: Answer) => one.policy)).toEqual(["round_robin", "power_of_two"]);
    const text = await headgate(["traffic", ...args]);
    expect(text.stdout).toMatch(/^POLICY +P50 +P99 .*\nround_robin .*\npower_of_two .*\ntimes in mean service times/);
  });

  it("says when queues grow without end, and when there is nobody to send to", async () => {
    const slow = file("slow.json", '[{"host":"a","slow":9},"b"]');
    const ran = await headgate(["traffic", "simulate", "--hosts", slow, "--policy", "rr", "--requests", "9000"]);
    expect(ran.stdout).toContain("(diverges)");
    expect(ran.stderr).toMatch(/round_robin: queues grew to the end/);
    const out = file("out.json", '[{"host":"a","draining":true}]');
    const none = await headgate(["traffic", "simulate", "--hosts", out, "--policy", "rr", "--requests", "10"]);
    expect(none.status).toBe(1);
    expect(none.stderr).toContain("there was no host for 10 requests");
  });
});

describe("traffic replay", () => {
  const log = () =>
    file(
      "access.ndjson",
      Array.from({ length: 600 }, (_, index) =>
        JSON.stringify({
          at: 1_700_000_000_000 + index * 20,
          ms: index % 2 ? 10 : 50,
          backend: index % 2 ? "a:80" : "b:80",
          key: `k${index % 7}`,
        }),
      ).join("\n"),
    );
  const two = () => file("two.json", '["a:80","b:80"]');

  it("plays recorded requests through every policy and recommends one", async () => {
    const told = await answered("replay", "--requests", log(), "--hosts", two());
    expect(told).toMatchObject({ requests: 600, keys: 7, recorded: { p50: 10, p99: 50 } });
    expect(told.policies).toHaveLength(11);
    expect(told.recommendation).toContain(told.recommended);
    const text = await headgate([
      "traffic",
      "replay",
      "--requests",
      log(),
      "--hosts",
      two(),
      "--policies",
      "lrt",
      "--current",
      "rr",
    ]);
    expect(text.stdout).toMatch(/\nrecorded .*\nround_robin .*\nleast_response_time .*\n.+ (against|with) round_robin/);
  });

  it("lines that cannot be read are named and left out; a file without requests exits 2", async () => {
    const rows = file(
      "rows.csv",
      "timestamp,ms,key,tags\n2023-11-14T22:13:20Z,5,a,x\nnever,5,b,\n2023-11-14T22:13:21Z,7,c,\n",
    );
    const ran = await headgate([
      "traffic",
      "replay",
      "--requests",
      rows,
      "--hosts",
      two(),
      "--policies",
      "rr",
      "--json",
    ]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ requests: 2, recorded: { p99: 7 } });
    expect(ran.stderr).toMatch(/^line 3: at wrong type or value \(found "never"; .*\); left out\n$/);
    const none = await headgate(["traffic", "replay", "--requests", file("no.csv", "a,b\n"), "--hosts", two()]);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("has no request that can be read");
  });

  it("counts per period become requests that keep the hosts as busy as is said", async () => {
    const counts = file(
      "counts.csv",
      "timestamp,value\n2023-11-14T22:13:00Z,600\n2023-11-14T22:14:00Z,1200\n2023-11-14T22:15:00Z,300\n",
    );
    const told = await answered(
      "replay",
      "--requests",
      counts,
      "--hosts",
      two(),
      "--policies",
      "rr,lrt",
      "--most",
      "1050",
    );
    expect(told).toMatchObject({ requests: 1050, keys: 0, recorded: null });
    // At the peak 20 a second for two hosts that are busy for 80 %: 80 ms of service each.
    expect(told.policies[0].p50).toBeGreaterThan(50);
    expect(told.policies[0].p50).toBeLessThan(400);
  });
});
