import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Alertmanager, absent, amtool, startBoth } from "./alertmanager.ts";

const SKIPPED = absent();

const config = `
global: { resolve_timeout: 10m, slack_api_url: "https://hooks.example.org/T/B/secret" }
route:
  receiver: default
  group_by: [alertname]
  group_wait: 1s
  routes:
    - { matchers: ['severity="page"'], receiver: page, continue: true }
    - { match: { team: db }, receiver: db, routes: [{ match_re: { inst: "1|2" }, receiver: page, mute_time_intervals: [nights] }] }
    - { matchers: ['"größe"=~"a.*"', 'team!=db'], receiver: utf8 }
inhibit_rules:
  - { source_matchers: ['severity="page"'], target_matchers: ['severity="info"'], equal: [inst] }
time_intervals: [{ name: nights, time_intervals: [{ times: [{ start_time: "22:00", end_time: "24:00" }], location: Europe/Berlin }] }]
receivers:
  - { name: default }
  - { name: page, webhook_configs: [{ url: "http://127.0.0.1:9/hook?token=secret", max_alerts: 10 }] }
  - { name: db, slack_configs: [{ channel: "#db", send_resolved: true }], email_configs: [] }
  - { name: utf8 }
`;

/** Output with ids numbered in the order of their first coming and every instant the same. */
function plain(text: string, ids: Map<string, string>): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      if (!ids.has(id)) ids.set(id, `id-${ids.size + 1}`);
      return ids.get(id) as string;
    })
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<instant>")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "<time>")
    .replaceAll(/http:\/\/(127\.0\.0\.1|localhost):\d+/g, "<server>")
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, "<server>");
}

