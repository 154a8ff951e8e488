import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sweepFlags } from "../../functions/delivery/flags-sweep.ts";
import { flagMachine } from "../../shared/core/delivery/flags/machine.ts";
import { flagExplain, flagSentence } from "../../shared/core/delivery/flags/words.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import { type Answer, type World, world } from "../api/kit.ts";
import { listen } from "../cli/kit.ts";

const CONFIG = `version: 1
flags:
  checkout:
    description: The checkout in one page
    rules:
      - name: staff
        if: [{ attribute: team, op: in, values: [core] }]
        serve: on
    rollout: { to: on, steps: [10, 100], every: 30s, hold: 3m }
    killWhen: { breakers: [payments, "shop/*"], hold: 2m }
  colour:
    variants: { red: "#f00", blue: "#00f", grey: "#888" }
    default: grey
    rollout: { shares: { red: 30, blue: 30, grey: 40 } }
  limits:
    variants: { small: { items: 10 }, large: { items: 100 } }
    default: small
  rate: { variants: { low: 1, high: 2.5 }, default: high }
`;
const MINUTE = 60_000;
const fresh = () => world({ config: CONFIG });
const body = async (response: Response | Promise<Response>): Promise<Answer> => (await response).json();

describe("the API", () => {
  test("lists, shows and evaluates flags", async () => {
    const w = await fresh();
    const list = await body(w.get("/api/v1/flags"));
    expect(list.items.map((one: Answer) => [one.name, one.type, one.status, one.shares])).toEqual([
      ["checkout", "boolean", "on", { off: 100 }],
      ["colour", "string", "on", { red: 30, blue: 30, grey: 40 }],
      ["limits", "object", "on", { small: 100 }],
      ["rate", "number", "on", { high: 100 }],
    ]);
    expect(await body(w.get("/api/v1/flags/rate"))).toMatchObject({ variants: { low: 1, high: 2.5 }, default: "high" });
    expect((await w.get("/api/v1/flags/nothing")).status).toBe(404);
    const told = await body(w.post("/api/v1/flags/checkout/evaluate", { context: { team: "core" } }));
    expect(told).toMatchObject({ value: true, variant: "on", reason: "TARGETING_MATCH", metadata: { rule: "staff" } });
    expect(told.rules[0]).toMatchObject({ rule: "staff", outcome: "served" });
    const wrong = await body(w.post("/api/v1/flags/checkout/evaluate", { type: "string" }));
    expect(wrong).toMatchObject({ errorCode: "TYPE_MISMATCH", reason: "ERROR" });
  });

  test("a snapshot has a tag that changes with what is served and with nothing else", async () => {
    const w = await fresh();
    const first = await w.get("/api/v1/flags/snapshot");
    const etag = first.headers.get("etag") as string;
    expect((await w.get("/api/v1/flags/snapshot", { "if-none-match": `"x", W/${etag}` })).status).toBe(304);
    await w.post("/api/v1/flags/checkout/kill", { why: "payments fail" });
    const second = await w.get("/api/v1/flags/snapshot", { "if-none-match": etag });
    expect(second.status).toBe(200);
    expect((await body(second)).flags.checkout.live).toMatchObject({
      killed: { cause: "manual", why: "payments fail" },
    });
    await w.post("/api/v1/flags/checkout/restore", {});
    expect((await w.get("/api/v1/flags/snapshot", { "if-none-match": etag })).status).toBe(304);
  });

  test("killing is recorded with who and why, replays to the bit, and happens once for one key", async () => {
    const w = await fresh();
    const once = { "idempotency-key": "k1" };
    const killed = await body(w.post("/api/v1/flags/rate/kill", { why: "too fast", by: "ada" }, once));
    expect(killed).toMatchObject({
      status: "decided",
      reason: "killed",
      flag: { status: "killed", shares: { high: 100 } },
    });
    expect(await body(w.post("/api/v1/flags/rate/kill", { why: "too fast", by: "ada" }, once))).toEqual(killed);
    expect((await w.post("/api/v1/flags/rate/kill", {})).status).toBe(400);
    const record = await w.journal.get("default", killed.decision.id);
    if (!record) throw new Error("must be recorded");
    expect(replay(record, flagMachine)).toEqual({ same: true });
    expect(flagSentence(record)).toBe(
      "flag rate is switched off: ada (local) switched it off: too fast; it serves high",
    );
    expect(flagExplain(record).at(-1)).toBe("reason: killed");
    expect((await body(w.get("/api/v1/flags/rate"))).decisions).toHaveLength(1);
  });

  test("shares that cannot be are refused with what is allowed", async () => {
    const w = await fresh();
    const refused = async (name: string, ask: object) => {
      const response = await w.post(`/api/v1/flags/${name}/rollout`, ask);
      return [response.status, (await body(response)).faults?.[0]?.path];
    };
    expect(await refused("colour", { percent: 5 })).toEqual([400, "percent"]);
    expect(await refused("colour", { shares: { red: 50 } })).toEqual([400, "shares"]);
    expect(await refused("colour", { shares: { pink: 100 } })).toEqual([400, "shares.pink"]);
    expect(await refused("colour", { start: true })).toEqual([400, "start"]);
    const set = await body(w.post("/api/v1/flags/colour/rollout", { shares: { red: 100 }, why: "red it is" }));
    expect(set.flag.shares).toEqual({ red: 100 });
    expect((await body(w.post("/api/v1/flags/colour/rollout", { release: true }))).flag.shares.grey).toBe(40);
  });

  test("a key that may only evaluate sees, evaluates, reports, and changes nothing", async () => {
    const w = await world({ config: CONFIG, access: "keys" });
    const key = await w.key("flags:evaluate");
    const as = { authorization: `Bearer ${key}` };
    const report = { source: "a", seq: 1, items: [{ flag: "rate", variant: "high", exposed: 3 }] };
    expect((await w.get("/api/v1/flags/snapshot", as)).status).toBe(200);
    expect((await w.post("/api/v1/flags/exposures", report, as)).status).toBe(200);
    expect((await w.post("/ofrep/v1/evaluate/flags/rate", {}, { "x-api-key": key })).status).toBe(200);
    expect((await w.post("/ofrep/v1/evaluate/flags/rate", {}, { "x-api-key": `${key}x` })).status).toBe(401);
    expect((await w.post("/api/v1/flags/rate/kill", { why: "x" }, as)).status).toBe(403);
    expect((await w.get("/api/v1/flags", as)).status).toBe(403);
    const read = { authorization: `Bearer ${await w.key("read")}` };
    expect((await w.post("/api/v1/flags/exposures", report, read)).status).toBe(403);
  });
});

