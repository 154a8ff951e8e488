import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { groups } from "../../cli/groups.ts";
import { createApp } from "../../functions/api/app.ts";
import { readConfigFile } from "../../local/config-file.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { type Answer, CONFIG, type World, world } from "../api/kit.ts";
import { startDynalite } from "../contract/dynalite.ts";
import { BIN, headgate, listen, type RunOptions, spawned } from "./kit.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-cli-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
const trace = (count = 300): string =>
  `timestamp,value\n${Array.from({ length: count }, (_, i) => `${1_700_000_000 + i * 60},${100 + (i % 60)}`).join("\n")}\n`;

/** The one JSON document that standard output is; throws if there is anything beside it. */
const document = (stdout: string): Answer => JSON.parse(stdout);

describe("without a server", () => {
  it("--help names every command, and each verb has an example that parses", async () => {
    const { parse } = await import("../../cli/parse.ts");
    const help = await headgate(["--help"]);
    expect(help.status).toBe(0);
    expect(help.stderr).toBe("");
    for (const group of groups) {
      expect(help.stdout).toContain(group.name);
      for (const verb of group.verbs) {
        const words =
          (verb.example.split(" > ")[0] as string).match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [];
        expect(words[0]).toBe("headgate");
        expect(parse(words.slice(1), groups)).toMatchObject({
          kind: "run",
          group: { name: group.name },
          verb: { name: verb.name },
        });
      }
    }
  });

  it.each([
    [["decsions"], 'unknown command "decsions"; did you mean "decisions"?'],
    [["decisions", "lst"], 'unknown verb "lst" of decisions; did you mean "list"?'],
    [["decisions"], "decisions needs a verb: list, show, explain, replay"],
    [["decisions", "list", "--limt", "5"], "unknown option --limt; did you mean --limit?"],
    [["decisions", "list", "--limit"], "--limit needs a value: N"],
    [["decisions", "list", "--limit", "--acted"], "--limit needs a value: N"],
    [["decisions", "list", "--limit", "9999"], "--limit 9999 is not between 1 and 500"],
    [["decisions", "list", "--acted=yes"], "--acted takes no value"],
    [["decisions", "show"], "ID is missing"],
    [["decisions", "show", "a", "b"], '"b" is one argument too many'],
    [["decisions", "replay"], "name one of ID, --all and --file FILE"],
    [["autoscaling", "pause", "orders"], "--why TEXT is missing"],
    [
      ["autoscaling", "override", "orders", "--desired", "many", "--for", "1h", "--why", "x"],
      "--desired many is no count",
    ],
    [
      ["keys", "create", "--name", "ci", "--scope", "root"],
      "--scope root is not read, operate, admin, alerts:post, silences:write or flags:evaluate",
    ],
    [["start", "--prot", "1"], "unknown option --prot; did you mean --port?"],
  ])("%j exits 2 and says what was meant", async (args, message) => {
    const ran = await headgate(args);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain(`headgate: ${message}`);
    expect(ran.stderr).toMatch(/\n {2}see headgate .*--help\n$/);
  });

  it("a server that is not there is said, with how to start one; --json still is one document", async () => {
    const url = "http://127.0.0.1:1";
    const plain = await headgate(["services", "list", "--url", url]);
    expect(plain).toMatchObject({ status: 2, stdout: "" });
    expect(plain.stderr).toMatch(/^headgate: no answer from http:\/\/127\.0\.0\.1:1 \(.*\)\n$/);
    const json = await headgate(["services", "list", "--json", "--debug", "--url", url]);
    expect(json.status).toBe(2);
    expect(document(json.stdout).error.code).toBe("unreachable");
    expect(json.stderr, "--debug shows where").toMatch(/\n {4}at /);
  });

  it("config check names place, value and allowed range of every fault and exits 2", async () => {
    const bad = file(
      "bad.yaml",
      CONFIG.replace("min: 2, max: 10", "min: 2, maxx: 10").replace("mode: recommend", "mode: guess"),
    );
    const ran = await headgate(["config", "check", bad]);
    expect(ran.status).toBe(2);
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toContain(`${bad}:7:21 autoscaling.orders.maxx: unknown key "maxx"`);
    expect(ran.stderr).toMatch(/:8:\d+ autoscaling\.search\.mode: .*"guess".*allowed: .*recommend/);
    const json = await headgate(["config", "check", bad, "--json"]);
    expect(json.status).toBe(2);
    expect(document(json.stdout)).toMatchObject({
      ok: false,
      faults: [
        { path: "autoscaling.orders.maxx", line: 7 },
        { path: "autoscaling.search.mode", line: 8 },
      ],
    });
    const good = await headgate(["config", "check", file("good.yaml", CONFIG), "--json"]);
    expect(good.status).toBe(0);
    expect(document(good.stdout)).toMatchObject({ ok: true, faults: [] });
  });

  it("faults of a file that a configuration names have that file's place, seen from here", async () => {
    const prometheus = file("prometheus.yml", "global: { scrape_intervall: 15s }\n");
    const config = file("watching.yaml", `${CONFIG}\nmonitoring: { scrape: prometheus.yml }\n`);
    const ran = await headgate(["config", "check", config]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(`${prometheus}:1:11 global.scrape_intervall: unknown key`);
    expect(() => readConfigFile(config)).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ file: prometheus, line: 1, column: 11 })] }),
    );
  });

  it.each([
    ["a missing file", () => join(dir, "none.yaml"), "does not exist"],
    ["a folder", () => dir, "is a folder"],
    ["10 MB", () => file("big.yaml", "#".repeat(10_000_000)), "10000000 bytes"],
    ["no text", () => file("binary.yaml", ""), ""],
  ])("config check of %s exits 2 and says so", async (_, path, message) => {
    const target = path();
    if (message === "") writeFileSync(target, new Uint8Array([0xff, 0xfe, 0x00, 0xff]));
    const ran = await headgate(["config", "check", target]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(message === "" ? "is not UTF-8 text" : message);
    expect(ran.stderr).not.toMatch(/\n {4}at /);
  });

  it("config schema prints JSON Schema, and nothing else", async () => {
    const ran = await headgate(["config", "schema"]);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(document(ran.stdout).properties).toHaveProperty("autoscaling");
  });

  it("backtest prints the agreed fields, for a name and for a file", async () => {
    const csv = file("trace.csv", trace());
    const fields = [
      "policy",
      "minutes",
      "violationMinutes",
      "taskHours",
      "oracleTaskHours",
      "costRatio",
      "j",
      "worstWaitSeconds",
      "actionsPerDay",
      "elapsedMs",
    ];
    const named = await headgate(["autoscaling", "backtest", "--trace", csv, "--policy", "hpa-cpu70", "--json"]);
    expect(named.status).toBe(0);
    expect(Object.keys(document(named.stdout))).toEqual(fields);
    expect(document(named.stdout).policy).toBe("hpa-cpu70");
    const policy = file("policy.yaml", "type: target-tracking\ntarget: 65\n");
    const own = await headgate(["autoscaling", "backtest", "--trace", csv, "--policy", policy]);
    expect(own.status).toBe(0);
    expect(own.stdout).toMatch(/^policy: +.*policy\.yaml\nminutes: +\d+\n/);
  });

  it("backtest names row and column of a bad trace, a policy that is none, and exits 2", async () => {
    const csv = file("gaps.csv", trace().replace("1700000060,101", "1700000060,lots"));
    const ran = await headgate(["autoscaling", "backtest", "--trace", csv, "--policy", "hpa-cpu70", "--json"]);
    expect(ran.status).toBe(2);
    expect(document(ran.stdout).error).toMatchObject({ code: "trace.invalid", faults: [{ line: 3 }] });
    const wrong = await headgate(["autoscaling", "backtest", "--trace", csv, "--policy", "hpa-cpu7"]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("hpa-cpu70");
  });

  it("replay of a file exits 0 when all is as recorded, 1 on any difference, 2 when it holds no records", async () => {
    const w = await world();
    w.measure("orders", { cpu: 90, memory: 50 });
    await w.post("/api/v1/autoscaling/orders/evaluate");
    const [record] = (await w.journal.list({ tenant: "default" })).items as [DecisionRecord];
    const good = await headgate([
      "decisions",
      "replay",
      "--file",
      file("good.ndjson", `${JSON.stringify(record)}\n${JSON.stringify(record)}\n`),
      "--json",
    ]);
    expect(good.status, good.stderr).toBe(0);
    expect(document(good.stdout)).toEqual({ checked: 2, same: 2, skipped: 0, differences: [] });
    const bad = await headgate(["decisions", "replay", "--file", "-"], {
      stdin: JSON.stringify({ ...record, stateAfter: { v: 1 } }),
    });
    expect(bad.status).toBe(1);
    expect(bad.stdout).toMatch(/^0 of 1 decisions come out as recorded\n.*stateAfter\./);
    const none = await headgate([
      "decisions",
      "replay",
      "--file",
      file("none.ndjson", `${JSON.stringify(record)}\n{"a":1}\n`),
    ]);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("none.ndjson:2 is no decision record");
  });

  it("--version says the package's", async () => {
    const ran = await headgate(["--version"]);
    expect(ran.stdout).toMatch(/^headgate \d+\.\d+\.\d+\n$/);
  });
});