describe.skipIf(SKIPPED !== undefined)(`amtool gets the same from both${SKIPPED ? ` (${SKIPPED})` : ""}`, () => {
  let both: { readonly real: Alertmanager; readonly ours: Alertmanager } | undefined;
  const ids = { alertmanager: new Map<string, string>(), headgate: new Map<string, string>() };
  beforeAll(async () => void (both = await startBoth({ config })));
  afterAll(async () => void (await Promise.all([both?.real.stop(), both?.ours.stop()])));

  /** Runs amtool against both and returns what both said, which has to be the same. */
  const agree = (args: readonly string[] | ((ids: (nth: number) => string) => readonly string[]), input = "") => {
    if (!both) throw new Error("not started");
    const run = (one: Alertmanager) => {
      const known = ids[one.name];
      const nth = (wanted: number) => [...known].find(([, name]) => name === `id-${wanted}`)?.[0] ?? "none";
      const words = typeof args === "function" ? args(nth) : args;
      const { status, stdout, stderr } = amtool([...words, `--alertmanager.url=${one.endpoint}`], input);
      return { status, stdout: plain(stdout, known), stderr: plain(stderr, known) };
    };
    const [real, ours] = [run(both.real), run(both.ours)];
    expect(ours).toEqual(real);
    return real;
  };

  it("alerts: add and query, in every form of output", () => {
    const time = [
      "--start=2026-08-22T10:00:00Z",
      "--end=2099-01-01T00:00:00Z",
      "--generator-url=http://prometheus/graph?g0",
    ];
    expect(
      agree(["alert", "add", "Down", "inst=1", "severity=page", "team=db", "--annotation=summary=it is down", ...time])
        .status,
    ).toBe(0);
    agree([
      "alert",
      "add",
      "Slow",
      "inst=1",
      "severity=info",
      "--start=2026-08-22T10:01:00Z",
      "--end=2099-01-01T00:00:00Z",
    ]);
    agree([
      "alert",
      "add",
      "alertname=Full",
      "größe=all",
      "--start=2026-08-22T10:02:00Z",
      "--end=2099-01-01T00:00:00Z",
    ]);
    agree(["alert", "add", "Bad", "1x=y\xff"]);
    expect(agree(["alert", "query"]).stdout).toContain("Down");
    for (const form of ["simple", "extended", "json"]) agree(["alert", "query", `--output=${form}`]);
  });

  it.each([
    [["Down"]],
    [["alertname=Down", "inst=1"]],
    [['inst=~"1|2"']],
    [['größe=~".+"']],
    [["severity!=page"]],
    [["foo="]],
    [["foo!="]],
    [["--inhibited"]],
    [["--active"]],
    [["--silenced"]],
    [["--unprocessed"]],
    [["--receiver=pa.*"]],
    [["--receiver=page", "severity=info"]],
    [["inst=~("]],
    [["{inst=1"]],
  ])("query %s", (words) => {
    agree(["alert", "query", "--output=json", ...words]);
    agree(["alert", "query", ...words]);
  });

  it("silences: add, query, update, expire", () => {
    const who = ["--author=me", "--comment=planned work"];
    expect(agree(["silence", "add", "Down", "inst=~1|2", "--duration=2h", ...who]).stdout).toBe("id-1\n");
    agree([
      "silence",
      "add",
      "alertname!=Down",
      "größe=all",
      "--start=2098-01-01T00:00:00Z",
      "--end=2099-01-01T00:00:00Z",
      ...who,
    ]);
    for (const form of ["simple", "extended", "json"]) agree(["silence", "query", `--output=${form}`]);
    agree(["silence", "query", "alertname=Down"]);
    agree(["silence", "query", "--created-by=me", "--quiet"]);
    agree(["silence", "query", "--within=1h"]);
    agree(["alert", "query", "--silenced", "--output=json"]);
    agree((id) => ["silence", "query", `--id=${id(1)}`]);
    // Only its end and comment change: it keeps its id.
    agree((id) => ["silence", "update", "--duration=3h", "--comment=longer", id(1)]);
    agree(["silence", "query", "--output=extended"]);
    agree((id) => ["silence", "expire", id(1)]);
    agree((id) => ["silence", "expire", id(1)]);
    agree(["silence", "query"]);
    agree(["silence", "query", "--expired"]);
    agree(["silence", "query", "--expired", "--output=json"]);
  });

  it("silences: what is refused is refused in the same words", () => {
    agree(["silence", "add", "--comment=x", "--author=me"]);
    agree(["silence", "add", "a=~(", "--comment=x", "--author=me"]);
    agree(["silence", "add", "a=", "--comment=x", "--author=me"]);
    agree(["silence", "add", "a=b", "--author=me"]);
    agree(["silence", "add", "a=b", "--author=me", "--comment=x", "--end=2020-01-01T00:00:00Z"]);
    agree(["silence", "expire", "00000000-0000-0000-0000-000000000000"]);
    agree(["silence", "expire", "no-id"]);
    agree(["silence", "update", "--duration=1h", "00000000-0000-0000-0000-000000000000"]);
  });

  it("silences: import", () => {
    const silence = (value: string) => ({
      matchers: [{ name: "imported", value, isRegex: false, isEqual: true }],
      startsAt: "2098-01-01T00:00:00Z",
      endsAt: "2099-01-01T00:00:00Z",
      createdBy: "me",
      comment: "imported",
    });
    agree(["silence", "import", "--worker=1"], JSON.stringify([silence("1"), silence("2"), silence("3")]));
    agree(["silence", "query", "imported=~.+", "--output=json"]);
  });

  it("configuration, routes and cluster", () => {
    expect(agree(["config", "show"]).stdout).toContain("slack_api_url: <secret>");
    agree(["config", "routes", "show"]);
    agree(["config", "routes", "test", "severity=page", "team=db", "inst=1"]);
    agree(["config", "routes", "test", "--tree", "severity=page", "team=db", "inst=1"]);
    agree(["config", "routes", "test", "--verify.receivers=page,db", "severity=page", "team=db"]);
    agree(["cluster", "show"]);
    agree(["alert", "query", "--version-check"]);
  });
});
