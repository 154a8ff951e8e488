import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { add, decimal, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { type Answer, type World, world } from "../api/kit.ts";

const SAMPLE = "cost: { sources: [{ sample: { seed: 3, days: 10 } }] }\n";

/** A control plane whose configuration is nothing but its cost. */
async function costWorld(cost = SAMPLE, options: Parameters<typeof world>[0] = {}) {
  const w = await world({ config: "", ...options });
  const source = `version: 1\n${cost}`;
  const parsed = parseConfig(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(w.runtime, "default", { ...parsed, text: source }, { by: "test" });
  return w;
}

const answer = async (w: World, path: string, headers = {}): Promise<Answer> =>
  (await w.get(`/api/v1/cost/${path}`, headers)).json();

describe("GET /cost/report", () => {
  test("rows and the unallocated line sum to the total exactly, each with its keys, and the sample is told as made up", async () => {
    const w = await costWorld();
    const report = await answer(w, "report?groupBy=day,service,resource_type");
    const sum = report.rows.reduce(
      (all: typeof ZERO, row: Answer) => add(all, decimal(row.cost) ?? ZERO),
      decimal(report.unallocated),
    );
    expect(text(sum).replace(/0+$/u, "")).toBe(report.total.replace(/0+$/u, ""));
    expect(report).toMatchObject({ status: "known", basis: "effective", currency: "USD", zone: "UTC" });
    expect(Object.keys(report.rows[0])).toEqual(expect.arrayContaining(["day", "service", "resourceType", "cost"]));
    expect(new Set(report.days.map((one: Answer) => one.finality))).toEqual(new Set(["made_up"]));
    expect(report.sources).toEqual([expect.objectContaining({ source: "sample", requests: 0, paid: "0" })]);
  });

  test("no source and no charge are two answers, and neither is 0", async () => {
    const none = await answer(await costWorld("cost: {}\n"), "report");
    expect([none.status, none.total]).toEqual(["no_sources", null]);
    const empty = await answer(await costWorld(), "report?from=2020-01-01&to=2020-01-02");
    expect([empty.status, empty.rows]).toEqual(["none", []]);
  });

  test.each([
    ["csv", "text/csv"],
    ["md", "text/markdown"],
    ["html", "text/html"],
  ])("as %s it is a file of its own, never a page of this server", async (format, type) => {
    const response = await (await costWorld()).get(`/api/v1/cost/report?format=${format}`);
    expect(response.headers.get("content-type")).toContain(type);
    expect(response.headers.get("content-disposition")).toMatch(
      new RegExp(`^attachment; filename="cost-.*\\.${format}"$`),
    );
    expect((await response.text()).length).toBeGreaterThan(200);
  });

  test.each([
    ["groupBy=colour", "groupBy", /day, month, service/],
    ["from=2026-02-30", "from", /a day such as/],
    ["basis=list", "basis", /billed/],
    ["format=pdf", "format", /csv/],
    ["colour=red", "colour", /unknown member/],
  ])("?%s is refused with what is allowed", async (query, path, allowed) => {
    const w = await costWorld();
    const response = await w.get(`/api/v1/cost/report?${query}`);
    const body = (await response.json()) as Answer;
    expect([response.status, body.code]).toEqual([400, "input.invalid"]);
    expect(body.faults[0].path).toBe(path);
    expect(JSON.stringify(body.faults[0])).toMatch(allowed);
  });

  test("another tenant sees nothing of it", async () => {
    const w = await costWorld(SAMPLE, { access: "keys" });
    const theirs = { authorization: `Bearer ${await w.key("read", "other")}` };
    expect((await answer(w, "report", theirs)).status).toBe("no_sources");
  });
});

describe("other reads", () => {
  test("the forecast has its exact part as text and says from what it is made", async () => {
    const forecast = await answer(await costWorld(), "forecast");
    expect(forecast.spent ?? "0").toMatch(/^-?\d+(\.\d+)?$/u);
    expect(forecast.notes.join(" ")).toContain("made-up");
    expect(forecast.sources[0]).toMatchObject({ status: "read", paid: "0" });
  });

  test("drivers sum to the difference, and half a span to compare with is refused", async () => {
    const w = await costWorld();
    const { drivers } = await answer(w, "drivers");
    const sum = drivers.rows.reduce((all: typeof ZERO, row: Answer) => add(all, decimal(row.difference) ?? ZERO), ZERO);
    expect(text(sum).replace(/\.?0+$/u, "")).toBe(drivers.difference.replace(/\.?0+$/u, ""));
    const half = await w.get("/api/v1/cost/drivers?againstFrom=2026-01-01");
    expect([half.status, ((await half.json()) as Answer).faults[0].path]).toEqual([400, "againstTo"]);
  });

  test("tenants sum to the total with what is nobody's, each with its budget, and one of them adds up by what it pays for", async () => {
    const tenants =
      "tenants: { tag: team, budgets: { checkout: { amount: '100' } } }, allocation: { idle: keep, shared: keep }";
    const w = await costWorld(`cost: { sources: [{ sample: { seed: 3, days: 10 } }], ${tenants} }\n`);
    const view = await answer(w, "tenants");
    const sum = (amounts: readonly (string | undefined)[]) =>
      amounts.reduce((all, one) => add(all, decimal(one ?? "0") ?? ZERO), ZERO);
    const all = sum([...view.items.map((one: Answer) => one.cost), view.unallocated, view.shared, view.idle]);
    expect(text(all).replace(/0+$/u, "")).toBe(view.total.replace(/0+$/u, ""));
    const checkout = view.items.find((one: Answer) => one.tenant === "checkout");
    expect([checkout.budget.amount, view.madeUp]).toEqual(["100", true]);
    const one = await answer(w, "tenants/checkout");
    expect(text(sum(one.parts.map(({ cost }: Answer) => cost)))).toBe(one.cost);
    expect(await answer(w, "tenants/nobody%20knows")).toMatchObject({ status: "none", cost: "0", parts: [] });
    expect((await answer(w, "allocation")).total).toBe(view.total);
  });

  test("a person's word on an unusual cost is kept with a record; what names no day is refused", async () => {
    const w = await costWorld();
    expect(await answer(w, "anomalies")).toMatchObject({ items: expect.any(Array), learning: expect.any(Array) });
    const said = { feedback: "planned_activity", why: "the load test" };
    const id = encodeURIComponent("AWS Lambda@2026-01-03");
    const kept = (await (await w.post(`/api/v1/cost/anomalies/${id}/judge`, said)).json()) as Answer;
    expect(kept.decision).toMatch(/^dec_/u);
    expect((await w.post("/api/v1/cost/anomalies/lambda/judge", said)).status).toBe(400);
  });

  test("what Headgate itself costs is told at the load that is given, and what a change of the configuration adds", async () => {
    const w = await costWorld();
    const [at10, at20] = [await answer(w, "self?services=10"), await answer(w, "self?services=20")];
    expect(Number(at20.load.perMonth)).toBeGreaterThan(Number(at10.load.perMonth));
    expect((await w.get("/api/v1/cost/self?services=many")).status).toBe(400);
    const text = `version: 1\n${SAMPLE}`;
    const estimate = async (after: string) =>
      (await (await w.post("/api/v1/cost/estimate", { text: after })).json()) as Answer;
    expect(await estimate(text)).toMatchObject({ change: "0", lines: [] });
    const more = await estimate(
      `${text}services: { a: { ecs: { cluster: c, service: a } } }\nautoscaling: { a: { min: 1, max: 2 } }\n`,
    );
    expect(Number(more.change)).toBeGreaterThan(0);
    expect((await estimate("version: 2\n")).code).toBe("config.invalid");
  });

  test("sources say what asking them cost", async () => {
    expect(await answer(await costWorld(), "sources")).toMatchObject({
      status: "known",
      requests: 0,
      paid: "0",
      items: [{ source: "sample", kind: "sample", status: "read", finality: "made_up" }],
    });
  });
});

describe("POST /cost/import", () => {
  const HEAD =
    "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ServiceName,ChargeCategory,BillingAccountId\n";
  const row = (cost: string, day: string) => `${cost},${cost},USD,${day}T00:00:00Z,${day}T01:00:00Z,Kafka,Usage,1\n`;
  const send = (w: World, body: BodyInit, query = "", headers = {}) =>
    w.app.request(`/api/v1/cost/import?name=january.csv${query}`, {
      ...{ method: "POST", body, headers: { host: "localhost", ...headers } },
    });

  test("a bill is taken in under the name it is sent with, gzipped too, and the same again changes nothing", async () => {
    const w = await costWorld("cost: {}\n");
    const bill = HEAD + row("1.10", "2026-01-02") + row("0.00000080000", "2026-01-03");
    const first = (await (await send(w, gzipSync(bill), "&source=aws")).json()) as Answer;
    expect(first).toMatchObject({
      source: "aws",
      exports: [{ name: "january.csv", outcome: "added", rows: 2, from: "2026-01-02", to: "2026-01-03" }],
    });
    expect((await ((await send(w, bill, "&source=aws")).json() as Promise<Answer>)).exports[0].outcome).toBe("same");
    const report = await answer(w, "report?from=2026-01-01&to=2026-01-04&groupBy=service");
    expect([report.status, Number(report.total)]).toEqual(["known", 1.1000008]);
  });

  test("a malformed row is refused with file, row and column, nothing of it is kept, and no path of this machine is told", async () => {
    const w = await costWorld("cost: {}\n");
    const response = await send(w, HEAD + row("1", "2026-01-02") + row("1,2x", "2026-01-03"));
    const text = await response.text();
    expect([response.status, JSON.parse(text).code]).toEqual([422, "bill.invalid"]);
    expect(text).toContain("january.csv");
    expect(text).not.toContain("headgate-upload");
    expect((await answer(w, "report")).status).toBe("no_sources");
  });

  test("no body, a name with folders and a key that may only read are refused or made harmless", async () => {
    const w = await costWorld("cost: {}\n", { access: "keys" });
    const keyed = async (scope: "read" | "operate") => ({ authorization: `Bearer ${await w.key(scope)}` });
    expect((await send(w, "", "", await keyed("operate"))).status).toBe(400);
    expect((await send(w, HEAD, "", await keyed("read"))).status).toBe(403);
    const sent = await w.app.request(`/api/v1/cost/import?name=${encodeURIComponent("../../x.csv")}`, {
      ...{ method: "POST", body: HEAD + row("1", "2026-01-02"), headers: await keyed("operate") },
    });
    expect(((await sent.json()) as Answer).exports[0].name).toBe("x.csv");
  });
});
