import { beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../../functions/access/keys.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { iso } from "../../shared/core/kernel/time.ts";
import { type ApiWorld, apiWorld } from "./api-kit.ts";
import { alert, TENANT } from "./live-kit.ts";

const ALERTS = "/api/v2/alerts";
const SILENCES = "/api/v2/silences";
const failed = (what: string, why: string) => ({
  code: 400,
  message: `parsing ${what} body from "" failed, because ${why}`,
});

let w: ApiWorld;
beforeAll(async () => {
  w = await apiWorld();
});

const names = (answer: { readonly json: readonly { readonly labels: Readonly<Record<string, string>> }[] }) =>
  answer.json.map(({ labels }) => `${labels["alertname"]}${labels["instance"] ?? ""}`).sort();

describe("a request that does not get as far as its handler", () => {
  it.each([
    ["GET", "/api/v2/nothing", 404, { code: 404, message: "path /api/v2/nothing was not found" }],
    ["PUT", ALERTS, 405, { code: 405, message: "method PUT is not allowed, but [POST,GET] are" }],
    ["OPTIONS", ALERTS, 405, { code: 405, message: "method OPTIONS is not allowed, but [POST,GET] are" }],
    ["GET", "/api/v2/silence/abc", 422, { code: 601, message: 'silenceID in path must be of type uuid: "abc"' }],
    ["DELETE", "/api/v2/silence/abc", 422, { code: 601, message: 'silenceID in path must be of type uuid: "abc"' }],
  ])("%s %s is answered %i in upstream's words", async (method, path, status, body) => {
    const answer = await w.call(method, path);
    expect([answer.status, answer.json]).toEqual([status, body]);
  });

  it("is told which methods there are, also when it asks for the head only", async () => {
    const answer = await w.call("HEAD", "/api/v2/receivers");
    expect([answer.status, answer.headers.get("allow"), answer.text]).toEqual([405, "GET", ""]);
  });

  it.each([
    ["text/plain", 415, 'unsupported media type "text/plain", only [application/json] are allowed'],
    ["bad", 400, 'parsing Content-Type header from "bad" failed, because mediatype: malformed: "bad" has no subtype'],
  ])("is refused with content type %s", async (type, status, message) => {
    const answer = await w.send(ALERTS, "[]", { "content-type": type });
    expect([answer.status, answer.json.message]).toEqual([status, message]);
  });

  it("is refused where it takes no JSON", async () => {
    const answer = await w.get("/api/v2/receivers", { accept: "text/html" });
    expect([answer.status, answer.json.code]).toEqual([406, 406]);
  });

  it("is a preflight of its own origin: answered without a key and without reaching the API", async () => {
    const headers = {
      origin: "http://127.0.0.1:4180",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    };
    const answer = await w.call("OPTIONS", ALERTS, undefined, headers);
    expect([
      answer.status,
      answer.headers.get("access-control-allow-methods"),
      answer.headers.get("access-control-allow-origin"),
    ]).toEqual([204, "POST", "*"]);
  });
});

describe("a body that is no list of alerts", () => {
  it.each([
    ["   ", 422, { code: 602, message: "alerts in body is required" }],
    ["{}", 400, failed("alerts", "json: cannot unmarshal object into Go value of type models.PostableAlerts")],
    ["[{}]", 422, { code: 602, message: "0.labels in body is required" }],
    [
      '[{"labels":{"a":1}}]',
      400,
      failed("alerts", "json: cannot unmarshal number into Go struct field Alert.labels of type string"),
    ],
    [
      '[{"labels":[]}]',
      400,
      failed("alerts", "json: cannot unmarshal array into Go struct field Alert.labels of type models.LabelSet"),
    ],
    [
      '[{"labels":{"a":"b"},"startsAt":"x"}]',
      400,
      failed("alerts", 'parsing time "x" as "2006-01-02": cannot parse "x" as "2006"'),
    ],
    [
      '[{"labels":{"a":"b"},"startsAt":"2026-02-30T00:00:00Z"}]',
      400,
      failed("alerts", 'parsing time "2026-02-30T00:00:00Z": extra text: "T00:00:00Z"'),
    ],
    [
      '[{"labels":{"a":"b"},"generatorURL":"foo"}]',
      422,
      { code: 601, message: '0.generatorURL in body must be of type uri: "foo"' },
    ],
    ['[{"labels":{"a":"b"}', 400, failed("alerts", "unexpected EOF")],
    ["[01]", 400, failed("alerts", "invalid character '1' after array element")],
    ['["\\uZZZZ"]', 400, failed("alerts", "invalid character 'Z' in \\u hexadecimal character escape")],
    ["[tru]", 400, failed("alerts", "invalid character ']' in literal true (expecting 'e')")],
  ])("%s is refused as upstream refuses it", async (body, status, json) => {
    const answer = await w.send(ALERTS, body);
    expect([answer.status, answer.json]).toEqual([status, json]);
  });

  it("of more than 10 MB is refused unread, in upstream's shape", async () => {
    const answer = await w.send(ALERTS, `[{"labels":{"a":"${"x".repeat(10_000_001)}"}}]`);
    expect([answer.status, answer.json.code]).toEqual([413, 413]);
  });

  it("that is no UTF-8 is refused instead of being kept with replacement characters", async () => {
    const answer = await w.send(ALERTS, new Uint8Array([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d]));
    expect([answer.status, answer.json]).toEqual([400, failed("alerts", "the body is not valid UTF-8")]);
  });
});

describe("alerts of a batch that are none", () => {
  it("cost only themselves: 400 with upstream's words, one per line, and the others are kept", async () => {
    const own = await apiWorld();
    const answer = await own.send(ALERTS, [
      { labels: {} },
      alert("Kept"),
      { labels: { a: "b" }, startsAt: "2026-01-02T00:00:00Z", endsAt: "2026-01-01T00:00:00Z" },
    ]);
    expect([answer.status, answer.json]).toEqual([
      400,
      "at least one label pair required\nstart time must be before end time",
    ]);
    expect(names(await own.get(ALERTS))).toEqual(["Kept"]);
  });

  it("are those with 10,000 labels as well", async () => {
    const own = await apiWorld();
    const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`l${index}`, "v"]));
    const answer = await own.send(ALERTS, [{ labels }, alert("Kept")]);
    expect([answer.status, answer.json]).toEqual([400, "too many labels: 10000, limit 1000"]);
    expect(names(await own.get(ALERTS))).toEqual(["Kept"]);
  });

  it("do not count where only the spelling is unusual: names in other case, null values, empty labels, times of other forms", async () => {
    const own = await apiWorld();
    const body = '[{"Labels":{"alertname":"Odd","gone":null,"empty":""},"STARTSAT":"2020-01-01","unknown":5}] trailing';
    expect((await own.send(ALERTS, body)).status).toBe(200);
    const [shown] = (await own.get(ALERTS)).json;
    expect([shown.labels, shown.startsAt]).toEqual([{ alertname: "Odd" }, "2020-01-01T00:00:00.000Z"]);
  });
});

