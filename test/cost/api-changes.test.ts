import { expect, test } from "vitest";
import { savingOf } from "../../shared/core/cost/saving-sum.ts";
import type { Answer } from "../api/kit.ts";
import { savingWorld } from "./saving-kit.ts";

const base = "/api/v1/cost";
const WEEK_TEXT = String(168 * 3_600_000);

async function opportunityOf({ w }: Awaited<ReturnType<typeof savingWorld>>) {
  const view = (await (await w.get(`${base}/opportunities`)).json()) as Answer;
  return { view, one: view.items.find((item: Answer) => item.kind === "retention") as Answer };
}

test("what could be saved is told with its saving as text, and what was left alone with the reason", async () => {
  const { view, one } = await opportunityOf(await savingWorld());
  expect(view).toMatchObject({ mode: "recommend", currency: "USD", dismissed: [], troubles: [] });
  expect(one).toMatchObject({ resource: { name: "orders" }, action: { type: "topic_configs", topic: "orders" } });
  expect(one.savingPerMonth).toMatch(/^\d+(\.\d+)?$/u);
  expect(one.bounds.length).toBeGreaterThan(0);
  expect(view.notProposed).toContainEqual(expect.objectContaining({ reason: "compacted" }));
});

test("applying needs a reason, changes the topic once however often it is sent, and one call takes it back", async () => {
  const made = await savingWorld();
  const { w, retention } = made;
  const { one } = await opportunityOf(made);
  const path = `${base}/opportunities/${one.id}/apply`;
  expect((await w.post(path, {})).status).toBe(400);
  expect((await retention())?.value).toBe(WEEK_TEXT);
  const headers = { "idempotency-key": "once" };
  const first = (await (await w.post(path, { why: "the audit is over", by: "ada" }, headers)).json()) as Answer;
  expect(first).toMatchObject({ id: one.id, ok: true, decision: expect.stringMatching(/^dec_/u) });
  const set = (await retention())?.value;
  expect(set).toBe(one.action.set[0].value);
  const again = await w.post(path, { why: "the audit is over", by: "ada" }, headers);
  expect([await again.json(), again.headers.get("idempotent-replayed")]).toEqual([first, "true"]);
  const { view } = await opportunityOf(made);
  expect(view.items.filter((item: Answer) => item.id === one.id)).toEqual([]);
  const changes = (await (await w.get(`${base}/changes`)).json()) as Answer;
  expect(changes.items).toEqual([
    expect.objectContaining({
      ...{ id: one.id, status: "guarded", revertible: true, by: "ada (local)", why: "the audit is over" },
      promisedPerMonth: one.savingPerMonth,
    }),
  ]);
  expect(changes.promisedPerMonth).toBe(one.savingPerMonth);
  expect(changes).not.toHaveProperty("realisedPerMonth");
  const back = await w.post(`${base}/changes/${one.id}/revert`, { why: "a new reader needs the week" });
  expect(await back.json()).toMatchObject({ ok: true });
  expect((await retention())?.value).toBe(WEEK_TEXT);
  const after = (await (await w.get(`${base}/changes`)).json()) as Answer;
  expect([after.items[0].status, after.items[0].revertible, after.promisedPerMonth]).toEqual(["reverted", false, "0"]);
});

test("a dismissal hides it until its time is over, with who and why; an unreadable time is refused", async () => {
  const made = await savingWorld();
  const { w } = made;
  const { one } = await opportunityOf(made);
  const path = `${base}/opportunities/${one.id}/dismiss`;
  const bad = await w.post(path, { why: "later", for: "soon" });
  expect([bad.status, ((await bad.json()) as Answer).faults[0].path]).toEqual([400, "for"]);
  expect(await (await w.post(path, { why: "a replay is planned", for: "30d" })).json()).toMatchObject({ ok: true });
  const { view } = await opportunityOf(made);
  expect(view.items.map(({ id }: Answer) => id)).not.toContain(one.id);
  expect(view.dismissed).toEqual([
    expect.objectContaining({
      id: one.id,
      reason: "a replay is planned",
      by: "local",
      until: w.clock.now() + 2_592_000_000,
    }),
  ]);
  expect(await (await w.post(`${base}/opportunities/${one.id}/reopen`, { why: "it is over" })).json()).toMatchObject({
    ok: true,
  });
  expect((await opportunityOf(made)).one.id).toBe(one.id);
});

test("in mode observe nothing is changed, not even by somebody's word; what is not there is unknown", async () => {
  const made = await savingWorld("observe");
  const { view } = await opportunityOf(made);
  expect(view.mode).toBe("observe");
  expect((await made.retention())?.value).toBe(WEEK_TEXT);
  const missing = await made.w.post(`${base}/opportunities/opp_none/apply`, { why: "try" });
  expect([missing.status, ((await missing.json()) as Answer).code]).toEqual([404, "opportunity.unknown"]);
});

test("whoever may only read sees it and cannot apply it", async () => {
  const made = await savingWorld("recommend", { access: "keys" });
  const reader = { authorization: `Bearer ${await made.w.key("read")}` };
  const view = (await (await made.w.get(`${base}/opportunities`, reader)).json()) as Answer;
  const path = `${base}/opportunities/${view.items[0].id}`;
  for (const verb of ["apply", "dismiss"])
    expect((await made.w.post(`${path}/${verb}`, { why: "x" }, reader)).status).toBe(403);
  expect((await made.retention())?.value).toBe(WEEK_TEXT);
});

test("what another hand has changed since it was shown is refused, and shown anew it may be applied; applied twice is refused", async () => {
  const made = await savingWorld();
  const { one } = await opportunityOf(made);
  const path = `${base}/opportunities/${one.id}/apply`;
  const value = String(30 * 24 * 3_600_000);
  await made.log.setTopicConfigs("orders", [{ name: "retention.ms", value }]);
  const refused = await made.w.post(path, { why: "it is cheaper" });
  expect(((await refused.json()) as Answer).code).toBe("cost.refused");
  expect((await made.retention())?.value).toBe(value);
  expect((await opportunityOf(made)).one.id).toBe(one.id);
  expect((await made.w.post(path, { why: "it is cheaper" })).status).toBe(200);
  const again = (await (await made.w.post(path, { why: "it is cheaper" })).json()) as Answer;
  expect([again.code, again.detail]).toEqual(["cost.refused", expect.stringContaining("it is guarded since")]);
});

test("savings in different currencies are never one sum", () => {
  const of = (savingPerMonth: string | undefined, currency: string) =>
    savingPerMonth === undefined ? { currency } : { savingPerMonth, currency };
  expect(savingOf([of("1.5", "EUR"), of("2", "EUR"), of(undefined, "USD")], "USD")).toEqual({
    currency: "EUR",
    savingPerMonth: "3.5",
  });
  expect(savingOf([of("1.5", "EUR"), of("2", "USD")], "USD")).toEqual({ currency: "USD", savingPerMonth: "2" });
  expect(savingOf([], "USD")).toEqual({ currency: "USD", savingPerMonth: "0" });
});
