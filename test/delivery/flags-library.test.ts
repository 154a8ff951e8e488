import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenFeature, type Provider, ProviderEvents, ProviderStatus } from "@openfeature/server-sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFlagProvider } from "../../flags/main.ts";
import type { FlagsOptions, FlagsProvider } from "../../flags/types.ts";
import { buildFlags } from "../../scripts/build.ts";
import { type Answer, type World, world } from "../api/kit.ts";

const CONFIG = `version: 1
flags:
  checkout:
    rules:
      - { name: staff, if: [{ attribute: team, op: eq, value: core }], serve: on }
    rollout: { percent: 50 }
  colour: { variants: { red: "#f00", grey: "#888" }, default: grey }
  limits: { variants: { small: { items: 10 } }, default: small }
  rate: { variants: { low: 1, high: 2.5 }, default: high }
  gated: { rollout: { steps: [1, 100] } }
`;
const URL_OF = "http://127.0.0.1:4180";

let w: World;
let down: boolean;
let requests: string[];
let warnings: string[];
let made: FlagsProvider[];
beforeEach(async () => {
  w = await world({ config: CONFIG });
  down = false;
  requests = [];
  warnings = [];
  made = [];
});
afterEach(async () => {
  await OpenFeature.clearProviders();
  await Promise.all(made.map((one) => one.onClose()));
});

/** The library against the API itself, without a socket: real requests and answers. */
function provider(options: Partial<FlagsOptions> = {}): FlagsProvider {
  const one = createFlagProvider({
    url: URL_OF,
    pollMs: 3_600_000,
    warn: (message) => void warnings.push(message),
    fetch: async (url, init) => {
      requests.push(`${init?.method ?? "GET"} ${new URL(url).pathname}`);
      if (down) throw new Error("nobody answers");
      return w.app.fetch(new Request(url, init));
    },
    ...options,
  });
  made.push(one);
  return one;
}

/** What a provider tells next of one kind. */
const next = (one: FlagsProvider, event: string): Promise<Answer> =>
  new Promise((resolve) => one.events.addHandler(event, resolve));

describe("as OpenFeature's provider, with its own SDK", () => {
  /** Compiles only while the library's types are OpenFeature's. */
  const registered = async (one: FlagsProvider) => {
    const typed: Provider = one;
    await OpenFeature.setProviderAndWait("flags", typed);
    return OpenFeature.getClient("flags");
  };

  test("every type is resolved with variant, reason and metadata; hooks see it", async () => {
    const client = await registered(provider());
    const seen: unknown[] = [];
    client.addHooks({ after: (_, details) => void seen.push([details.flagKey, details.variant, details.reason]) });
    expect(await client.getBooleanDetails("checkout", false, { team: "core" })).toEqual({
      flagKey: "checkout",
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
      flagMetadata: { rule: "staff" },
    });
    expect(await client.getStringValue("colour", "none")).toBe("#888");
    expect(await client.getNumberValue("rate", 0)).toBe(2.5);
    expect(await client.getObjectValue("limits", {})).toEqual({ items: 10 });
    expect(seen).toEqual([
      ["checkout", "on", "TARGETING_MATCH"],
      ["colour", "grey", "STATIC"],
      ["rate", "high", "STATIC"],
      ["limits", "small", "STATIC"],
    ]);
  });

  test("errors are OpenFeature's, and the caller's default is served", async () => {
    const client = await registered(provider());
    expect(await client.getBooleanDetails("nothing", true)).toMatchObject({
      value: true,
      errorCode: "FLAG_NOT_FOUND",
      reason: "ERROR",
    });
    expect(await client.getNumberDetails("colour", 7)).toMatchObject({ value: 7, errorCode: "TYPE_MISMATCH" });
    expect(await client.getBooleanDetails("checkout", true)).toMatchObject({
      value: true,
      errorCode: "TARGETING_KEY_MISSING",
    });
  });

  test("events: ready, configuration changed with the flags, stale, ready again", async () => {
    const one = provider({ staleAfterMs: 0 });
    const client = await registered(one);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    const changed = new Promise<Answer>((resolve) => client.addHandler(ProviderEvents.ConfigurationChanged, resolve));
    await w.post("/api/v1/flags/colour/kill", { why: "ugly" });
    await one.refresh();
    expect((await changed).flagsChanged).toEqual(["colour"]);
    const stale = new Promise<void>((resolve) => client.addHandler(ProviderEvents.Stale, () => resolve()));
    down = true;
    await expect(one.refresh()).rejects.toThrow("nobody answers");
    await stale;
    expect(client.providerStatus).toBe(ProviderStatus.STALE);
    expect(await client.getStringDetails("colour", "none")).toMatchObject({ value: "#888", reason: "STALE" });
    const ready = next(one, "PROVIDER_READY");
    down = false;
    await one.refresh();
    await ready;
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    expect(warnings).toEqual(["nobody answers; what is known is served on", "Headgate answers again"]);
  });

  test("without an answer and without a bootstrap it is in error; with one it serves it as stale", async () => {
    down = true;
    await expect(OpenFeature.setProviderAndWait("dead", provider() as Provider)).rejects.toThrow("nobody answers");
    expect(await OpenFeature.getClient("dead").getBooleanDetails("checkout", true)).toMatchObject({
      value: true,
      reason: "ERROR",
    });
    down = false;
    const good = provider();
    await good.initialize();
    down = true;
    const bootstrap = JSON.parse(JSON.stringify(good.snapshot()));
    const client = await registered(provider({ bootstrap }));
    expect(await client.getNumberDetails("rate", 0)).toMatchObject({ value: 2.5, reason: "STALE" });
  });

  test("track counts how a request ended", async () => {
    const one = provider();
    const client = await registered(one);
    client.track("flag_outcome", {}, { flag: "rate", variant: "high", error: true, slow: false });
    client.track("clicked", {}, { value: 1 });
    await one.flush();
    const view = (await (await w.get("/api/v1/flags/rate/exposures")).json()) as Answer;
    expect(view.totals).toEqual({ high: { exposed: 0, requests: 1, errors: 1, slow: 0 } });
  });
});