describe("above the limit", () => {
  it("alerts are refused with 429, a time to wait, and upstream's shape", async () => {
    const own = await apiWorld({ section: "  limits: { alertsPerMinute: 2 }\n" });
    const answer = await own.send(ALERTS, [alert("A"), alert("B"), alert("C")]);
    expect([answer.status, answer.json.code]).toEqual([429, 429]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("lists", () => {
  beforeAll(async () => {
    const at = w.clock.now();
    const answer = await w.send(ALERTS, [
      alert("A", { severity: "page", cluster: "c1" }, { startsAt: at - 60_000 }),
      alert("A", { severity: "page", cluster: "c2" }, { startsAt: at - 60_000 }),
      alert("Source", { cluster: "c1" }, { startsAt: at - 60_000 }),
      alert("B", { zone: "eu-1" }, { startsAt: at - 60_000 }),
      alert("C", { job: "j", instance: "i1" }),
      alert("C", { job: "j", instance: "i0" }),
    ]);
    expect(answer.status).toBe(200);
    const silence = {
      matchers: [{ name: "instance", value: "i0", isRegex: false }],
      startsAt: iso(at),
      endsAt: iso(at + 3_600_000),
      createdBy: "me",
      comment: "<b>",
    };
    expect((await w.send(SILENCES, silence)).status).toBe(200);
    await w.until(at + 11_000);
  });

  it.each([
    ["", ["A", "A", "B", "Ci0", "Ci1", "Source"]],
    ["active=false", ["A", "Ci0"]],
    ["silenced=false", ["A", "A", "B", "Ci1", "Source"]],
    ["inhibited=false", ["A", "B", "Ci0", "Ci1", "Source"]],
    ["active=nonsense", ["A", "Ci0"]],
    ["active=", ["A", "A", "B", "Ci0", "Ci1", "Source"]],
    ["unprocessed=false", ["A", "A", "B", "Ci0", "Ci1", "Source"]],
    ["receiver=p.*", ["A", "A"]],
    ["receiver=P.*", []],
    ["receiver_matchers=owner%3Dsre", ["A", "A"]],
    ["filter=zone%3D%22%22", ["A", "A", "Ci0", "Ci1", "Source"]],
    ["filter=zone!%3D%22%22", ["B"]],
    ["filter=alertname%3DA&filter=cluster!%3Dc1", ["A"]],
    ["filter=%zz", ["A", "A", "B", "Ci0", "Ci1", "Source"]],
  ])("alerts?%s", async (query, expected) => {
    expect(names(await w.get(`${ALERTS}?${query}`))).toEqual(expected);
  });

  it.each([
    ["filter=a", "bad matcher format: a"],
    ["filter=%7Ba%3D%22b%22%7D", 'unexpected open or close brace: {a="b"}'],
    ["receiver=%5B", "failed to parse receiver param: error parsing regexp: missing closing ]: `[)$`"],
    ["receiver_matchers=x", "failed to parse receiver_matchers param: bad matcher format: x"],
  ])("alerts?%s is refused in upstream's words", async (query, message) => {
    const answer = await w.get(`${ALERTS}?${query}`);
    expect([answer.status, answer.json]).toEqual([400, message]);
  });

  it("show an alert with who holds it back, members in upstream's order", async () => {
    const [first] = (await w.get(`${ALERTS}?filter=cluster%3Dc1&receiver=pager`)).json;
    expect(Object.keys(first)).toEqual([
      "annotations",
      "endsAt",
      "fingerprint",
      "receivers",
      "startsAt",
      "status",
      "updatedAt",
      "labels",
    ]);
    const [source] = (await w.get(`${ALERTS}?filter=alertname%3DSource`)).json;
    expect(first.status).toEqual({
      inhibitedBy: [source.fingerprint],
      mutedBy: [],
      silencedBy: [],
      state: "suppressed",
    });
    expect(first.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it("have groups by labels and receiver, muted ones only where they are wanted", async () => {
    const groups = (await w.get("/api/v2/alerts/groups")).json;
    expect(groups.map((one: { labels: object; receiver: object }) => [one.labels, one.receiver])).toEqual([
      [{ alertname: "A" }, { name: "pager" }],
      [{ alertname: "B" }, { name: "muted" }],
      [{ alertname: "C" }, { name: "rest" }],
      [{ alertname: "Source" }, { name: "rest" }],
    ]);
    expect(groups[0].routeLabels).toEqual({ team: "a" });
    expect(groups[1].alerts[0].status).toMatchObject({ mutedBy: ["always"], state: "suppressed" });
    expect(groups[2].alerts.map((one: { labels: { instance: string } }) => one.labels.instance)).toEqual(["i0", "i1"]);
    expect((await w.get("/api/v2/alerts/groups?muted=false")).json).toHaveLength(3);
  });

  it("have receivers with their labels, and the file without its secrets", async () => {
    expect((await w.get("/api/v2/receivers?receiver_matchers=owner%3Dsre")).json).toEqual([
      { labels: { name: "pager", owner: "sre" }, name: "pager" },
    ]);
    const status = await w.get("/api/v2/status");
    expect(status.json.config.original).toContain("url: <secret>");
    expect(status.text).not.toContain("hidden-token");
    expect(status.json.cluster).toEqual({ peers: [], status: "disabled" });
  });

  it("are written as Go writes them: what could be markup in escapes", async () => {
    expect((await w.get(SILENCES)).text).toContain("\\u003cb\\u003e");
  });
});

describe("silences", () => {
  const silence = (at: number, more: object = {}) => ({
    matchers: [{ name: "a", value: "b", isRegex: false }],
    startsAt: iso(at - 1_000),
    endsAt: iso(at + 3_600_000),
    createdBy: "me",
    comment: "c",
    ...more,
  });

  it.each([
    [{ comment: undefined }, 422, { code: 602, message: "comment in body is required" }],
    [{ matchers: [] }, 422, { code: 612, message: "matchers in body should have at least 1 items" }],
    [{ matchers: [{ name: "a" }] }, 422, { code: 602, message: "matchers.0.isRegex in body is required" }],
    [
      { matchers: [{ name: "a", value: "", isRegex: false }] },
      400,
      "invalid silence: matcher set 0: at least one matcher must not match the empty string",
    ],
    [
      { endsAt: "2020-01-01T00:00:00Z", startsAt: "2019-01-01T00:00:00Z" },
      400,
      "Failed to create silence: end time can't be in the past",
    ],
    [{ id: "nope" }, 404, "silence not found"],
    [
      { createdBy: 5 },
      400,
      failed("silence", "json: cannot unmarshal number into Go struct field Silence.createdBy of type string"),
    ],
  ])("with %j are refused as upstream refuses them", async (more, status, json) => {
    const answer = await w.send(SILENCES, silence(w.clock.now(), more));
    expect([answer.status, answer.json]).toEqual([status, json]);
  });

  it("keep what API v2 has no words for when a client of it changes them: a night's silence does not become one of all day", async () => {
    const own = await apiWorld();
    const asked = {
      matchers: ["alertname=Down"],
      duration: "7d",
      comment: "nights",
      untilResolved: true,
      recurs: [{ times: [{ start_time: "02:00", end_time: "04:00" }] }],
      remind: { before: "1h", receiver: "pager" },
    };
    const made = (await own.send("/api/v1/alerting/silences", asked)).json;
    const at = own.clock.now();
    const matchers = [{ name: "alertname", value: "Down", isRegex: false, isEqual: true }];
    for (const more of [{ matchers }, {}]) {
      const { silenceID } = (await own.send(SILENCES, silence(at, { id: made.id, ...more }))).json;
      const shown = (await own.get("/api/v1/alerting/silences")).json.items.find(
        ({ id }: { readonly id: string }) => id === silenceID,
      );
      const { untilResolved, recurs, remind } = made.silence;
      expect(shown).toMatchObject({ comment: "c", untilResolved, recurs, remind });
    }
  });

  it("keep their id when only the end changes, get another when the matchers do, and end twice without a fault", async () => {
    const own = await apiWorld();
    const at = own.clock.now();
    const { silenceID: id } = (await own.send(SILENCES, silence(at))).json;
    const longer = silence(at, { id, startsAt: iso(at), endsAt: iso(at + 7_200_000) });
    expect((await own.send(SILENCES, longer)).json).toEqual({ silenceID: id });
    const other = silence(at, { id, matchers: [{ name: "x", value: "y", isRegex: true, isEqual: false }] });
    const { silenceID: next } = (await own.send(SILENCES, other)).json;
    expect(next).not.toBe(id);
    const states = (await own.get(SILENCES)).json.map((one: { id: string; status: { state: string } }) => [
      one.id,
      one.status.state,
    ]);
    expect(states).toEqual([
      [next, "active"],
      [id, "expired"],
    ]);
    for (const _ of [1, 2]) expect((await own.call("DELETE", `/api/v2/silence/${next}`)).status).toBe(200);
    expect((await own.get(`/api/v2/silence/${next}`)).json.status).toEqual({ state: "expired" });
    expect((await own.get(`${SILENCES}?expired=false`)).json).toEqual([]);
    const unknown = await own.call("DELETE", "/api/v2/silence/11111111-1111-1111-1111-111111111111");
    expect([unknown.status, unknown.text]).toEqual([404, ""]);
  });
});

describe("around it", () => {
  it("says that it is there without asking for a key, and is reloaded by its administrator only", async () => {
    const own = await apiWorld({ access: "keys" });
    expect((await own.get("/-/healthy")).text).toBe("OK");
    expect((await own.call("HEAD", "/-/ready")).status).toBe(200);
    expect((await own.send("/-/reload", "")).status).toBe(401);
    const wrong = await own.call("PUT", "/-/healthy");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  it("tells why a reload failed, and keeps what was in force", async () => {
    const own = await apiWorld({ reload: () => Promise.reject(new Error("c.yml:3: unknown field")) });
    const answer = await own.call("POST", "/-/reload");
    expect([answer.status, answer.text]).toEqual([500, "failed to reload config: c.yml:3: unknown field\n"]);
    expect((await own.get("/api/v2/status")).status).toBe(200);
    const fault = { file: "c.yml", line: 3, column: 2, path: "route", message: "no routes provided", value: "secret" };
    const faulty = await apiWorld({
      reload: () => Promise.reject(new HeadgateError("config.invalid", "c.yml has 1 fault", { faults: [fault] })),
    });
    const told = "failed to reload config: c.yml has 1 fault: c.yml:3:2 route: no routes provided\n";
    expect((await faulty.call("POST", "/-/reload")).text).toBe(told);
  });

  it("answers API v1 with 410, whatever is asked of it", async () => {
    for (const [method, path] of [
      ["GET", "/api/v1/alerts"],
      ["POST", "/api/v1/silences"],
      ["DELETE", "/api/v1/silence/x"],
    ] as const) {
      const answer = await w.call(method, path);
      expect([answer.status, answer.json.status]).toEqual([410, "deprecated"]);
    }
  });

  it("counts what dashboards for Alertmanager ask for, from what is there", async () => {
    const { text } = await w.get("/metrics");
    expect(text).toContain('alertmanager_alerts{state="suppressed"} 2');
    expect(text).toContain('alertmanager_silences{state="active"} 1');
    expect(text).toContain("alertmanager_dispatcher_aggregation_groups 4");
    expect(text).toContain("alertmanager_config_last_reload_successful 1");
    expect(text).toMatch(/alertmanager_alerts_received_total\{status="firing",version="v2"\} \d+/);
    expect(text).toMatch(/alertmanager_alerts_invalid_total\{version="v2"\} \d+/);
  });
});

describe("counts that take seconds", () => {
  it("are kept for twenty times as long, at most a minute, and asked for once by scrapes at the same moment", async () => {
    let [slowMs, lists] = [0, 0];
    const own = await apiWorld({
      over: ({ store }) => ({
        store: {
          ...store,
          list: async (tenant, noun, options) => {
            if (noun === "alerting-more") {
              lists += 1;
              own.clock.advance(slowMs);
            }
            return store.list(tenant, noun, options);
          },
        },
      }),
    });
    const active = async () =>
      /alertmanager_alerts\{state="active"\} (\d+)/.exec((await own.get("/metrics")).text)?.[1];
    await own.post({ labels: { alertname: "A" } });
    expect(await active()).toBe("1");
    await own.post({ labels: { alertname: "B" } });
    expect(await active()).toBe("2");
    slowMs = 2_000;
    lists = 0;
    expect(await Promise.all([active(), active(), active()])).toEqual(["2", "2", "2"]);
    expect(lists).toBe(1);
    await own.post({ labels: { alertname: "C" } });
    own.clock.advance(39_000);
    expect(await active()).toBe("2");
    own.clock.advance(2_000);
    expect(await active()).toBe("3");
  });
});

describe("a key that may only do one thing", () => {
  const keyed = async (scope: "alerts:post" | "silences:write") => {
    const own = await apiWorld({ access: "keys" });
    const { key } = await createKey(own.runtime, { tenant: TENANT, name: "one", scope, by: "test" });
    return { own, headers: { authorization: `Bearer ${key}` }, key };
  };

  it("posts alerts and nothing else", async () => {
    const { own, headers } = await keyed("alerts:post");
    expect((await own.send(ALERTS, [alert("A")], headers)).status).toBe(200);
    const refused = await Promise.all([
      own.get(ALERTS, headers),
      own.send(SILENCES, {}, headers),
      own.get("/api/v1/alerting/alerts", headers),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(refused[0]?.json.code).toBe(403);
  });

  it("silences and sees silences, and nothing else; as a password for clients that know no bearer tokens", async () => {
    const { own, key } = await keyed("silences:write");
    const headers = { authorization: `Basic ${Buffer.from(`amtool:${key}`).toString("base64")}` };
    expect((await own.get(SILENCES, headers)).status).toBe(200);
    expect((await own.send(ALERTS, [alert("A")], headers)).status).toBe(403);
    expect((await own.get("/api/v1/decisions", headers)).status).toBe(403);
  });
});
