import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { albWeights } from "../../shared/edge/alb-weights.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { type AlbWire, albFault, albWire } from "../fakes/alb-wire.ts";
import { memoryWeights } from "../fakes/memory-weights.ts";
import { wireClients } from "../fakes/wire.ts";
import { weightsContract } from "./weights.ts";

const ELB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
const RULE = `${ELB}:listener-rule/app/shop/1/2/3`;
const LISTENER = `${ELB}:listener/app/shop/1/2`;
const group = (name: string) => `${ELB}:targetgroup/${name}/1`;
const targetGroups = { v1: group("orders-v1"), v2: group("orders-v2") };
const forward = (weights: Readonly<Record<string, number>>, more: object = {}) => ({
  Type: "forward",
  Order: 1,
  ForwardConfig: {
    TargetGroups: Object.entries(weights).map(([name, Weight]) => ({ TargetGroupArn: group(name), Weight })),
    ...more,
  },
});

for (const kind of ["rule", "listener"] as const) {
  const arn = kind === "rule" ? RULE : LISTENER;
  weightsContract(`${kind} of a load balancer on the wire`, async () => {
    const wire = await albWire();
    const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    wire.put(arn, [forward({ "orders-v1": 100, "orders-v2": 0 })]);
    return {
      weights: albWeights({ client: clients.alb }),
      target: { service: "orders", alb: { [kind]: arn, targetGroups } },
      unknown: { service: "lost", alb: { [kind]: `${arn}/lost`, targetGroups } },
      external: async ({ v1, v2 }) => wire.put(arn, [forward({ "orders-v1": v1, "orders-v2": v2 })]),
      breakDown: () => wire.close(),
      close: async () => {
        await clients.close();
        await wire.close();
      },
    };
  });
}

weightsContract("in memory", async () => {
  const memory = memoryWeights({ v1: 100, v2: 0 });
  return {
    weights: memory.weights,
    target: { service: "orders", alb: { rule: RULE, targetGroups } },
    unknown: { service: "lost", alb: { rule: `${RULE}/lost`, targetGroups } },
    external: async (weights) => memory.external(weights),
    breakDown: async () => memory.breakDown(),
    close: async () => undefined,
  };
});