describe("with a server", () => {
  let w: World;
  let server: Awaited<ReturnType<typeof listen>>;
  beforeEach(async () => {
    w = await world();
    w.measure("orders", { cpu: 90, memory: 50, requests: 12.34 });
    server = await listen((request) => w.app.fetch(request));
  });
  afterEach(() => server.close());
  const run = (args: readonly string[], options: RunOptions = {}) =>
    headgate(args, { ...options, env: { HEADGATE_URL: server.url, ...options.env } });

  it("as a process: the answer alone on standard output, the exit status as said", async () => {
    const env = { HEADGATE_URL: server.url };
    const [good, no, wrong] = await Promise.all([
      spawned(["autoscaling", "evaluate", "orders", "--json"], { env }),
      spawned(["decisions", "replay", "--file", "-", "--json"], { env, stdin: "{}" }),
      spawned(["decisions", "lst"], { env }),
    ]);
    expect(good.stderr, "no warning of Node either").toBe("");
    expect(good.status).toBe(0);
    expect(document(good.stdout)).toMatchObject({ reason: "scaled_out" });
    expect(no.status).toBe(2);
    expect(document(no.stdout).error.code).toBe("input.invalid");
    expect(wrong).toEqual({
      status: 2,
      stdout: "",
      stderr: 'headgate: unknown verb "lst" of decisions; did you mean "list"?\n  see headgate decisions --help\n',
    });
  });

  it("evaluates, lists, explains, shows and replays a decision", async () => {
    const evaluated = await run(["autoscaling", "evaluate", "orders", "--json"]);
    expect(evaluated.status, evaluated.stderr).toBe(0);
    const { id, sentence } = document(evaluated.stdout).decision;
    const listed = await run(["decisions", "list", "--service", "orders", "--since", "1h", "--acted"]);
    expect(listed.stdout.split("\n")[0]).toMatch(/^AT +SUBJECT +REASON +ID +WHY$/);
    expect(listed.stdout).toContain(id);
    const explained = await run(["decisions", "explain", id]);
    expect(explained.stdout.split("\n")[0]).toBe(sentence);
    const shown = await run(["decisions", "show", id, "--json"]);
    expect(document(shown.stdout).decision.id).toBe(id);
    const replayed = await run(["decisions", "replay", "--all", "--json"]);
    expect(replayed.status).toBe(0);
    expect(document(replayed.stdout)).toEqual({ checked: 1, same: 1, skipped: 0, differences: [] });
  });

  it("exits 1 when a replay differs", async () => {
    await w.post("/api/v1/autoscaling/orders/evaluate");
    const [record] = (await w.journal.list({ tenant: "default" })).items as [DecisionRecord];
    await w.journal.append({ ...record, id: "dec_00000000000000000000000001", reason: "scaled_in" });
    const ran = await run(["decisions", "replay", "--all"]);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('reason: recorded "scaled_in", recomputed "scaled_out"');
  });

  it("shows services in a table, unknown values as such, and other people's text without its control characters", async () => {
    await w.post("/api/v1/autoscaling/orders/pause", { why: "\u001b[31mred\u001b[0m \u202egnp" });
    const listed = await run(["services", "list"]);
    expect(listed.stdout).toMatch(/^orders +ok +2\/2\/2 +2\.\.10 +90 +50 +12\.3 +paused$/m);
    expect(listed.stdout).toMatch(/^plain +ok +3\/3\/3 +- +\? +\? +\? +-$/m);
    const shown = await run(["services", "show", "orders"]);
    expect(shown.stdout).toContain("□[31mred□[0m □gnp");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(shown.stdout).not.toMatch(/[\u001b\u202e]/);
  });

  it("commands say what was done, once", async () => {
    const paused = await run([
      "autoscaling",
      "pause",
      "orders",
      "--why",
      "load test",
      "--by",
      "ada",
      "--for",
      "2h",
      "--direction",
      "in",
    ]);
    expect(paused.status, paused.stderr).toBe(0);
    expect(paused.stdout).toContain("ada");
    const overridden = await run([
      "autoscaling",
      "override",
      "orders",
      "--desired",
      "4",
      "--for",
      "1h",
      "--why",
      "launch",
      "--json",
    ]);
    expect(document(overridden.stdout).evaluation).toMatchObject({
      reason: "overridden",
      results: [{ status: "done" }],
    });
    expect(w.fleet.desired("orders")).toBe(4);
    const status = await run(["autoscaling", "status", "orders"]);
    expect(status.stdout).toMatch(/^ALARM +WHEN +STATE$/m);
    for (const verb of ["clear", "resume"])
      expect((await run(["autoscaling", verb, "orders", "--why", "over"])).status).toBe(0);
  });

  it("what the API refuses is told with its faults, and exits 2", async () => {
    const unknown = await run(["services", "show", "a/b c"]);
    expect(unknown).toMatchObject({ status: 2, stdout: "" });
    expect(unknown.stderr).toContain('no service "a/b c"');
    const bad = await run(["autoscaling", "pause", "orders", "--why", "x".repeat(5000), "--json"]);
    expect(bad.status).toBe(2);
    expect(document(bad.stdout).error).toMatchObject({ code: "input.invalid", faults: [{ path: "why" }] });
  });

  it("plans and applies a configuration; a bad one leaves the good one", async () => {
    const next = file("next.yaml", CONFIG.replace("max: 10", "max: 12"));
    const plan = await run(["config", "plan", next]);
    expect(plan.stdout).toContain("~ autoscaling.orders.max: 10 → 12");
    const applied = await run(["config", "apply", next, "--by", "ada"]);
    expect(applied.status, applied.stderr).toBe(0);
    expect(applied.stdout).toMatch(/cfg_\w+ is in force/);
    expect((await run(["config", "apply", file("worse.yaml", "version: 3")])).status).toBe(2);
    expect((await run(["config", "show"])).stdout).toContain("max: 12");
    expect((await run(["config", "apply", next, "--expected", "none"])).stderr).toContain("the plan was made against");
  });

  it("health exits 0 while all is well and 1 when something fails", async () => {
    expect(await run(["health"])).toMatchObject({ status: 0, stderr: "" });
    w.fleet.unreachable(true);
    const failing = await run(["health", "--json"]);
    expect(failing.status).toBe(1);
    expect(document(failing.stdout).status).toBe("fail");
  });

  it("an address that is not Headgate's is said to be so", async () => {
    const other = await listen(() => new Response("<html>hello</html>", { headers: { "content-type": "text/html" } }));
    const ran = await headgate(["services", "list", "--url", other.url]);
    await other.close();
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain("is not Headgate's");
  });
});

