import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { shapes } from "../../functions/api/schemas.ts";
import { sweepCircuits } from "../../functions/traffic/breaker-journal.ts";
import type { Circuit } from "../../shared/core/kernel/circuit.ts";
import { type Answer, world } from "../api/kit.ts";

const BASE = "/api/v1/breakers";
const NAME = "orders/10.0.1.17:8080";
const at = (name: string, what = "") => `${BASE}/${encodeURIComponent(name)}${what}`;
const json = async (response: Response | Promise<Response>): Promise<Answer> => (await response).json();
const shaped = (name: keyof typeof shapes, value: unknown): void => {
  const parsed = v.safeParse(shapes[name], value);
  expect(parsed.issues?.map((issue) => `${name} ${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
};
const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
traffic:
  orders: { breaker: { rule: consecutive, failures: 2, jitter: 0 } }
`;

describe("the API of circuits", () => {
  test("callers of any language: asking, telling how it ended, probing, closing", async () => {
    const w = await world();
    const ask = () => json(w.post(at(NAME, "/admit"), { environment: "go-7" }));
    const first = await ask();
    shaped("Admission", first);
    expect(first).toMatchObject({ circuit: NAME, admitted: true, epoch: 0, degraded: false });
    const outcomes = ["failure", "failure", "success", "failure", "failure", "failure"];
    const told = await json(w.post(at(NAME, "/outcomes"), { environment: "go-7", epoch: 0, outcomes }));
    shaped("Outcomes", told);
    expect(told).toMatchObject({ status: "closed", dropped: 0 });
    const opened = await json(w.post(at(NAME, "/outcomes"), { epoch: 0, outcome: "failure", ms: 30 }));
    expect(opened).toMatchObject({ status: "open", epoch: 1 });
    const refused = await ask();
    shaped("Admission", refused);
    expect(refused).toMatchObject({ admitted: false, reason: "open", retryAt: opened.openUntil });
    expect(await json(w.post(at(NAME, "/outcomes"), { epoch: 0, outcome: "failure" }))).toMatchObject({ dropped: 1 });
    w.clock.advance(66_000);
    for (let nth = 0; nth < 3; nth += 1) {
      const probe = await ask();
      expect(probe).toMatchObject({ admitted: true, epoch: 2, probe: expect.any(String) });
      expect(await ask()).toMatchObject({ admitted: false, reason: "probing" });
      await w.post(at(NAME, "/outcomes"), { epoch: probe.epoch, probe: probe.probe, outcome: "success" });
    }
    const shown = await json(w.get(at(NAME)));
    shaped("Circuit", shown);
    expect(shown).toMatchObject({ status: "closed", admits: "yes", epoch: 3 });
    expect(shown.history.map((one: { reason: string }) => one.reason)).toEqual([
      "closed",
      "probing",
      "opened_consecutive",
    ]);
  });

  test("a circuit of a service goes by the service's rule, others by the defaults or by the one they bring", async () => {
    const w = await world({ config: CONFIG });
    const fails = (name: string, outcomes: number, more = {}) =>
      json(w.post(at(name, "/outcomes"), { outcomes: Array.from({ length: outcomes }, () => "failure"), ...more }));
    expect(await fails(NAME, 1)).toMatchObject({ status: "closed" });
    expect(await fails(NAME, 1)).toMatchObject({ status: "open", openUntil: w.clock.now() + 60_000 });
    expect(await fails("payments", 4)).toMatchObject({ status: "closed" });
    expect(await fails("payments", 1)).toMatchObject({ status: "open" });
    const rate = { rule: "rate", minimumCalls: 3, failureRate: 60 };
    expect(await fails("search", 2, { policy: rate })).toMatchObject({ status: "closed" });
    expect(await fails("search", 1, { policy: rate })).toMatchObject({ status: "open" });
  });

  test("what is done by hand is told to the gateway of this process at once; an end that is no instant is refused", async () => {
    const w = await world();
    const told: string[] = [];
    const circuitChanged = (circuit: string) => void told.push(circuit);
    Object.assign(w.runtime, { traffic: Object.assign(() => undefined, { circuitChanged }) });
    for (const until of [9e15, -1, 1.5])
      expect((await w.post(at(NAME, "/force"), { state: "open", why: "test", until })).status).toBe(400);
    expect(told).toEqual([]);
    await w.post(at(NAME, "/force"), { state: "open", why: "test" });
    await w.post(at(NAME, "/release"), {});
    expect(told).toEqual([NAME, NAME]);
  });

  test("forced by hand with who, why and until; taken back; it ends by itself; all of it in the history", async () => {
    const w = await world();
    const body = { state: "open", why: "payments is being moved", for: "30m", by: "ada" };
    const forced = await json(w.post(at(NAME, "/force"), body));
    shaped("CircuitChanged", forced);
    const until = w.clock.now() + 1_800_000;
    expect(forced).toMatchObject({
      status: "open",
      admits: "no",
      reason: "forced_open",
      forced: { state: "open", by: "ada (local)", why: body.why, until },
    });
    expect(await json(w.get(`/api/v1/decisions/${forced.decision}`))).toMatchObject({
      decision: { subject: `circuit:${NAME}`, reason: "forced_open", trigger: { type: "api", id: "ada (local)" } },
    });
    expect(await json(w.post(at(NAME, "/admit"), {}))).toMatchObject({
      admitted: false,
      reason: "forced_open",
      retryAt: until,
    });
    w.clock.advance(1_800_000);
    expect(await json(w.get(at(NAME)))).toMatchObject({ status: "closed", admits: "yes" });
    expect(await json(w.post(at(NAME, "/admit"), {}))).toMatchObject({ admitted: true });
    await w.post(at(NAME, "/force"), { state: "disabled", why: "test" });
    await w.post(at(NAME, "/outcomes"), { outcomes: Array.from({ length: 20 }, () => "failure") });
    expect(await json(w.get(at(NAME)))).toMatchObject({ status: "closed", forced: { state: "disabled" } });
    const released = await json(w.post(at(NAME, "/release"), { why: "done" }));
    shaped("CircuitChanged", released);
    expect(released.forced).toBeUndefined();
    expect(await json(w.post(at(NAME, "/release"), {}))).toMatchObject({ reason: "held_unchanged" });
    const { history } = await json(w.get(at(NAME)));
    expect(history.map((one: { reason: string }) => one.reason)).toEqual([
      "released",
      "disabled",
      "released",
      "forced_open",
    ]);
  });

  test("the list goes by name, by prefix and in pages, and every name finds its circuit", async () => {
    const w = await world();
    const names = ["a/b", "a%2Fb", "a", "zürich/🎈", "a b", "x#y?z"];
    for (const name of names) await w.post(at(name, "/outcomes"), { outcome: "failure" });
    const all = await json(w.get(BASE));
    shaped("Circuits", all);
    expect(all.items.map((one: { circuit: string }) => one.circuit)).toEqual([...names].sort());
    for (const name of names)
      expect(await json(w.get(at(name)))).toMatchObject({ circuit: name, counts: { failures: 1 } });
    const first = await json(w.get(`${BASE}?prefix=a&limit=2`));
    const second = await json(w.get(`${BASE}?prefix=a&limit=2&cursor=${encodeURIComponent(first.cursor)}`));
    expect([...first.items, ...second.items].map((one) => one.circuit)).toEqual(["a", "a b", "a%2Fb", "a/b"]);
  });

  test("what is wrong is told: unknown circuits, ends that have come, rules and names that cannot be", async () => {
    const w = await world();
    expect(await json(w.get(at("nobody")))).toMatchObject({ status: 404, code: "circuit.unknown" });
    expect(await json(w.post(at("nobody", "/release"), {}))).toMatchObject({ status: 404, code: "circuit.unknown" });
    for (const [what, body] of [
      ["/force", { state: "open", why: "x", until: 5 }],
      ["/force", { state: "ajar", why: "x" }],
      ["/force", { state: "open" }],
      ["/force", { state: "open", why: "x", for: "5m", until: 9e15 }],
      ["/outcomes", { outcome: "failure", outcomes: ["failure"] }],
      ["/outcomes", { outcome: "perhaps" }],
      ["/admit", { policy: { rule: "consecutive", failures: 0 } }],
    ] as const)
      expect([what, body, (await w.post(at(NAME, what), body)).status]).toEqual([what, body, 400]);
    expect((await w.post(at("x".repeat(893), "/admit"), {})).status).toBe(400);
    expect(await json(w.get(BASE))).toMatchObject({ items: [] });
  });

  test("recorded calls through other rules", async () => {
    const w = await world();
    const calls = Array.from({ length: 200 }, (_, nth) => ({ at: nth * 100, ok: nth < 50 || nth > 150, ms: 10 }));
    const view = await json(
      w.post(`${BASE}/what-if`, { policies: ["seed", { rule: "consecutive", failures: 20 }], calls }),
    );
    shaped("BreakerWhatIf", view);
    expect(view.items.map((one: { doomed: number }) => one.doomed)).toEqual([5, 20]);
  });

  test("the sweep records what a dead process could not, once", async () => {
    const w = await world();
    const { runtime } = w;
    const open: Circuit = {
      v: 1,
      status: "open",
      epoch: 1,
      rev: 1,
      since: w.clock.now(),
      openUntil: w.clock.now() + 60_000,
      opens: 1,
      probes: [],
      successes: 0,
      last: {
        from: "closed",
        to: "open",
        reason: "opened_consecutive",
        at: w.clock.now(),
        by: "dead",
        values: { failures: 5 },
      },
    };
    await runtime.circuits?.change({ tenant: "default", circuit: NAME }, { rev: 0, epoch: 0 }, open, {
      at: w.clock.now(),
    });
    expect(await sweepCircuits(runtime, "default")).toBe(0);
    w.clock.advance(30_000);
    expect(await sweepCircuits(runtime, "default")).toBe(1);
    expect(await sweepCircuits(runtime, "default")).toBe(0);
    expect(await sweepCircuits({ ...runtime }, "default")).toBe(1);
    const { history } = await json(w.get(at(NAME)));
    expect(history).toMatchObject([{ reason: "opened_consecutive", trigger: "recovery" }]);
  });
});