describe("exposures", () => {
  const report = (seq: number, items: readonly object[], source = "a") => ({ source, seq, items });

  test("are added up over reporters, once for each batch; what is about nothing is left out", async () => {
    const w = await fresh();
    const one = { flag: "checkout", variant: "on", exposed: 5, requests: 4, errors: 1, slow: 2 };
    const post = (batch: object) => body(w.post("/api/v1/flags/exposures", batch));
    expect(await post(report(1, [one, { flag: "gone", variant: "on" }, { flag: "checkout", variant: "x" }]))).toEqual({
      accepted: 1,
      unknown: 2,
    });
    await post(report(1, [one]));
    await post(report(2, [one]));
    await Promise.all(Array.from({ length: 12 }, (_, index) => post(report(1, [one], `b${index}`))));
    const view = await body(w.get("/api/v1/flags/checkout/exposures"));
    expect(view.totals).toEqual({ on: { exposed: 70, requests: 56, errors: 14, slow: 28 } });
    expect(view.intervals).toEqual([{ at: expect.any(Number), variants: view.totals }]);
  });

  test("slow requests that not everybody counts are not known, which is not none", async () => {
    const w = await fresh();
    const one = { flag: "rate", variant: "high", requests: 4, errors: 1 };
    await w.post("/api/v1/flags/exposures", report(1, [{ ...one, slow: 2 }]));
    await w.post("/api/v1/flags/exposures", report(2, [one]));
    const { totals } = await body(w.get("/api/v1/flags/rate/exposures"));
    expect(totals.high).toMatchObject({ requests: 8, slow: -1 });
  });

  test("more errors than requests is refused", async () => {
    const w = await fresh();
    const bad = report(1, [{ flag: "rate", variant: "high", requests: 4, errors: 5 }]);
    expect((await w.post("/api/v1/flags/exposures", bad)).status).toBe(400);
  });
});

