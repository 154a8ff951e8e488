import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { type Answer, type World, world } from "../api/kit.ts";
import { headgate, listen } from "./kit.ts";

const COST = `version: 1
cost:
  sources: [{ sample: { seed: 3, days: 40 } }]
  schedule: off
  reports:
    daily: { every: daily, at: 7, to: [./out] }
    weekly: { every: weekly, at: 6, to: [./missing/../out] }
`;

describe("reports on a schedule, by a person's word", () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-reports-"));
  let w: World;
  let api: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    w = await world({ config: "" });
    Object.assign(w.runtime, { baseDir: folder });
    const parsed = parseConfig(COST);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(w.runtime, "default", { ...parsed, text: COST }, { by: "test" });
    api = await listen(w.app.fetch);
  });
  afterAll(async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });
  const cli = (...args: readonly string[]) => headgate(["cost", ...args], { env: { HEADGATE_URL: api.url } });

  it("are listed with when they are made next, and nothing is claimed of one that was never made", async () => {
    const { stdout, status } = await cli("reports");
    expect([status, stdout]).toEqual([0, expect.stringMatching(/daily +daily at 7 UTC .* not made yet/)]);
    const view = JSON.parse((await cli("reports", "--json")).stdout);
    expect(view.items.map((one: Answer) => [one.name, one.every, one.last])).toEqual([
      ["daily", "daily", undefined],
      ["weekly", "weekly", undefined],
    ]);
  });

  it("are made at once, with the record of who said so, and the list tells where the files lie", async () => {
    const { stdout, status } = await cli("send", "daily", "--to", "2026-01-02", "--by", "ann");
    expect([status, stdout]).toEqual([0, expect.stringContaining("cost/reports/daily/2026-01-02.html")]);
    expect(existsSync(join(folder, "out/cost/reports/daily/2026-01-02.csv"))).toBe(true);
    const [, id = ""] = /decision (dec_\w+)/.exec(stdout) ?? [];
    const record = (await (await w.get(`/api/v1/decisions/${id}`)).json()) as Answer;
    expect(JSON.stringify(record)).toContain("asked for by ann");
    const view = JSON.parse((await cli("reports", "--json")).stdout);
    const { last } = view.items[0];
    expect(last).toMatchObject({ status: "made", from: "2025-12-04", to: "2026-01-02", troubles: [] });
    expect(last.kept).toContain("cost/default/reports/daily/2026-01-02.json");
    expect(await w.runtime.objects.get(last.kept[0])).toBeDefined();
    expect((await cli("reports")).stdout).toContain("daily: own store: cost/default/reports/daily/2026-01-02.html");
  });

  it("the same request twice makes one report; an unknown name and a bad day are refused, and reading is not acting", async () => {
    const run = "/api/v1/cost/reports/weekly/run";
    const headers = { "idempotency-key": "once" };
    const first = (await (await w.post(run, {}, headers)).json()) as Answer;
    expect(first).toMatchObject({ id: "weekly", ok: true, reason: "made", report: { last: { status: "made" } } });
    const again = await w.post(run, {}, headers);
    expect([await again.json(), again.headers.get("idempotent-replayed")]).toEqual([first, "true"]);
    const { stderr, status } = await cli("send", "monthly");
    expect([status, stderr]).toEqual([2, expect.stringContaining("there is daily, weekly")]);
    expect((await cli("send", "daily", "--to", "soon")).status).toBe(2);
    const authorization = `Bearer ${await w.key("read")}`;
    expect((await w.post(run, {}, { authorization })).status).toBe(403);
    expect((await w.get("/api/v1/cost/reports", { authorization })).status).toBe(200);
  });

  it("SQL is asked of the bills that are kept, with the engine said; what writes is refused, and reading keys may not", async () => {
    const { stdout, stderr, status } = await cli(
      ...["query", "SELECT COUNT(*) > 100 AS many, COUNT(DISTINCT ServiceName) > 3 AS services FROM cost_export"],
      ...["--format", "csv"],
    );
    expect([status, stdout]).toEqual([0, "many,services\ntrue,true\n"]);
    expect(stderr).toContain("sample: made up");
    const sql = "SELECT service_name FROM cost_metrics ORDER BY 1";
    const view = (await (await w.post("/api/v1/cost/query", { sql, limit: 2 })).json()) as Answer;
    expect(view).toMatchObject({ engine: "duckdb", truncated: true, columns: [{ name: "service_name" }] });
    expect(view.rows).toHaveLength(2);
    const refused = await w.post("/api/v1/cost/query", { sql: "DROP TABLE cost_export" });
    expect([refused.status, ((await refused.json()) as Answer).code]).toEqual([422, "query.invalid"]);
    const files = await w.post("/api/v1/cost/query", { sql: "SELECT * FROM read_text('/etc/hostname')" });
    expect(files.status).toBe(422);
    const authorization = `Bearer ${await w.key("read")}`;
    expect((await w.post("/api/v1/cost/query", { sql }, { authorization })).status).toBe(403);
  });

  it("deployed it is begun and left to the worker, and says so", async () => {
    Object.assign(w.runtime, { parts: {} });
    try {
      const { stdout, status } = await cli("send", "weekly", "--to", "2026-01-04");
      expect([status, stdout]).toEqual([0, expect.stringMatching(/weekly: 2025-12-29 to 2026-01-04 is being made/)]);
      expect((await cli("send", "weekly")).status).toBe(1);
      expect((await cli("query", "SELECT 1")).stderr).toContain("cost.athena");
      expect(w.timers.waiting()).toContainEqual(
        expect.objectContaining({ key: expect.objectContaining({ subject: "report:weekly" }) }),
      );
    } finally {
      Object.assign(w.runtime, { parts: undefined });
    }
  });
});
