import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../functions/api/app.ts";
import { shapes } from "../../../functions/api/schemas.ts";
import { machines } from "../../../functions/machines.ts";
import { HOUR_MS } from "../../../shared/core/kernel/time.ts";
import { replayWith } from "../../../shared/shell/replay.ts";
import { headgate, listen } from "../../cli/kit.ts";
import { alert, TENANT } from "../live-kit.ts";
import { ALERTMANAGER, ONCALL, oncallWorld } from "./oncall-kit.ts";

const NOW = 1_767_651_200_000;
process.env["HEADGATE_TEST_ONCALL_LINKS"] = "a secret for links";
const SECTION = `  publicUrl: https://headgate.example
  linkSecret: env:HEADGATE_TEST_ONCALL_LINKS
${ONCALL}`;

async function world() {
  const w = await oncallWorld(undefined, SECTION);
  const app = createApp({ runtime: w.runtime, access: "loopback" });
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { host: "127.0.0.1:4180", ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const answer = await app.request(`http://127.0.0.1:4180${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers member by member and fail where one is missing.
    const json: any = text.startsWith("{") ? JSON.parse(text) : undefined;
    return { status: answer.status, headers: answer.headers, text, json };
  };
  return { ...w, app, call };
}

describe("/api/v1/oncall", () => {
  it("tells who is on call, until when and who comes then, and whom each level would tell", async () => {
    const { call } = await world();
    const { status, json } = await call("GET", "/api/v1/oncall");
    expect([status, v.is(shapes.Oncall, json)]).toEqual([200, true]);
    expect(json.schedules).toMatchObject([
      {
        schedule: "primary",
        person: "ann",
        name: "Ann Example",
        by: { layer: 1 },
        until: Date.UTC(2026, 0, 6),
        next: "bob",
      },
      { schedule: "second", person: "cyd", until: Date.UTC(2026, 0, 6, 20) },
    ]);
    // Nobody comes then, and this is meant.
    expect(json.schedules[1]).not.toHaveProperty("next");
    expect(json.schedules[1]).not.toHaveProperty("gap");
    expect(json.escalations).toMatchObject([
      {
        escalation: "prod",
        receiver: "oncall:prod",
        repeat: 1,
        levels: [
          { tells: ["ann (primary)"] },
          { afterMs: 300_000, tells: ["cyd (second)"] },
          { tells: ["boss", "desk"] },
        ],
      },
    ]);
    const later = await call("GET", "/api/v1/oncall?at=2026-01-06T21:00Z");
    expect(later.json.escalations[0].levels[1]).toMatchObject({ tells: [], nobody: ["nobody is on call for second"] });
  });

  it("tells the shifts of a schedule; times without a zone are its wall clock's", async () => {
    const { call } = await world();
    const { json } = await call("GET", "/api/v1/oncall/second?from=2026-01-06T20:00&to=2026-01-07T00:00");
    expect(v.is(shapes.OncallSchedule, json)).toBe(true);
    // 20:00 in Berlin is 19:00 UTC.
    expect(json.shifts.map((one: { from: number; person?: string }) => [one.from, one.person])).toEqual([
      [Date.UTC(2026, 0, 6, 19), "cyd"],
      [Date.UTC(2026, 0, 6, 20), undefined],
      [Date.UTC(2026, 0, 6, 22), "cyd"],
    ]);
    for (const [query, status] of [
      ["?at=soon", 400],
      ["?to=2025-01-01", 400],
      ["?to=2027-01-01", 400],
      ["?nonsense=1", 400],
    ] as const)
      expect((await call("GET", `/api/v1/oncall/second${query}`)).status).toBe(status);
    expect((await call("GET", "/api/v1/oncall/nope")).json).toMatchObject({
      code: "oncall.unknown",
      detail: expect.stringContaining("primary, second"),
    });
    expect((await call("GET", "/api/v1/oncall/constructor")).status).toBe(404);
  });

  it("an override is a decision: it holds, it pages, it is replayed, and it is taken back", async () => {
    const w = await world();
    const made = await w.call("POST", "/api/v1/oncall/primary/overrides", {
      person: "cyd",
      for: "1h",
      why: "dentist",
      by: "ann",
    });
    expect([made.status, v.is(shapes.OverrideChanged, made.json)]).toEqual([200, true]);
    expect(made.json).toMatchObject({
      reason: "override_added",
      overrides: [{ person: "cyd", from: NOW, until: NOW + HOUR_MS, by: "ann (local)", madeAt: NOW }],
    });
    const { json } = await w.call("GET", "/api/v1/oncall/primary");
    expect(json).toMatchObject({ person: "cyd", by: { override: made.json.id }, until: NOW + HOUR_MS, next: "ann" });
    expect((await w.call("GET", "/api/v1/oncall")).json.escalations[0].levels[0].tells).toEqual(["cyd (primary)"]);
    const detail = await w.call("GET", `/api/v1/decisions/${made.json.decision}`);
    expect(detail.json.sentence ?? detail.json.decision?.sentence).toContain(
      "on call primary: cyd stands in for primary",
    );
    const [record] = (await w.base.journal.list({ tenant: TENANT, noun: "oncall", limit: 5 })).items;
    expect(await replayWith(machines, record as never)).toMatchObject({ same: true });
    const gone = await w.call("DELETE", `/api/v1/oncall/primary/overrides/${made.json.id}?why=recovered`);
    expect(gone.json).toMatchObject({ reason: "override_removed", overrides: [] });
    expect((await w.call("GET", "/api/v1/oncall/primary")).json.person).toBe("ann");
  });

  it.each([
    ["somebody unknown", { person: "eve", for: "1h" }, "person"],
    ["an end before its beginning", { person: "cyd", from: "2026-01-07T10:00", to: "2026-01-07T09:00" }, "to"],
    ["neither end nor length", { person: "cyd" }, "body"],
    ["a time that is none", { person: "cyd", from: "tomorrow", for: "1h" }, "from"],
  ])("refuses %s, and says where", async (_, body, path) => {
    const { call } = await world();
    const { status, json } = await call("POST", "/api/v1/oncall/primary/overrides", body);
    expect([status, json.code, json.faults[0].path]).toEqual([400, "input.invalid", path]);
  });

  it("taking back what there is not is a 404", async () => {
    const { call } = await world();
    expect((await call("DELETE", "/api/v1/oncall/primary/overrides/file-1")).json.code).toBe("oncall.unknown");
    expect((await call("DELETE", "/api/v1/oncall/nope/overrides/x")).json.code).toBe("oncall.unknown");
  });
});

it("groups say who was told, and which level is told next unless somebody acknowledges", async () => {
  const w = await world();
  await w.post(alert("Down", {}, { endsAt: NOW + 10 * HOUR_MS }));
  await w.until(NOW + 6 * 60_000);
  const [group] = (await w.call("GET", "/api/v1/alerting/groups")).json.items;
  expect(group.integrations.map((one: { id: string }) => one.id)).toEqual(["ann/webhook[0]", "cyd/webhook[0]"]);
  expect(group.escalation).toEqual({ to: "level 3 of prod", at: NOW + 15 * 60_000, done: false });
  await w.call("POST", `/api/v1/alerting/groups/${group.id}/acknowledge`, {});
  const { items } = (await w.call("GET", "/api/v1/alerting/escalations")).json;
  expect(items).toMatchObject([{ receiver: "oncall:prod", to: "level 2 of prod", at: NOW + 5 * 60_000, done: true }]);
});

it("/health warns while nobody is on call by a schedule, or by any level of an escalation; not where this is meant", async () => {
  const w = await world();
  const check = async () => (await w.call("GET", "/health")).json.checks["oncall:covered"][0];
  expect(await check()).toMatchObject({ status: "pass", observedValue: 0 });
  w.clock.set(Date.UTC(2026, 0, 6, 21));
  expect(await check()).toMatchObject({ status: "pass" });
  await w.apply(
    ALERTMANAGER,
    SECTION.replace("gaps: meant", "gaps: warn").replace("[primary]", "[second]").replace("[boss, desk]", "[second]"),
  );
  expect(await check()).toMatchObject({
    status: "warn",
    observedValue: 2,
    output: "nobody is on call: schedule second, every level of prod",
  });
});

describe("the calendar", () => {
  it("is had with a key, or by a signed address without one; one for another schedule is not genuine", async () => {
    const { call } = await world();
    const own = await call("GET", "/api/v1/oncall/primary/calendar.ics");
    expect([own.status, own.headers.get("content-type")]).toEqual([200, "text/calendar; charset=utf-8"]);
    expect(own.text).toContain("SUMMARY:Ann Example on call: primary\r\n");
    const { calendar } = (await call("GET", "/api/v1/oncall/primary")).json;
    const { pathname, search, origin } = new URL(calendar);
    expect([origin, pathname]).toEqual(["https://headgate.example", "/hooks/oncall/calendar.ics"]);
    expect((await call("GET", `${pathname}${search}`)).text).toBe(own.text);
    expect((await call("GET", `${pathname}${search}&person=bob`)).text).not.toContain("Ann Example");
    const forged = search.replace("g=primary", "g=second");
    expect(forged).not.toBe(search);
    expect((await call("GET", `${pathname}${forged}`)).json.code).toBe("link.invalid");
  });

  it("does not say why somebody stands in, and a link whose schedule is gone does not name the others", async () => {
    const w = await world();
    await w.call("POST", "/api/v1/oncall/primary/overrides", { person: "cyd", for: "1h", why: "dentist" });
    const { text } = await w.call("GET", "/api/v1/oncall/primary/calendar.ics");
    expect(text).toContain("SUMMARY:cyd on call: primary");
    expect(text).not.toContain("dentist");
    const { pathname, search } = new URL((await w.call("GET", "/api/v1/oncall/primary")).json.calendar);
    await w.apply(ALERTMANAGER, SECTION.replace("    primary:", "    first:").replace("[primary]", "[first]"));
    const gone = await w.call("GET", `${pathname}${search}`);
    expect([gone.status, gone.json.code]).toEqual([404, "oncall.unknown"]);
    expect(gone.text).not.toMatch(/first|second/);
  });

  it("says with a higher SEQUENCE that an override was made, and that it was taken back", async () => {
    const w = await world();
    const sequence = async () =>
      Number(/SEQUENCE:(\d+)/.exec((await w.call("GET", "/api/v1/oncall/primary/calendar.ics")).text)?.[1]);
    const before = await sequence();
    w.clock.advance(HOUR_MS);
    const { id } = (await w.call("POST", "/api/v1/oncall/primary/overrides", { person: "cyd", for: "1h" })).json;
    const made = await sequence();
    w.clock.advance(HOUR_MS / 2);
    await w.call("DELETE", `/api/v1/oncall/primary/overrides/${id}`);
    expect([made - before, (await sequence()) - made]).toEqual([60, 30]);
  });
});

describe("headgate oncall", () => {
  let server: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    server = await listen((await world()).app.fetch);
  });
  afterAll(() => server.close());
  const cli = (...args: string[]) => headgate(["oncall", ...args, "--url", server.url]);

  it("shows who is on call, and of one schedule its shifts on its own clock", async () => {
    const all = await cli("show");
    expect([all.status, all.stdout]).toEqual([
      0,
      expect.stringMatching(/primary +Ann Example \(ann\) +2026-01-06 00:00 \(in 1 h 46 min\) +bob +layer 1 +UTC/),
    ]);
    expect(all.stdout).toMatch(/prod +1 +at once +ann \(primary\)/);
    const one = await cli("show", "second", "--at", "2026-01-06T21:30");
    expect([one.status, one.stdout]).toEqual([
      1,
      expect.stringContaining("NOBODY is on call for second until 2026-01-06 23:00"),
    ]);
    expect(JSON.parse((await cli("show", "primary", "--json")).stdout)).toMatchObject({ person: "ann" });
    expect((await cli("show", "nope")).status).toBe(2);
    expect((await cli("show", "--from", "2026-01-01")).status).toBe(2);
  });

  it("makes an override and takes it back", async () => {
    const made = await cli("override", "primary", "cyd", "--for", "2h", "--why", "dentist", "--by", "ann");
    expect([made.status, made.stdout.trim()]).toEqual([0, expect.stringMatching(/^ovr_/)]);
    expect((await cli("show", "primary")).stdout).toMatch(
      /ovr_\w+ +cyd +2026-01-05 22:13 +2026-01-06 00:13 +ann \(local\) +dentist/,
    );
    const gone = await cli("unoverride", "primary", made.stdout.trim());
    expect([gone.status, gone.stderr]).toEqual([0, expect.stringContaining("is gone")]);
    expect((await cli("override", "primary", "eve", "--for", "2h")).status).toBe(2);
    expect((await cli("override", "primary", "cyd")).status).toBe(2);
  });
});
