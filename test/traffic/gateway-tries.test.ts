import { request } from "node:http";
import { expect, test } from "vitest";
import type { GatewayBackend } from "../../local/gateway/upstream.ts";
import { bodyOf, deadPort, gatewayTo, httpBackend, raw, rawBackend, until } from "./gateway-world.ts";

const RETRY = { backoff: "1ms" } as const;

test("a backend that breaks off before it answered: the idempotent request goes to another one, never to the same again", async () => {
  let broken = 0;
  const bad = await rawBackend("a", (socket) => {
    broken++;
    socket.destroy();
  });
  const good = await httpBackend("b", (_, outgoing) => outgoing.end("ok"));
  const gateway = await gatewayTo([bad, good], { balance: "round_robin", retry: RETRY });
  for (let count = 0; count < 6; count++) expect(await (await fetch(gateway.url)).text()).toBe("ok");
  expect(broken).toBeGreaterThan(0);
  expect(gateway.counts).toMatchObject({ retried: broken, failed: 0, completed: 6 });
});

test("a POST that may have reached its backend is not sent twice; with an Idempotency-Key it is, body and all", async () => {
  let asked = 0;
  const bad = await rawBackend("a", (socket) => {
    asked++;
    socket.destroy();
  });
  const bodies: string[] = [];
  const good = await httpBackend("b", async (incoming, outgoing) => {
    bodies.push(await bodyOf(incoming));
    outgoing.end("ok");
  });
  const only = await gatewayTo([bad], { retry: RETRY });
  expect((await fetch(only.url, { method: "POST", body: "x" })).status).toBe(502);
  expect(asked).toBe(1);
  const gateway = await gatewayTo([bad, good], { balance: "round_robin", retry: RETRY });
  for (let count = 0; count < 4; count++) {
    const headers = { "idempotency-key": `k${count}` };
    expect((await fetch(gateway.url, { method: "POST", body: `body ${count}`, headers })).status).toBe(200);
  }
  expect(bodies).toEqual(["body 0", "body 1", "body 2", "body 3"]);
  expect(gateway.counts.retried).toBeGreaterThan(0);
});

test("a body that is too large to be kept is not sent twice", async () => {
  let asked = 0;
  const bad = await httpBackend("a", (incoming) => {
    asked++;
    incoming.on("end", () => incoming.socket.destroy()).resume();
  });
  const gateway = await gatewayTo([bad], { retry: RETRY });
  const put = (size: number) => fetch(gateway.url, { method: "PUT", body: Buffer.alloc(size) });
  expect((await put(200_000)).status).toBe(502);
  expect(asked).toBe(1);
  expect((await put(1000)).status).toBe(502);
  expect(asked).toBe(1 + 4);
});

test("nobody listens on one of two: it costs one try, and then it is passed over", async () => {
  const dead = { id: "a", port: await deadPort() };
  const good = await httpBackend("b", (_, outgoing) => outgoing.end("ok"));
  const gateway = await gatewayTo([dead, good], { balance: "round_robin", retry: RETRY });
  for (let count = 0; count < 6; count++)
    expect((await fetch(gateway.url, { method: "POST", body: "x" })).status).toBe(200);
  expect(gateway.counts).toMatchObject({ retried: 1, failed: 0 });
});

test("503 is tried elsewhere, and after the last try the client gets the backend's own 503; other errors are passed on at once", async () => {
  let asked = 0;
  const busy = await httpBackend("a", (incoming, outgoing) => {
    asked++;
    outgoing.writeHead(incoming.url === "/500" ? 500 : 503, { "x-mine": "1" }).end("busy");
  });
  const gateway = await gatewayTo([busy], { retry: { ...RETRY, max: 2 }, breaker: "off", outlier: "off" });
  const answer = await fetch(gateway.url);
  expect([answer.status, answer.headers.get("x-mine"), await answer.text(), asked]).toEqual([503, "1", "busy", 3]);
  expect((await fetch(`${gateway.url}/500`)).status).toBe(500);
  expect(asked).toBe(4);
});

test("the budget holds: with everything failing, retries do not multiply the load", async () => {
  let asked = 0;
  const waiting: (() => void)[] = [];
  const bad = await rawBackend("a", (socket) => {
    asked++;
    waiting.push(() => socket.destroy());
    if (asked === 40) for (const fail of waiting.splice(0)) fail();
    else if (asked > 40) socket.destroy();
  });
  const section = {
    retry: { ...RETRY, max: 3, budget: 20, budgetMinimum: 1 },
    breaker: "off",
    outlier: "off",
  } as const;
  const gateway = await gatewayTo([{ ...bad, maxConnections: 100 }], section);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => raw(gateway.port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")),
  );
  expect(answers.every((text) => text.startsWith("HTTP/1.1 502"))).toBe(true);
  // A fifth of what was on its way may be retries at once, each at most three times.
  expect(gateway.counts.retried).toBeLessThanOrEqual(8 * 3);
  expect(gateway.counts.retriesRefused).toBeGreaterThan(0);
});