describe("with keys", () => {
  it("creates, uses, lists and revokes one", async () => {
    const w = await world({ access: "keys" });
    const server = await listen((request) => w.app.fetch(request));
    const run = (args: readonly string[], key?: string) =>
      headgate(args, { env: { HEADGATE_URL: server.url, ...(key === undefined ? {} : { HEADGATE_KEY: key }) } });
    try {
      const denied = await run(["keys", "list"]);
      expect(denied.status).toBe(2);
      expect(denied.stderr).toContain("API key");
      const admin = await w.key("admin");
      const created = await run(["keys", "create", "--name", "ci", "--scope", "read", "--expires", "90d"], admin);
      expect(created.status, created.stderr).toBe(0);
      const key = created.stdout.trim();
      expect(key, "standard output is the key alone").toMatch(/^hgk_default_[0-9a-f]{12}_[\w-]{43}$/);
      expect((await run(["services", "list"], key)).status).toBe(0);
      expect((await run(["autoscaling", "evaluate", "orders"], key)).stderr).toContain("scope operate");
      expect((await run(["keys", "list"], admin)).stdout).toContain("ci");
      const id = key.split("_")[2] as string;
      expect((await run(["keys", "revoke", id], admin)).status).toBe(0);
      expect((await run(["services", "list"], key)).status).toBe(2);
    } finally {
      await server.close();
    }
  });
});

