import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { lambdaAliasWeights } from "../../shared/edge/lambda-alias-weights.ts";
import { type LambdaWire, lambdaFault, lambdaWire } from "../fakes/lambda-wire.ts";
import { wireClients } from "../fakes/wire.ts";
import { weightsContract } from "./weights.ts";

const versions = { v1: "7", v2: "8" };
const lambda = { function: "orders", alias: "live", versions };

weightsContract("alias of a function on the wire", async () => {
  const wire = await lambdaWire();
  const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  wire.put("orders:live", { version: "7" });
  return {
    weights: lambdaAliasWeights({ client: clients.lambda }),
    target: { service: "orders", lambda },
    unknown: { service: "lost", lambda: { ...lambda, alias: "lost" } },
    external: async ({ v1, v2 }) => wire.put("orders:live", { version: "7", additional: { 8: v2 / (v1 + v2) } }),
    breakDown: () => wire.close(),
    close: async () => {
      await clients.close();
      await wire.close();
    },
  };
});

describe("weights of an alias, beyond the contract", () => {
  let wire: LambdaWire;
  let clients: AwsClients;
  const target = { service: "orders", lambda };
  const weights = () => lambdaAliasWeights({ client: clients.lambda });
  const set = (wanted: Record<string, number>, expected: Record<string, number> = { v1: 100, v2: 0 }) =>
    weights().set(target, { weights: wanted, expected, key: "k" });
  beforeEach(async () => {
    wire = await lambdaWire();
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    wire.put("orders:live", { version: "7" });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test.each([
    ["a few percent", { v1: 95, v2: 5 }, { version: "7", additional: { 8: 0.05 } }],
    ["shares that are not whole percent", { v1: 999, v2: 3 }, { version: "7", additional: { 8: 0.002994 } }],
    ["all of it", { v1: 0, v2: 1 }, { version: "8", additional: {} }],
  ])("%s of the new version: primary and additional share out the whole", async (_, wanted, alias) => {
    expect(await set(wanted)).toMatchObject({ status: "accepted", changed: true });
    expect(wire.alias("orders:live")).toMatchObject(alias);
    expect(await set(wanted)).toMatchObject({ status: "accepted", changed: false });
  });

  test("the primary version stays the primary while it has anything, whatever the shares", async () => {
    await set({ v1: 5, v2: 95 });
    expect(wire.alias("orders:live")).toMatchObject({ version: "7", additional: { 8: 0.95 } });
    await set({ v1: 0, v2: 100 }, { v1: 5, v2: 95 });
    await set({ v1: 50, v2: 50 }, { v1: 0, v2: 100 });
    expect(wire.alias("orders:live")).toMatchObject({ version: "8", additional: { 7: 0.5 } });
  });

  test("an alias that another hand changes between the look and the change is not overwritten", async () => {
    wire.inject("UpdateAlias", lambdaFault("PreconditionFailedException", 412));
    await expect(set({ v1: 95, v2: 5 })).rejects.toMatchObject({ code: "weights.unavailable", retryable: true });
    wire.put("orders:live", { version: "7", additional: { 8: 0.5 } });
    expect(await set({ v1: 95, v2: 5 })).toMatchObject({
      status: "superseded",
      observed: { weights: { v1: 50, v2: 50 } },
    });
  });

  test("another update of the function under way is waited for; no permission and a version that is gone are refused", async () => {
    wire.inject("UpdateAlias", lambdaFault("ResourceConflictException", 409));
    await expect(set({ v1: 95, v2: 5 })).rejects.toMatchObject({ retryable: true });
    for (const [type, status, why] of [
      ["AccessDeniedException", 403, "HEADGATE_TRAFFIC_FUNCTIONS"],
      ["ResourceNotFoundException", 404, "published version"],
    ] as const) {
      wire.inject("UpdateAlias", lambdaFault(type, status));
      expect(await set({ v1: 95, v2: 5 })).toMatchObject({ status: "refused", why: expect.stringContaining(why) });
    }
  });

  test("what cannot be meant is refused without a request: $LATEST, three versions, one version twice, nothing for anybody", async () => {
    const ask = (named: Record<string, string>, wanted: Record<string, number>) =>
      weights().set(
        { service: "orders", lambda: { ...lambda, versions: named } },
        { weights: wanted, expected: {}, key: "k" },
      );
    const refusals = await Promise.all([
      ask({ v1: "7", v2: "$LATEST" }, { v1: 95, v2: 5 }),
      ask({ v1: "7", v2: "8", v3: "9" }, { v1: 90, v2: 5, v3: 5 }),
      ask({ v1: "7", v2: "7" }, { v1: 95, v2: 5 }),
      set({ v1: 0, v2: 0 }),
      weights().set({ service: "orders" }, { weights: { v1: 1 }, expected: {}, key: "k" }),
    ]);
    for (const refusal of refusals) expect(refusal).toMatchObject({ status: "refused" });
    expect(JSON.stringify(refusals)).toContain("$LATEST");
    expect(wire.counts()).toEqual({});
  });

  test("a version that nobody named keeps the alias: it has room for two", async () => {
    wire.put("orders:live", { version: "5" });
    expect(await weights().read(target)).toEqual({ weights: { v1: 0, v2: 0 }, others: 100 });
    const refused = { status: "refused", why: expect.stringContaining("nobody named") };
    expect(await set({ v1: 95, v2: 5 }, { v1: 0, v2: 0 })).toMatchObject(refused);
  });

  test("a change is one read, one write and one read back; no change is one read", async () => {
    await set({ v1: 95, v2: 5 });
    expect(wire.counts()).toEqual({ GetAlias: 2, UpdateAlias: 1 });
    wire.resetCounts();
    await set({ v1: 95, v2: 5 });
    expect(wire.counts()).toEqual({ GetAlias: 1 });
  });
});