test("one backend of many that dies breaks all its requests at once: what went well before pays for their retries", async () => {
  let dying = false;
  const held: (() => void)[] = [];
  const bad = await rawBackend("a", (socket) => {
    if (dying) held.push(() => socket.destroy());
    else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const good = await httpBackend("b", (_, outgoing) => outgoing.end("ok"));
  let list: readonly GatewayBackend[] = [{ ...bad, maxConnections: 100 }];
  const gateway = await gatewayTo(() => list, {
    retry: { ...RETRY, budgetMinimum: 1 },
    breaker: "off",
    outlier: "off",
  });
  for (let count = 0; count < 100; count++) await fetch(gateway.url);
  dying = true;
  const asked = Array.from({ length: 15 }, async () => (await fetch(gateway.url)).status);
  await until(() => held.length === 15);
  list = [
    { ...bad, maxConnections: 100 },
    { ...good, maxConnections: 100 },
  ];
  bad.close();
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
  expect(gateway.counts).toMatchObject({ retriesRefused: 0, failed: 0 });
});

test("a try that takes too long is given up for another backend; the whole request has a limit of its own", async () => {
  const slow = await rawBackend("a", () => {});
  const good = await httpBackend("b", (_, outgoing) => outgoing.end("ok"));
  const on = ["timeout"] as const;
  const gateway = await gatewayTo([slow, good], {
    balance: "round_robin",
    retry: { ...RETRY, perTryTimeout: "60ms", on: [...on] },
  });
  for (let count = 0; count < 2; count++) expect(await (await fetch(gateway.url)).text()).toBe("ok");
  expect(gateway.counts.retried).toBeGreaterThan(0);
  const total = await gatewayTo([slow], { totalTimeout: "60ms" });
  expect(await (await fetch(total.url)).json()).toMatchObject({ status: 504, code: "gateway.timeout" });
});

test("a kept connection that was closed meanwhile costs neither the client nor the backend's name anything", async () => {
  let served = 0;
  const backend = await rawBackend("a", (socket) => {
    served++;
    // Once kept, it is closed when the next request comes in: the race that every keep-alive has.
    if (served === 2) socket.destroy();
    else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const gateway = await gatewayTo([backend], { retry: RETRY });
  for (let count = 0; count < 3; count++) expect(await (await fetch(gateway.url)).text()).toBe("ok");
  const [look] = gateway.look().backends;
  expect(look).toMatchObject({ failures: 0, circuit: "closed" });
});

test("five failures in a row open the circuit: refused at once with circuit.open and Retry-After, and a probe closes it again", async () => {
  let now = 1_000_000;
  let asked = 0;
  let well = false;
  const backend = await httpBackend("a", (_, outgoing) => {
    asked++;
    outgoing.writeHead(well ? 200 : 500).end();
  });
  const section = {
    breaker: { rule: "consecutive", jitter: 0, successes: 1 },
    outlier: "off",
    retry: { max: 0 },
  } as const;
  const gateway = await gatewayTo([backend], section, { now: () => now });
  for (let count = 0; count < 5; count++) expect((await fetch(gateway.url)).status).toBe(500);
  const refused = await fetch(gateway.url);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("60");
  expect(await refused.json()).toMatchObject({ code: "circuit.open", service: "orders" });
  expect(asked).toBe(5);
  expect(gateway.look().backends[0]).toMatchObject({ circuit: "open", openUntil: 1_060_000, usable: false });
  now += 60_000;
  well = true;
  expect((await fetch(gateway.url)).status).toBe(200);
  expect(gateway.look().backends[0]).toMatchObject({ circuit: "closed", usable: true });
});

test("a backend of several that only fails is ejected, told of once, and gets nothing until its time is over", async () => {
  let now = 1_000_000;
  const verdicts: string[] = [];
  const asked = { a: 0, b: 0, c: 0 };
  const backend = (id: "a" | "b" | "c") =>
    httpBackend(id, (_, outgoing) => {
      asked[id]++;
      outgoing.writeHead(id === "a" ? 500 : 200).end();
    });
  const gateway = await gatewayTo(
    [await backend("a"), await backend("b"), await backend("c")],
    { balance: "round_robin", breaker: "off" },
    { now: () => now, onVerdict: ({ id, action }) => verdicts.push(`${id} ${action}`) },
  );
  for (let count = 0; count < 30; count++) await fetch(gateway.url);
  expect(asked.a).toBe(5);
  expect(verdicts).toEqual(["a ejected"]);
  expect(gateway.look().backends[0]).toMatchObject({ usable: false, ejection: { times: 1, why: "consecutive_5xx" } });
  now += 40_000;
  for (let count = 0; count < 6; count++) await fetch(gateway.url);
  expect(verdicts).toEqual(["a ejected", "a returned"]);
  expect(asked.a).toBeGreaterThan(5);
});

test("a client that goes away takes its request with it, and nobody is blamed", async () => {
  let gone = false;
  const backend = await httpBackend("a", (incoming) => incoming.on("close", () => (gone = true)));
  const gateway = await gatewayTo([backend]);
  const sent = request(gateway.url);
  sent.on("error", () => {});
  sent.end();
  await until(() => gateway.active("a") === 1);
  sent.destroy();
  await gateway.idle("a");
  await until(() => gone);
  expect(gateway.look()).toMatchObject({ abandoned: 1, failed: 0, backends: [{ failures: 0, active: 0 }] });
});
