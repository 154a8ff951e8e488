import { describe, expect, test } from "vitest";
import { faultLine, parseConfig } from "../../shared/shell/config.ts";

const HEAD = 'version: 1\nservices:\n  orders: { run: { command: ["node", "x.mjs"] } }\ntraffic:\n';
const parse = (traffic: string) => parseConfig(HEAD + traffic);
const faults = (traffic: string): readonly string[] => {
  const parsed = parse(traffic);
  return parsed.ok ? [] : parsed.faults.map((fault) => faultLine("f", fault));
};
const config = (traffic: string) => {
  const parsed = parse(traffic);
  if (!parsed.ok) throw new Error(parsed.faults.map((fault) => faultLine("f", fault)).join("\n"));
  return parsed.config.traffic?.["orders"];
};

describe("the traffic section", () => {
  test("an empty entry has the platform's defaults", () => {
    const orders = config("  orders: { health: {} }\n");
    expect(orders?.health).toMatchObject({ every: 30_000, timeout: 5_000, unhealthy: 3, healthy: 2 });
    expect(orders).toMatchObject({ timeout: 300_000, panic: 50 });
    expect(orders?.retry).toMatchObject({ max: 3, budget: 20 });
    expect(orders?.breaker).toMatchObject({ rule: "consecutive", failures: 5, recovery: 60_000, successes: 3 });
  });

  test("a backend has weight 1, room for 100 and takes 1000 a second unless it says otherwise", () => {
    const [backend] = config("  orders: { backends: [{ host: a, port: 80 }] }\n")?.backends ?? [];
    expect(backend).toEqual({
      host: "a",
      port: 80,
      weight: 1,
      maxConnections: 100,
      capacity: 1000,
      tags: [],
      priority: 0,
      metadata: {},
    });
  });

  test("just the name of a policy or a rule takes its defaults", () => {
    expect(config("  orders: { balance: maglev }\n")?.balance).toMatchObject({ policy: "maglev", tableSize: 65_537 });
    expect(config("  orders: { breaker: rate }\n")?.breaker).toMatchObject({ rule: "rate", minimumCalls: 100 });
    expect(config('  orders: { breaker: "off", outlier: "off" }\n')).toMatchObject({ breaker: "off", outlier: "off" });
  });

  test.each([
    ["{ balance: maglv }", 'traffic.orders.balance: wrong type or value (found "maglv"; allowed: round_robin'],
    ["{ balance: { policy: maglev, tableSiz: 7 } }", 'traffic.orders.balance.tableSiz: unknown key "tableSiz"'],
    ["{ balance: { policy: maglev, tableSize: 8 } }", "traffic.orders.balance.tableSize: must be prime"],
    ["{ balance: { policy: ring_hash, minimumRingSize: 9, maximumRingSize: 8 } }", "above maximumRingSize"],
    ["{ breaker: { rule: rate, failurRate: 3 } }", 'traffic.orders.breaker.failurRate: unknown key "failurRate"'],
    ["{ outlier: { baseEjection: 400s } }", "traffic.orders.outlier.maxEjection: below baseEjection"],
    [
      "{ backends: [{ host: a, port: 80, weight: 0 }] }",
      "traffic.orders.backends[0].weight: is not allowed (found 0; allowed: greater than 0)",
    ],
    ["{ backends: [{ host: a, port: 80 }, { host: a, port: 80 }] }", "each backend once: two have the same id"],
    ["{ backends: [{ host: a, port: 0 }] }", "allowed: integer 1..65535"],
    ['{ backends: [{ host: "a\\0b", port: 80 }] }', "traffic.orders.backends[0].host: is not allowed"],
    ['{ backends: [{ host: a, port: 80, id: "\\ud800" }] }', "traffic.orders.backends[0].id: is not allowed"],
    ["{ hash: [{ header: a, cookie: b }] }", "exactly one of header, cookie and query"],
    ["{ versions: { v1: 0, v2: 0 } }", "traffic.orders.versions: no version gets anything"],
    ["{ locality: zone_aware }", "needs the zone of the callers"],
    ["{ discover: { ecs: { port: 80 } } }", "the service has no ecs"],
  ])("refuses %s", (entry, expected) => {
    expect(faults(`  orders: ${entry}\n`).join("\n")).toContain(expected);
  });

  test("a service that nobody runs waits for backends to be registered, and is told of: the name may be misspelt", () => {
    const warned = (traffic: string) => {
      const parsed = parse(traffic);
      return parsed.ok ? parsed.warnings.map((fault) => faultLine("f", fault)) : undefined;
    };
    expect(warned("  elsewhere: {}\n")).toEqual([
      "f:5:3 traffic.elsewhere: the service is not in services, and has no backends until one is registered",
    ]);
    expect(warned("  elsewhere: { backends: [{ host: a, port: 80 }] }\n")).toEqual([]);
    expect(warned("  orders: {}\n")).toEqual([]);
  });
});