describe("the first key of an installation on AWS", () => {
  it("is written to its table with the credentials at hand, and opens its API", async () => {
    const dynalite = await startDynalite();
    const table = await dynalite.table();
    const env = {
      HEADGATE_AWS_ENDPOINT: dynalite.endpoint,
      HEADGATE_TABLE: table,
      HEADGATE_BUCKET: "b",
      HEADGATE_QUEUE_URL: "http://127.0.0.1/q",
      HEADGATE_QUEUE_ARN: "arn:aws:sqs:eu-central-1:123456789012:q",
      HEADGATE_SCHEDULER_GROUP: "g",
      HEADGATE_SCHEDULER_ROLE_ARN: "arn:aws:iam::123456789012:role/r",
      AWS_REGION: "eu-central-1",
    };
    vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
    try {
      const created = await headgate(["keys", "create", "--table", "--name", "ada", "--scope", "admin"], { env });
      expect(created.status, created.stderr).toBe(0);
      const w = await world({ access: "keys" });
      const store = dynamodbStore({ client: dynalite.client, table, now: w.clock.now });
      const app = createApp({ runtime: { ...w.runtime, store }, access: "keys" });
      const headers = { authorization: `Bearer ${created.stdout.trim()}` };
      expect((await app.request("/api/v1/access/keys", { headers })).status).toBe(200);
      const { HEADGATE_TABLE: _, ...incomplete } = env;
      const missing = await headgate(["keys", "create", "--table", "--name", "ada", "--scope", "admin"], {
        env: incomplete,
      });
      expect(missing.status).toBe(2);
      expect(missing.stderr).toContain("HEADGATE_TABLE");
    } finally {
      vi.unstubAllEnvs();
      await dynalite.close();
    }
  });
});

/** A Node older than 24 on this machine, if there is one. */
function olderNode(): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      const node = join(folder, "node");
      const version = execFileSync(node, ["--version"], { encoding: "utf8" });
      if (Number(/^v(\d+)/.exec(version)?.[1] ?? 99) < 24) return node;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

describe("under a Node older than 24", () => {
  const node = olderNode();

  it.skipIf(!node)("goes on with the one that npm brought, exit status included", async () => {
    const ran = await spawned(["decisions", "lst"], { node: node as string });
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain('did you mean "list"?');
  });

  it.skipIf(!node)("says in one line what to do where npm brought none", async () => {
    const { cpSync, mkdirSync } = await import("node:fs");
    const alone = join(dir, "alone");
    mkdirSync(join(alone, "bin"), { recursive: true });
    cpSync(BIN, join(alone, "bin", "headgate.mjs"));
    const ran = await spawned(["--help"], { node: node as string, bin: join(alone, "bin", "headgate.mjs") });
    expect(ran.status).toBe(2);
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toMatch(/^headgate needs Node 24 or newer and this is v[\d.]+: .*\n$/);
  });
});