describe("the sweep", () => {
  const open = async (w: World, circuit: string) => {
    for (let index = 0; index < 5; index += 1)
      await w.post(`/api/v1/breakers/${encodeURIComponent(circuit)}/outcomes`, { outcome: "failure" });
  };
  const statusOf = async (w: World) => (await body(w.get("/api/v1/flags/checkout"))).status;

  test("an open circuit kills its flag; once a probe is due the hold time runs, and it is back", async () => {
    const w = await fresh();
    expect(await sweepFlags(w.runtime, "default")).toEqual({ looked: 1, decided: 0, failed: 0 });
    await open(w, "shop/cart");
    expect(await sweepFlags(w.runtime, "default")).toMatchObject({ decided: 1 });
    expect(await body(w.get("/api/v1/flags/checkout"))).toMatchObject({
      status: "tied",
      why: "circuit shop/cart is open",
    });
    w.clock.advance(90_000);
    await sweepFlags(w.runtime, "default");
    expect(await statusOf(w)).toBe("tied");
    w.clock.advance(2 * MINUTE);
    await sweepFlags(w.runtime, "default");
    expect(await statusOf(w)).toBe("on");
  });

  test("a gated roll-out goes by what libraries report, and a worse variant is taken back", async () => {
    const w = await fresh();
    let seq = 0;
    const serve = async (onErrors: number) => {
      const part = { flag: "checkout", requests: 2_000 };
      const items = [
        { ...part, variant: "on", errors: onErrors, slow: 20 },
        { ...part, variant: "off", errors: 20, slow: 20 },
      ];
      await w.post("/api/v1/flags/exposures", { source: "a", seq: (seq += 1), items });
      w.clock.advance(30_000);
    };
    for (let index = 0; index < 20; index += 1) await serve(20);
    const started = await body(w.post("/api/v1/flags/checkout/rollout", { start: true, why: "now" }));
    expect(started.flag.rollout).toMatchObject({ status: "running", percent: 10 });
    await serve(20);
    await serve(20);
    await sweepFlags(w.runtime, "default");
    expect((await body(w.get("/api/v1/flags/checkout"))).rollout).toMatchObject({
      status: "running",
      verdict: { verdict: expect.stringMatching(/continue|pass/) },
    });
    for (let index = 0; index < 3; index += 1) await serve(120);
    await sweepFlags(w.runtime, "default");
    const back = await body(w.get("/api/v1/flags/checkout"));
    expect(back.rollout).toMatchObject({ status: "failed", percent: 0 });
    expect(back.shares).toEqual({ off: 100 });
    expect(back.decisions[0].sentence).toMatch(/^flag checkout is taken back: /);
  });

  test("a roll-out whose flag is gone from the configuration is not due any more, and is as it was when it comes back", async () => {
    const w = await fresh();
    await w.post("/api/v1/flags/checkout/rollout", { start: true });
    const apply = (text: string) => w.post("/api/v1/config/apply", { text });
    expect((await apply("version: 1\nflags:\n  rate: {}\n")).status).toBe(200);
    w.clock.advance(10 * MINUTE);
    expect(await w.store.due(w.clock.now(), 10)).toHaveLength(1);
    await sweepFlags(w.runtime, "default");
    expect(await w.store.due(w.clock.now(), 10)).toEqual([]);
    expect((await apply(CONFIG)).status).toBe(200);
    expect((await body(w.get("/api/v1/flags/checkout"))).rollout).toMatchObject({ status: "running", percent: 10 });
  });

  test("a decision that a worker did not live to finish is finished", async () => {
    const w = await fresh();
    const { append } = w.journal;
    (w.journal as { append: typeof append }).append = async () => {
      throw new Error("gone");
    };
    expect((await w.post("/api/v1/flags/rate/kill", { why: "x" })).status).toBeGreaterThanOrEqual(500);
    (w.journal as { append: typeof append }).append = append;
    expect((await body(w.get("/api/v1/flags/rate"))).status).toBe("killed");
    w.clock.advance(10 * MINUTE);
    await sweepFlags(w.runtime, "default");
    expect((await body(w.get("/api/v1/flags/rate"))).decisions.map((one: Answer) => one.reason)).toEqual(["killed"]);
  });
});

