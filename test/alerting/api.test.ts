import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { shapes } from "../../functions/api/schemas.ts";
import { type ApiWorld, apiWorld, ROUTED } from "./api-kit.ts";
import { alert, type Over } from "./live-kit.ts";

const BASE = "/api/v1/alerting";

/** Two groups notified, one alert silenced. */
async function told(over?: Over): Promise<ApiWorld & { readonly page: string }> {
  const w = await apiWorld(over ? { over } : {});
  await w.post(alert("Down", { severity: "page", cluster: "c1", instance: "a" }), alert("Slow", { instance: "b" }));
  await w.until(w.clock.now() + 11_000);
  const found = (await w.get(`${BASE}/alerts?filter=alertname%3D%22Down%22`)).json;
  return { ...w, page: found.items[0].fingerprint as string };
}

const shaped = (name: keyof typeof shapes, value: unknown): void => {
  const parsed = v.safeParse(shapes[name], value);
  expect(parsed.issues?.map((issue) => `${name} ${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
};

describe("every answer", () => {
  it.each([
    ["alerts", "RoutedAlerts"],
    ["groups", "AlertGroups"],
    ["silences", "Silences"],
    ["history", "Notifications"],
    ["stats", "AlertStats"],
    ["escalations", "Escalations"],
    ["events", "AlertEvents"],
    ["routes", "AlertRoutes"],
  ] as const)("of %s has the shape that the document tells of", async (path, name) => {
    const w = await told();
    const answer = await w.get(`${BASE}/${path}`);
    expect(answer.status).toBe(200);
    shaped(name, answer.json);
    expect(answer.text).not.toContain("hidden-token");
  });

  it("says so where no alerts are routed", async () => {
    const w = await apiWorld();
    const other = await apiWorld({ tenant: "other" });
    expect((await w.get(`${BASE}/alerts`)).status).toBe(200);
    const answer = await other.get(`${BASE}/alerts`);
    expect([answer.status, answer.json.code]).toEqual([409, "alerting.off"]);
  });
});

describe("explaining an alert", () => {
  it("tells the route it went, why not the others, its group, its next flush and each delivery", async () => {
    const w = await told();
    const { json } = await w.get(`${BASE}/alerts/${w.page}`);
    shaped("AlertExplanation", json);
    const routes = json.routes.map((one: { receiver: string; result: string }) => `${one.receiver} ${one.result}`);
    expect(routes).toEqual(["rest passed", "pager chosen", "muted skipped"]);
    expect(json.notifications[0]).toMatchObject({
      receiver: "pager",
      integration: "webhook[0]",
      outcome: "done",
      reason: "first notification",
    });
    expect(json.groups[0].nextFlushAt).toBeGreaterThan(json.clock.now);
    expect(json.explanation[0]).toMatch(/fires since .* last told to pager \(webhook\[0\]\)/);
  });

  it("names the matcher that refused it", async () => {
    const w = await told();
    const { json } = await w.get(`${BASE}/alerts?q=slow`);
    const found = (await w.get(`${BASE}/alerts/${json.items[0].fingerprint}`)).json;
    expect(found.routes[1].why).toBe('severity="page" does not hold: there is no label severity');
  });

  it("finds one by the beginning of its fingerprint, and one that is over in the history", async () => {
    const w = await told();
    expect((await w.get(`${BASE}/alerts/${w.page.slice(0, 8)}`)).json.alert.fingerprint).toBe(w.page);
    const end = w.clock.now();
    await w.post(
      alert("Down", { severity: "page", cluster: "c1", instance: "a" }, { startsAt: end - 60_000, endsAt: end }),
    );
    await w.until(end + 300_000);
    const { status, json } = await w.get(`${BASE}/alerts/${w.page}`);
    expect([status, json.alert.state, json.notifications[0].status]).toEqual([200, "resolved", "resolved"]);
    expect((await w.get(`${BASE}/alerts/0000000000000000`)).json.code).toBe("alert.unknown");
  });
});

describe("a silence", () => {
  it("can be seen before it is made, then hides what was told, and says by whom", async () => {
    const w = await told();
    const matchers = ["alertname=Down"];
    const preview = (await w.send(`${BASE}/silences/preview`, { matchers })).json;
    shaped("SilencePreview", preview);
    expect([preview.hides, preview.receivers]).toEqual([1, ["pager"]]);
    const made = await w.send(`${BASE}/silences`, { matchers, duration: "2h", comment: "planned", createdBy: "ada" });
    shaped("SilenceSet", made.json);
    expect(made.json.silence.matches).toBe(1);
    const { json } = await w.get(`${BASE}/alerts?state=suppressed`);
    expect(json.items[0].suppressedBy.silencedBy).toMatchObject([{ createdBy: "ada", comment: "planned" }]);
    const ended = await w.call("DELETE", `${BASE}/silences/${made.json.id}`);
    expect(ended.json.silence.state).toBe("expired");
    expect((await w.get(`${BASE}/alerts`)).json.counts).toMatchObject({ firing: 2, suppressed: 0 });
  });

  it("says at once what it hides, though it was kept a moment after it was asked for", async () => {
    const over: Over = ({ store, sleep }) => ({
      store: {
        ...store,
        write: async (...args) => {
          await sleep(5);
          return store.write(...args);
        },
      },
    });
    const w = await told(over);
    const made = await w.send(`${BASE}/silences`, { matchers: ["alertname=Down"], duration: "2h", comment: "planned" });
    expect(made.json.silence).toMatchObject({ state: "active", matches: 1 });
  });

  it("may recur, end with its alerts and announce its end, but not to a receiver that is not there", async () => {
    const w = await told();
    const body = {
      matchers: ["alertname=Down"],
      duration: "7d",
      comment: "nights",
      untilResolved: true,
      recurs: [{ weekdays: ["saturday", "sunday"], times: [{ start_time: "02:00", end_time: "04:00" }] }],
      remind: { before: "1h", receiver: "pager" },
    };
    const { json } = await w.send(`${BASE}/silences`, body);
    shaped("SilenceSet", json);
    expect(json.silence).toMatchObject({ untilResolved: true, remind: { beforeMs: 3_600_000, receiver: "pager" } });
    const wrong = await w.send(`${BASE}/silences`, { ...body, remind: { before: "1h", receiver: "nobody" } });
    expect([wrong.status, wrong.json.code, wrong.json.faults[0].path]).toEqual([
      422,
      "silence.invalid",
      "remind.receiver",
    ]);
  });

  it.each([
    [{ matchers: ["="], duration: "1h" }, "silence.invalid"],
    [{ matchers: ["a=~.*"], duration: "1h" }, "silence.invalid"],
    [{ matchers: ["a=b"] }, "silence.invalid"],
    [{ matchers: ["a=b"], duration: "1h", id: "nope" }, "silence.unknown"],
  ])("%j is refused with %s", async (body, code) => {
    const w = await apiWorld();
    expect((await w.send(`${BASE}/silences`, { comment: "c", ...body })).json.code).toBe(code);
  });
});

describe("people", () => {
  it("acknowledge once however often the request is repeated; the name, the words and the decision are kept", async () => {
    const w = await told();
    const key = { "idempotency-key": "one" };
    const body = { comment: "on it", by: "ada" };
    const first = await w.send(`${BASE}/alerts/${w.page}/acknowledge`, body, key);
    const again = await w.send(`${BASE}/alerts/${w.page}/acknowledge`, body, key);
    shaped("Acknowledged", first.json);
    expect(again.json).toEqual(first.json);
    w.clock.advance(1_000);
    await w.send(`${BASE}/groups/${first.json.groups[0]}/comment`, { text: "disk replaced" });
    const { json } = await w.get(`${BASE}/alerts/${w.page}`);
    expect(json.alert.state).toBe("acknowledged");
    expect(json.comments.map((one: { by: string; text: string }) => [one.by, one.text])).toEqual([
      ["local", "disk replaced"],
      ["ada (local)", "acknowledged: on it"],
    ]);
    expect((await w.send(`${BASE}/alerts/0000000000000000/acknowledge`, {})).json.code).toBe("alert.unknown");
  });

  it("are measured: time to acknowledge and to resolve, which rule made noise, how often nothing was done", async () => {
    const w = await told();
    const began = w.clock.now();
    w.clock.advance(30_000);
    await w.send(`${BASE}/alerts/${w.page}/acknowledge`, {});
    w.clock.advance(30_000);
    const end = w.clock.now();
    await w.post(
      alert("Down", { severity: "page", cluster: "c1", instance: "a" }, { startsAt: end - 60_000, endsAt: end }),
      alert("Slow", { instance: "b" }, { startsAt: end - 60_000, endsAt: end }),
    );
    await w.until(end + 120_000);
    const { json } = await w.get(`${BASE}/stats`);
    expect(json).toMatchObject({ notifications: 4, failed: 0, incidents: 2 });
    expect(json.mttaMs).toBe(began + 30_000 - (began - 1_000));
    expect(json.mttrMs).toBeGreaterThan(60_000);
    const noise = json.noise.map((one: { alertname: string; ignoredShare: number }) => [
      one.alertname,
      one.ignoredShare,
    ]);
    expect(noise.sort()).toEqual([
      ["Down", 0],
      ["Slow", 1],
    ]);
  });
});

describe("the history", () => {
  it("finds by receiver, label, text and outcome, page by page", async () => {
    const w = await told();
    const count = async (query: string) => (await w.get(`${BASE}/history?${query}`)).json.items.length;
    expect(await count("")).toBe(2);
    expect(await count("receiver=pager")).toBe(1);
    expect(await count("filter=instance%3D%22b%22")).toBe(1);
    expect(await count("q=DOWN")).toBe(1);
    expect(await count("outcome=failed")).toBe(0);
    const first = (await w.get(`${BASE}/history?limit=1`)).json;
    const second = (await w.get(`${BASE}/history?limit=1&cursor=${encodeURIComponent(first.cursor)}`)).json;
    expect(first.items[0].id).not.toBe(second.items[0].id);
    expect((await w.get(`${BASE}/history?filter=x`)).json.code).toBe("input.invalid");
  });

  it("is exported as lines, and no cell of it is a formula to a spreadsheet", async () => {
    const w = await apiWorld();
    await w.post(alert("=cmd()", { instance: "a" }));
    await w.until(w.clock.now() + 11_000);
    const lines = (await w.get(`${BASE}/history/export`)).text.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).receiver)).toEqual(["rest"]);
    const csv = await w.get(`${BASE}/history/export?format=csv`);
    expect(csv.headers.get("content-type")).toContain("text/csv");
    expect(csv.text.split("\n")[0]).toContain('"at","receiver"');
    expect(csv.text).not.toMatch(/(^|,)"=/m);
  });
});

describe("routes", () => {
  it("can be asked where labels would go, now or at another time", async () => {
    const w = await apiWorld();
    const { json } = await w.send(`${BASE}/routes/test`, { labels: { alertname: "X", zone: "eu-1" } });
    shaped("RouteTest", json);
    expect([json.receivers, json.routes[0].mutedBy, json.routes[0].groupKey]).toEqual([
      ["muted"],
      ["always"],
      '{}/{zone=~"eu.*"}:{alertname="X"}',
    ]);
  });

  it("are tried with a message that says it is a trial; a receiver that is not there is named with those that are", async () => {
    const w = await apiWorld();
    const { json } = await w.send(`${BASE}/receivers/pager/test`, {});
    expect([json.items, w.told[0]?.alerts[0]?.labels["alertname"]]).toEqual([
      [{ integration: "webhook[0]", ok: true, detail: "200" }],
      "HeadgateTest",
    ]);
    const wrong = await w.send(`${BASE}/receivers/nobody/test`, {});
    expect(wrong.json.faults[0].allowed).toBe("rest, pager, muted");
  });

  it("are changed only after a replay has said what would be different", async () => {
    const w = await told();
    const from = w.clock.now() - 3_600_000;
    const same = (await w.send(`${BASE}/replay`, { text: ROUTED, from })).json;
    shaped("AlertReplay", same);
    expect([same.same, same.before.notifications]).toEqual([true, 2]);
    const lost = (await w.send(`${BASE}/replay`, { text: ROUTED.replace('severity="page"', 'severity="none"'), from }))
      .json;
    expect([lost.same, lost.before.byReceiver["pager"], lost.after.byReceiver["pager"]]).toEqual([false, 1, undefined]);
    expect(lost.missing[0]).toMatchObject({ receiver: "pager" });
    const wrong = await w.send(`${BASE}/replay`, { text: "route: {}" });
    expect([wrong.status, wrong.json.code, wrong.json.faults.length]).toEqual([422, "config.invalid", 1]);
  });
});
