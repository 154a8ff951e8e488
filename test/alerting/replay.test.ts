import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertsReplayVerb } from "../../cli/alerts-replay.ts";
import { alertsTestVerb } from "../../cli/alerts-test.ts";
import type { Given, Verb } from "../../cli/command.ts";
import { makeIo } from "../../cli/io.ts";
import { readEvents } from "../../shared/core/alerting/replay-read.ts";
import type { Fault } from "../../shared/core/kernel/errors.ts";

const EXAMPLES = "examples/alerting";
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-replay-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly faults: readonly Fault[];
}

/** Runs a verb as the command line does. */
async function ran(verb: Verb, options: Given, positionals: readonly string[] = []): Promise<Ran> {
  let [stdout, stderr] = ["", ""];
  const io = makeIo(
    {
      env: {},
      stdin: (async function* () {})(),
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      terminal: false,
    },
    options["json"] === true,
    undefined,
  );
  try {
    return { status: await verb.run({ io, options, positionals }), stdout, stderr, faults: [] };
  } catch (error) {
    return {
      status: 2,
      stdout,
      stderr: `${stderr}${(error as Error).message}`,
      faults: (error as { faults?: Fault[] }).faults ?? [],
    };
  }
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("a file of events", () => {
  test("times are ISO or milliseconds, numbers however small; empty lines are left out", () => {
    const read = readEvents(
      '{"at": 0, "alerts": [{"labels": {"a": "b"}, "startsAt": 5}]}\n\n{"at": "1970-01-01T00:00:01Z", "expire": "x"}\n',
    );
    expect(read).toMatchObject({
      unitMs: 1,
      faults: [],
      events: [
        { at: 0, alerts: [{ startsAt: 5 }] },
        { at: 1_000, expire: "x" },
      ],
    });
  });

  test("numbers that are instants of our days in seconds are seconds throughout the file", () => {
    const lines = [
      { at: 1_767_225_600, alerts: [{ labels: { a: "b" }, endsAt: 1_767_225_660.5 }] },
      { at: 1_767_225_630.25, silence: { matchers: [{ name: "a", value: "b" }], endsAt: 1_767_225_700 } },
    ];
    expect(readEvents(lines.map((line) => JSON.stringify(line)).join("\n"))).toMatchObject({
      unitMs: 1_000,
      faults: [],
      events: [
        { at: 1_767_225_600_000, alerts: [{ endsAt: 1_767_225_660_500 }] },
        { at: 1_767_225_630_250, silence: { startsAt: 1_767_225_630_250, endsAt: 1_767_225_700_000 } },
      ],
    });
  });

  test.each([
    ["{", "(line)", /is no JSON/],
    ["[]", "(event)", /must be a JSON object/],
    ['{"alerts": []}', "at", /must be an instant/],
    ['{"at": 0}', "(event)", /has none of/],
    ['{"at": 0, "alerts": [], "expire": "x"}', "(event)", /has several of/],
    ['{"at": 0, "alert": []}', "(event)", /has none of/],
    ['{"at": 0, "alerts": [], "more": 1}', "more", /is not known/],
    ['{"at": 0, "alerts": [{"labels": {"a": 1}}]}', "alerts[0]", /labels.a must be text/],
    ['{"at": 0, "silence": {"matchers": {}}}', "silence", /matchers must be a list/],
    ['{"at": 0, "expire": 5}', "expire", /must be text/],
    ['{"at": 0, "config": "x.yml"}', "config", /cannot be loaded here/],
  ])("%s is a fault with its line", (line, path, message) => {
    const { faults } = readEvents(`{"at": 0, "alerts": []}\n${line}`);
    expect(faults).toEqual([expect.objectContaining({ line: 2, path, message: expect.stringMatching(message) })]);
  });
});

describe("alerts replay", () => {
  test("what Alertmanager refuses is refused alone: the others of its batch count, and the replay goes on", async () => {
    const config = await file(
      "lone.yml",
      "route: {receiver: r, group_wait: 1s}\nreceivers: [{name: r, webhook_configs: [{url: http://x}]}]",
    );
    const late = "2026-01-01T00:05:00.001Z";
    const lines = [
      { at: "2026-01-01T00:00:00Z", alerts: [{ labels: {} }, { labels: { a: "" } }, { labels: { a: "kept" } }] },
      {
        at: "2026-01-01T00:00:00Z",
        alerts: [{ labels: { a: "b" }, startsAt: "2026-01-01T00:00:02Z", endsAt: "2026-01-01T00:00:01Z" }],
      },
      { at: "2026-01-01T00:00:00Z", alerts: [{ labels: { a: "starts after its assumed end" }, startsAt: late }] },
      { at: "2026-01-01T00:00:00Z", silence: { matchers: [{ name: "a", value: ".*", isRegex: true }], endsAt: late } },
    ];
    const events = await file("lone.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));
    const { status, stdout, stderr } = await ran(alertsReplayVerb, { config, events, json: true });
    const { notifications, refused } = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(
      notifications.map((one: { alerts: { labels: object }[] }) => one.alerts.map(({ labels }) => labels)),
    ).toEqual([[{ a: "kept" }], [{ a: "kept" }]]);
    expect(refused.map(({ message }: { message: string }) => message)).toEqual([
      "at least one label pair required",
      "at least one label pair required",
      "start time must be before end time",
      "start time must be before end time",
      "invalid silence: matcher set 0: at least one matcher must not match the empty string",
    ]);
    expect(stderr).toContain("at least one label pair required");
  });

  const options = { config: `${EXAMPLES}/alertmanager.yml`, events: `${EXAMPLES}/night.jsonl` };

  test("prints every notification with its alerts, times as the events have them", async () => {
    const { status, stdout } = await ran(alertsReplayVerb, { ...options, json: true });
    const { notifications } = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(notifications[0]).toEqual({
      at: "2026-03-02T02:00:10.000Z",
      receiver: "archive",
      integration: "webhook[0]",
      groupKey: '{}/{severity="page"}:{alertname="BrokerDown", service="kafka"}',
      reason: "first notification",
      status: "firing",
      alerts: [
        {
          status: "firing",
          labels: { alertname: "BrokerDown", cluster: "main", service: "kafka", severity: "page" },
          annotations: { summary: "broker 2 does not answer" },
          startsAt: "2026-03-02T02:00:00.000Z",
          endsAt: "0001-01-01T00:00:00Z",
          generatorURL: "",
          fingerprint: "35feacacb3030cdd",
        },
      ],
    });
    // The ticket of the night comes at the first flush of the office hours: 08:00 in Berlin.
    expect(notifications.find((one: { receiver: string }) => one.receiver === "chat").at).toBe(
      "2026-03-02T07:00:30.000Z",
    );
  });

  test("events in milliseconds are answered in milliseconds, and may load another configuration", async () => {
    await file(
      "other.yml",
      "route: {receiver: b, group_wait: 1s}\nreceivers: [{name: b, webhook_configs: [{url: 'http://h/'}]}]\n",
    );
    const events = await file(
      "ms.jsonl",
      '{"at": 1000, "alerts": [{"labels": {"a": "b"}, "endsAt": 3600000}]}\n{"at": 2000, "config": "other.yml"}\n',
    );
    const { stdout } = await ran(alertsReplayVerb, { ...options, events, json: true });
    expect(JSON.parse(stdout).notifications).toEqual([
      expect.objectContaining({ at: 3_000, receiver: "b", reason: "first notification" }),
      expect.objectContaining({ receiver: "b", reason: "all alerts resolved" }),
    ]);
  });

  test("lines that a server has kept about its own configurations are passed over", async () => {
    const events = await file(
      "kept.jsonl",
      '{"at": 1000, "alerts": [{"labels": {"a": "b"}, "endsAt": 3600000}]}\n{"at": 2000, "config": "cfg_0123456789abcdef", "was": "cfg_1"}\n',
    );
    const { stdout } = await ran(alertsReplayVerb, { ...options, events, json: true });
    expect(JSON.parse(stdout).counts).toMatchObject({ events: 1, alerts: 1 });
  });

  test("against another configuration it tells what differs, and can be a gate", async () => {
    const against = { ...options, against: `${EXAMPLES}/quiet-nights.yml` };
    const { status, stdout } = await ran(alertsReplayVerb, { ...against, json: true });
    const { difference } = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(difference.receivers).toContainEqual({ receiver: "archive", config: 2, against: 0 });
    expect(difference.onlyConfig.some((one: { receiver: string }) => one.receiver === "archive")).toBe(true);
    expect((await ran(alertsReplayVerb, { ...against, "exit-code": true })).status).toBe(1);
    expect((await ran(alertsReplayVerb, { ...options, against: options.config, "exit-code": true })).status).toBe(0);
  });

  test("lines that are no events are told with file and line, and nothing is replayed", async () => {
    const events = await file("bad.jsonl", '{"at": 0, "alerts": []}\n{"at": "soon", "alerts": []}\n');
    const { status, stdout, faults } = await ran(alertsReplayVerb, { ...options, events, json: true });
    expect([status, stdout]).toEqual([2, ""]);
    expect(faults).toEqual([expect.objectContaining({ file: events, line: 2, path: "at" })]);
  });

  test("a configuration with faults is told with line and column", async () => {
    const config = await file("bad.yml", "route: {receiver: nobody}\n");
    const { status, faults } = await ran(alertsReplayVerb, { ...options, config });
    expect(status).toBe(2);
    expect(faults[0]).toMatchObject({ file: config, line: expect.any(Number) });
  });
});

describe("alerts test", () => {
  test("the example comes out as expected", async () => {
    const { status, stdout } = await ran(alertsTestVerb, {}, [`${EXAMPLES}/routing.test.yml`]);
    expect([status, stdout]).toEqual([0, `${EXAMPLES}/routing.test.yml: 5 of 5 tests came out as expected\n`]);
  });

  const wrong = `config: ${join(process.cwd(), EXAMPLES, "alertmanager.yml")}
tests:
  - name: all wrong
    until: 1m
    events:
      - at: 0s
        alerts: [{ labels: { alertname: Down, severity: page } }]
    routes:
      - { labels: { severity: page }, receivers: [oncall] }
    notifications:
      - { at: 5s, receiver: oncall, firing: [{ alertname: Down }] }
    suppressed:
      - { at: 1m, alert: { alertname: Down }, by: silence }
      - { at: 1m, alert: { alertname: Up }, by: nothing }
`;

  test("a failure says what was expected and what was there instead", async () => {
    const path = await file("wrong.yml", wrong);
    const { status, stdout } = await ran(alertsTestVerb, {}, [path]);
    expect(status).toBe(1);
    expect(stdout.split("\n")).toEqual([
      `FAILED ${path}: all wrong`,
      '  expected {severity="page"} to go to oncall',
      '    goes to archive by {}/{severity="page"}',
      '    goes to oncall by {}/{severity="page"}',
      '  expected at 5s to oncall: firing {alertname="Down"}',
      '    sent: 30s oncall/webhook[0] firing {alertname="Down", severity="page"} (first notification, group {}/{severity="page"}:{alertname="Down"})',
      '  not expected: 10s archive/webhook[0] firing {alertname="Down", severity="page"} (first notification, group {}/{severity="page"}:{alertname="Down"})',
      '  not expected: 30s oncall/webhook[0] firing {alertname="Down", severity="page"} (first notification, group {}/{severity="page"}:{alertname="Down"})',
      '  expected {alertname="Down"} to be held back by silence at 1m',
      '    it is held back by nothing: flush at 10s to archive, group {}/{severity="page"}:{alertname="Down"}',
      '  expected {alertname="Down"} to be held back by silence at 1m',
      '    it is held back by nothing: flush at 30s to oncall, group {}/{severity="page"}:{alertname="Down"}',
      '  by 1m no group with {alertname="Up"} was flushed',
      `${path}: 0 of 1 test came out as expected`,
      "",
    ]);
    const { tests } = JSON.parse((await ran(alertsTestVerb, { json: true }, [path])).stdout).files[0];
    expect(tests[0].failures.map(({ kind }: { kind: string }) => kind)).toEqual([
      "route",
      "missing",
      "unexpected",
      "unexpected",
      "suppressed",
      "suppressed",
      "suppressed",
    ]);
  });

  test("what is wrong in the file is told with line and column, all of it", async () => {
    const path = await file(
      "faults.yml",
      "config: nowhere.yml\ntests:\n  - events:\n      - at: soon\n        alerts: []\n      - at: 1m\n        silence: { matchers: ['a=~\"(\"'] }\n    wants: []\n",
    );
    const { status, stdout } = await ran(alertsTestVerb, { json: true }, [path]);
    expect(status).toBe(2);
    const places = JSON.parse(stdout).faults.map(({ line, path: at }: Fault) => `${line} ${at}`);
    expect(places).toEqual([
      "4 tests[0].events[0].at",
      "7 tests[0].events[1].silence.matchers[0]",
      "8 tests[0].wants",
      "7 tests[0].events[1].silence",
    ]);
  });
});