describe("on its own", () => {
  test("evaluates from memory alone, and asks for nothing that it has", async () => {
    const one = provider();
    expect(one.evaluate("rate", "number", {})).toMatchObject({ errorCode: "PROVIDER_NOT_READY" });
    expect(one.value("rate", 9, {})).toBe(9);
    await one.initialize();
    expect(one.value("rate", 9, {})).toBe(2.5);
    expect(one.evaluate("checkout", "boolean", { targetingKey: "user-1" }).reason).toBe("SPLIT");
    for (let index = 0; index < 1_000; index += 1) one.value("colour", "x", { targetingKey: `${index}` });
    expect(requests).toEqual(["GET /api/v1/flags/snapshot"]);
    await one.refresh();
    const again = await w.get("/api/v1/flags/snapshot", { "if-none-match": `"${one.stats().version}"` });
    expect(again.status).toBe(304);
  });

  test("the same person has the same variant in every process and on the server", async () => {
    const [one, other] = [provider(), provider()];
    await Promise.all([one.initialize(), other.initialize()]);
    for (let index = 0; index < 30; index += 1) {
      const context = { targetingKey: `user-${index}` };
      const variant = one.evaluate("checkout", "boolean", context).variant;
      expect(other.evaluate("checkout", "boolean", context).variant).toBe(variant);
      const told = (await (await w.post("/api/v1/flags/checkout/evaluate", { context })).json()) as Answer;
      expect(told.variant).toBe(variant);
    }
  });

  test("what it counted arrives once, also when the answer to a report is lost", async () => {
    let lost = 0;
    const one = provider({
      fetch: async (url, init) => {
        const response = await w.app.fetch(new Request(url, init));
        if (url.endsWith("exposures") && (lost += 1) === 1) throw new Error("cut off");
        return response;
      },
    });
    await one.initialize();
    for (let index = 0; index < 7; index += 1) one.value("rate", 0, {});
    one.outcome("rate", "high", { error: false });
    await expect(one.flush()).rejects.toThrow("cut off");
    one.value("rate", 0, {});
    await one.flush();
    await one.flush();
    const view = (await (await w.get("/api/v1/flags/rate/exposures")).json()) as Answer;
    expect(view.totals.high).toEqual({ exposed: 8, requests: 1, errors: 0, slow: -1 });
    expect(one.stats()).toMatchObject({ reported: 9, dropped: 0 });
  });

  test("what Headgate does not want is dropped and told once; memory is bounded", async () => {
    const one = provider({
      fetch: async (url, init) =>
        url.endsWith("exposures") ? new Response("no", { status: 403 }) : w.app.fetch(new Request(url, init)),
    });
    await one.initialize();
    for (let index = 0; index < 6_000; index += 1) one.outcome(`made up ${index}`, "on", { error: false });
    await one.flush();
    expect(one.stats()).toMatchObject({ reported: 0, dropped: 6_000 });
    expect(warnings).toEqual(["Headgate does not take what was counted: it answered 403"]);
  });

  test("reports come by themselves, and sooner from the moment a roll-out is judged by them", async () => {
    const answer = (await (await w.get("/api/v1/flags/snapshot")).json()) as Answer;
    expect(answer.reportMs).toBe(60_000);
    await w.post("/api/v1/flags/gated/rollout", { start: true });
    expect(((await (await w.get("/api/v1/flags/snapshot")).json()) as Answer).reportMs).toBe(10_000);
    let reportMs = 60_000;
    const one = provider({
      fetch: async (url, init) =>
        url.endsWith("snapshot") ? Response.json({ ...answer, reportMs }) : w.app.fetch(new Request(url, init)),
    });
    await one.initialize();
    one.value("rate", 0, {});
    reportMs = 1;
    await one.refresh();
    await expect.poll(() => one.stats().reported, { interval: 5 }).toBe(1);
  });

  test("a process that was frozen asks for news when it is used again, and does not wait for them", async () => {
    const one = provider({ pollMs: 0 });
    await one.initialize();
    const changed = next(one, "PROVIDER_CONFIGURATION_CHANGED");
    await w.post("/api/v1/flags/rate/rollout", { shares: { low: 100 } });
    expect(one.value("rate", 0, {})).toBe(2.5);
    await changed;
    expect(one.value("rate", 0, {})).toBe(1);
  });

  test("an address that is none, and a bootstrap that is none, are refused", () => {
    expect(() => createFlagProvider({ url: "nowhere" })).toThrow("is no address");
    expect(() => createFlagProvider({ url: URL_OF, bootstrap: { flags: {} } as never })).toThrow("is no snapshot");
  });
});

test("as it is packed it is one small file that imports nothing", async () => {
  const dir = mkdtempSync(join(tmpdir(), "headgate-flags-"));
  try {
    await buildFlags(join(import.meta.dirname, "..", ".."), dir);
    const bundle = readFileSync(join(dir, "flags.js"), "utf8");
    expect(bundle).not.toMatch(/^import /m);
    expect(bundle.length).toBeLessThan(40_000);
    const { createFlagProvider: packed } = (await import(join(dir, "flags.js"))) as { createFlagProvider: unknown };
    expect(packed).toBeTypeOf("function");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
