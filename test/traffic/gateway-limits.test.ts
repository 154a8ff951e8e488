import { expect, test } from "vitest";
import type { Registration } from "../../shared/core/traffic/types.ts";
import { gatewayTo, httpBackend, until } from "./gateway-world.ts";

test("more than the rate is 429 with Retry-After; a burst is let in at once", async () => {
  const backend = await httpBackend("a", (_, outgoing) => outgoing.end("ok"));
  const gateway = await gatewayTo([backend], { limits: { rate: 0.5, burst: 3 } });
  const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(gateway.url)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
  const limited = answers.find(({ status }) => status === 429);
  expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await limited?.json()).toMatchObject({ code: "gateway.limited", service: "orders" });
  expect(gateway.counts).toMatchObject({ refused: 2, limited: 2 });
});

test("when saturated, requests wait in order of importance, and the least important gives its place up", async () => {
  const waiting: (() => void)[] = [];
  const order: string[] = [];
  const backend = await httpBackend("a", (incoming, outgoing) => {
    order.push(String(incoming.headers["x-priority"]));
    waiting.push(() => outgoing.end("ok"));
  });
  const gateway = await gatewayTo([backend], { limits: { concurrency: 1, queue: 2 } });
  const ask = (priority: string) => fetch(gateway.url, { headers: { "x-priority": priority } });
  const first = ask("4");
  await until(() => waiting.length === 1);
  const least = ask("7");
  await until(() => gateway.counts.queued === 1);
  const usual = ask("4");
  await until(() => gateway.counts.queued === 2);
  const most = ask("0");
  const shed = await least;
  expect([shed.status, shed.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await shed.json()).toMatchObject({ code: "gateway.saturated" });
  // Nobody less important is there any more: the next one of the same rank is turned away itself.
  expect((await ask("4")).status).toBe(503);
  for (const answer of [first, most, usual]) {
    await until(() => waiting.length > 0);
    waiting.shift()?.();
    expect((await answer).status).toBe(200);
  }
  expect(order).toEqual(["4", "0", "4"]);
  expect(gateway.look()).toMatchObject({ shed: 1, refused: 2, queued: 0, queuePlaces: 2 });
});

test("0 backends: 503 with problem details that name the service and what is in the way", async () => {
  const registration = { drainingSince: 1 } as Partial<Registration>;
  const leaving = await httpBackend("a", (_, outgoing) => outgoing.end(), registration);
  const gateway = await gatewayTo([leaving], { limits: { queueTimeout: "20ms" } });
  const answer = await fetch(gateway.url);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    type: "https://headgate.dev/problems/backend-none",
    code: "backend.none",
    service: "orders",
    detail: "orders: of 1 backend: 1 draining, and none became ready in time",
  });
});

test("requests with the same key go to the same backend; a client without the cookie is given one", async () => {
  const backends = await Promise.all(
    ["a", "b", "c", "d"].map((id) => httpBackend(id, (_, outgoing) => outgoing.end(id))),
  );
  const balance = "consistent_hashing";
  const byHeader = await gatewayTo(backends, { balance, hash: [{ header: "X-User" }, { query: "user" }, "path"] });
  const who = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(byHeader.url + path, { headers })).text();
  for (const key of ["u1", "u2", "u3"]) {
    const first = await who("/x", { "x-user": key });
    expect(await who(`/other?user=${key}`)).toBe(first);
    expect(await who("/third", { "X-USER": key })).toBe(first);
    expect(byHeader.why({ key }).host).toBe(first);
  }
  expect(await who("/same?a=1")).toBe(await who("/same?a=2"));

  const byCookie = await gatewayTo(backends, { balance, hash: [{ cookie: "hg", ttl: "1h" }] });
  const given = await fetch(byCookie.url);
  const cookie = given.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^hg=[0-9a-f-]{36}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/);
  const mine = await given.text();
  for (let count = 0; count < 5; count++) {
    const again = await fetch(byCookie.url, { headers: { cookie: `x=1; ${cookie.split(";")[0]}` } });
    expect(await again.text()).toBe(mine);
    expect(again.headers.get("set-cookie")).toBeNull();
  }
});

test("weights of versions hold, and new ones without a restart", async () => {
  const backends = await Promise.all(
    ["1", "2"].map((version) => httpBackend(`v${version}`, (_, outgoing) => outgoing.end(version), { version })),
  );
  const section = { balance: "round_robin", versions: { "1": 75, "2": 25 } } as const;
  const gateway = await gatewayTo(backends, section);
  const share = async () => {
    const answers: string[] = [];
    for (let count = 0; count < 40; count++) answers.push(await (await fetch(gateway.url)).text());
    return answers.filter((one) => one === "2").length / answers.length;
  };
  const before = await share();
  expect(before).toBeGreaterThan(0.1);
  expect(before).toBeLessThan(0.45);
  const { traffic } = await import("./gateway-world.ts");
  gateway.update(traffic({ ...section, versions: { "2": 1 } }));
  expect(await share()).toBe(1);
  expect(gateway.look().versions).toMatchObject({ "2": { weight: 1 } });
});

test("subsets and data tags of a request choose among the backends", async () => {
  const backends = await Promise.all(
    ["gold", "free"].map((tier) =>
      httpBackend(tier, (_, outgoing) => outgoing.end(tier), { metadata: { tier }, tags: [tier] }),
    ),
  );
  const subsets = await gatewayTo(backends, { subsets: { keys: ["tier"] } });
  const tags = await gatewayTo(backends, { balance: "data_locality_aware" });
  for (const tier of ["free", "gold", "free"]) {
    expect(await (await fetch(subsets.url, { headers: { "x-subset-tier": tier } })).text()).toBe(tier);
    expect(await (await fetch(tags.url, { headers: { "x-data-affinity-tags": `x, ${tier}` } })).text()).toBe(tier);
  }
});

test("a look tells of each backend what happened lately, and the last requests can be replayed", async () => {
  let now = 1_000_000;
  const backends = await Promise.all(["a", "b"].map((id) => httpBackend(id, (_, outgoing) => outgoing.end(id))));
  const gateway = await gatewayTo(backends, { balance: "round_robin", hash: ["path"] }, { now: () => now });
  for (let count = 0; count < 10; count++) await (await fetch(`${gateway.url}/p${count}?token=secret`)).text();
  await until(() => gateway.counts.inFlight === 0);
  const look = gateway.look();
  expect(look).toMatchObject({
    arrived: 10,
    completed: 10,
    statuses: { "200": 10 },
    policy: "round_robin",
    panic: false,
  });
  for (const one of look.backends) {
    expect(one).toMatchObject({ requests: 5, recent: 5, share: 0.5, failures: 0, circuit: "closed", usable: true });
    expect(one.p50Ms).toBeGreaterThan(0);
    expect(one.averageMs).toBeGreaterThan(0);
  }
  expect(look.levels).toMatchObject([{ priority: 0, healthy: 2, total: 2, share: 100, panic: false }]);
  const recent = gateway.recent();
  expect(recent).toHaveLength(10);
  expect(recent[0]).toMatchObject({ at: 1_000_000, status: 200, key: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(JSON.stringify(recent)).not.toContain("secret");
  now += 120_000;
  gateway.look();
  now += 120_000;
  expect(gateway.look().backends[0]).toMatchObject({ requests: 5, recent: 0 });
});