describe("OFREP, with OpenFeature's own provider", () => {
  let w: World;
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    w = await fresh();
    ({ url, close } = await listen((request) => w.app.fetch(request)));
    await OpenFeature.setProviderAndWait("ofrep", new OFREPProvider({ baseUrl: url }));
  });
  afterAll(async () => {
    await OpenFeature.close();
    await close();
  });

  test("every type is evaluated with reason, variant and metadata", async () => {
    const client = OpenFeature.getClient("ofrep");
    expect(await client.getBooleanDetails("checkout", false, { team: "core" })).toMatchObject({
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
      flagMetadata: { rule: "staff" },
    });
    expect(await client.getNumberValue("rate", 0)).toBe(2.5);
    expect(await client.getObjectValue("limits", {})).toEqual({ items: 10 });
    const colour = await client.getStringDetails("colour", "none", { targetingKey: "user-17" });
    expect(colour.reason).toBe("SPLIT");
    expect(["#f00", "#00f", "#888"]).toContain(colour.value);
  });

  test("errors reach the caller as OpenFeature's codes, with their own default", async () => {
    const client = OpenFeature.getClient("ofrep");
    expect(await client.getBooleanDetails("nothing", true)).toMatchObject({ value: true, errorCode: "FLAG_NOT_FOUND" });
    expect(await client.getStringDetails("colour", "none")).toMatchObject({
      value: "none",
      errorCode: "TARGETING_KEY_MISSING",
    });
    expect(await client.getStringDetails("rate", "x")).toMatchObject({ value: "x", errorCode: "TYPE_MISMATCH" });
  });

  test("statuses and bodies are the protocol's", async () => {
    const post = async (path: string, given: unknown, headers = {}) => {
      const response = await w.post(`/ofrep/v1/evaluate/flags${path}`, given, headers);
      return {
        status: response.status,
        etag: response.headers.get("etag"),
        body: (await response.json().catch(() => null)) as Answer,
      };
    };
    expect(await post("/nothing", {})).toMatchObject({
      status: 404,
      body: { key: "nothing", errorCode: "FLAG_NOT_FOUND", errorDetails: expect.any(String) },
    });
    expect(await post("/rate", "{")).toMatchObject({ status: 400, body: { key: "rate", errorCode: "PARSE_ERROR" } });
    expect(await post("/rate", { context: 1 })).toMatchObject({ status: 400, body: { errorCode: "INVALID_CONTEXT" } });
    expect(await post("", { context: [] })).toMatchObject({ status: 400, body: { errorCode: "INVALID_CONTEXT" } });
    const all = await post("", {});
    expect(all.status).toBe(200);
    expect(all.body.flags.map((one: Answer) => [one.key, one.value ?? one.errorCode])).toEqual([
      ["checkout", false],
      ["colour", "TARGETING_KEY_MISSING"],
      ["limits", { items: 10 }],
      ["rate", 2.5],
    ]);
    expect((await post("", {}, { "if-none-match": all.etag })).status).toBe(304);
    expect((await post("", { context: { team: "core" } }, { "if-none-match": all.etag })).status).toBe(200);
    const configuration = await w.get("/ofrep/v1/configuration");
    expect(await body(configuration)).toMatchObject({
      name: "Headgate",
      capabilities: { cacheInvalidation: { polling: { enabled: true } } },
    });
    const known = { "if-none-match": configuration.headers.get("etag") ?? "" };
    expect((await w.get("/ofrep/v1/configuration", known)).status).toBe(304);
  });
});