describe("weights of a load balancer, beyond the contract", () => {
  let wire: AlbWire;
  let clients: AwsClients;
  const target = { service: "orders", alb: { rule: RULE, targetGroups } };
  const set = (weights: Record<string, number>, expected: Record<string, number>) =>
    albWeights({ client: clients.alb }).set(target, { weights, expected, key: "k" });
  beforeEach(async () => {
    wire = await albWire();
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test("stickiness, order, groups of others and other actions stay as they are", async () => {
    const before = {
      Type: "authenticate-oidc",
      Order: 1,
      AuthenticateOidcConfig: {
        Issuer: "https://login.example",
        ClientId: "headgate",
        ClientSecret: "s3cret",
        SessionTimeout: 60,
      },
    };
    const sticky = { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 600 } };
    wire.put(RULE, [before, { ...forward({ "orders-v1": 90, canary: 7, "orders-v2": 3 }, sticky), Order: 2 }]);
    const observed = await albWeights({ client: clients.alb }).read(target);
    expect(observed).toEqual({ weights: { v1: 90, v2: 3 }, others: 7, stickySeconds: 600 });
    await set({ v1: 50, v2: 50 }, { v1: 90, v2: 3 });
    const [oidc, after] = wire.actions(RULE);
    expect(after).toEqual({
      ...forward({ "orders-v1": 50, canary: 7, "orders-v2": 50 }, sticky),
      Order: 2,
    });
    expect(oidc).toEqual({
      ...before,
      AuthenticateOidcConfig: {
        Issuer: "https://login.example",
        ClientId: "headgate",
        SessionTimeout: 60,
        UseExistingClientSecret: true,
      },
    });
  });

  test("an action with one group alone, named without weights, serves all of it and gets the second one", async () => {
    wire.put(RULE, [{ Type: "forward", Order: 1, TargetGroupArn: targetGroups.v1 }]);
    expect(await albWeights({ client: clients.alb }).read(target)).toEqual({ weights: { v1: 1, v2: 0 }, others: 0 });
    expect(await set({ v1: 95, v2: 5 }, { v1: 1, v2: 0 })).toMatchObject({ status: "accepted", changed: true });
    expect(wire.actions(RULE)).toEqual([forward({ "orders-v1": 95, "orders-v2": 5 })]);
  });

  test("a change is one read, one write and one read back; no change is one read", async () => {
    wire.put(RULE, [forward({ "orders-v1": 1 })]);
    await set({ v1: 95, v2: 5 }, { v1: 1, v2: 0 });
    expect(wire.counts()).toEqual({ DescribeRules: 2, ModifyRule: 1 });
    wire.resetCounts();
    await set({ v1: 95, v2: 5 }, { v1: 1, v2: 0 });
    expect(wire.counts()).toEqual({ DescribeRules: 1 });
  });

  test("a change whose answer was lost is found done when it is tried again", async () => {
    wire.put(RULE, [forward({ "orders-v1": 1 })]);
    wire.inject("ModifyRule", { status: 0, drop: true, performed: true }, 1);
    await expect(set({ v1: 95, v2: 5 }, { v1: 1, v2: 0 })).rejects.toMatchObject({ retryable: true });
    expect(await set({ v1: 95, v2: 5 }, { v1: 1, v2: 0 })).toMatchObject({ status: "accepted", changed: false });
  });

  test("a load balancer that says yes and does not do it is an error, not a success", async () => {
    wire.put(RULE, [forward({ "orders-v1": 1 })]);
    wire.inject("ModifyRule", { status: 200, headers: { "content-type": "text/xml" }, body: "<ModifyRuleResponse/>" });
    await expect(set({ v1: 95, v2: 5 }, { v1: 1, v2: 0 })).rejects.toMatchObject({
      code: "weights.unavailable",
      retryable: true,
    });
  });

  test.each([
    ["AccessDenied", 403, "HEADGATE_TRAFFIC_LISTENERS"],
    ["TargetGroupNotFound", 400, "no such target group"],
  ])("%s is refused with what to do, and not tried for ever", async (code, status, text) => {
    wire.put(RULE, [forward({ "orders-v1": 1 })]);
    wire.inject("ModifyRule", albFault(code, status));
    expect(await set({ v1: 95, v2: 5 }, { v1: 1, v2: 0 })).toMatchObject({
      status: "refused",
      why: expect.stringContaining(text),
    });
  });

  test("a rule that redirects has no weights, and refuses", async () => {
    wire.put(RULE, [{ Type: "redirect", Order: 1, RedirectConfig: { StatusCode: "HTTP_301", Path: "/new" } }]);
    await expect(albWeights({ client: clients.alb }).read(target)).rejects.toMatchObject({ retryable: false });
    expect(await set({ v1: 1, v2: 1 }, { v1: 1, v2: 0 })).toMatchObject({ status: "refused" });
    expect(wire.counts()["ModifyRule"]).toBeUndefined();
  });

  test("two versions in one group, or nothing for any version, are refused without a request", async () => {
    const weights = albWeights({ client: clients.alb });
    const twin = { service: "orders", alb: { rule: RULE, targetGroups: { v1: group("a"), v2: group("a") } } };
    const request = { weights: { v1: 1, v2: 1 }, expected: { v1: 1, v2: 0 }, key: "k" };
    expect(await weights.set(twin, request)).toMatchObject({ status: "refused" });
    expect(await set({ v1: 0, v2: 0 }, { v1: 1, v2: 0 })).toMatchObject({ status: "refused" });
    expect(await weights.set({ service: "orders" }, request)).toMatchObject({ status: "refused" });
    expect(wire.counts()).toEqual({});
  });
});
