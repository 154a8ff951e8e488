import { Agent, get, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Gateway, type GatewayOptions, openGateway } from "../../local/gateway/gateway.ts";
import type { LocalFleet } from "../../local/process-fleet.ts";
import type { Backend } from "../../local/process-group-types.ts";
import { traffic } from "../traffic/gateway-world.ts";
import { fleetIn, spec, statusOf, tempDir, until } from "./world.ts";

async function gatewayOver(
  fleet: LocalFleet | (() => readonly Backend[]),
  more: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const backends = typeof fleet === "function" ? fleet : () => fleet.backends("svc");
  const gateway = await openGateway({ service: "svc", backends, ...more });
  if (typeof fleet !== "function") fleet.onChange(() => gateway.wake());
  onTestFinished(() => gateway.close());
  return gateway;
}

/** A fleet whose drains wait for the gateway, as in `npm start`. */
async function both(initial: number, more: Partial<GatewayOptions> = {}) {
  let gateway: Gateway | undefined;
  const fleet = fleetIn(tempDir(), { idle: (id) => gateway?.idle(id) ?? Promise.resolve() });
  gateway = await gatewayOver(fleet, more);
  fleet.add([spec("ok", { initial })]);
  await until(fleet, (status) => status.ready === initial);
  return { fleet, gateway };
}

/** A port nothing listens on. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ids = async (gateway: Gateway, count: number): Promise<readonly string[]> => {
  const answers: string[] = [];
  for (let index = 0; index < count; index++)
    answers.push(((await (await fetch(gateway.url)).json()) as { id: string }).id);
  return answers;
};

test("requests go round over the ready instances", async () => {
  const { gateway } = await both(3, { traffic: traffic({ balance: "round_robin" }) });
  const seen = await ids(gateway, 9);
  for (const id of ["svc-1", "svc-2", "svc-3"]) expect(seen.filter((one) => one === id)).toHaveLength(3);
});

test("an instance with fewer requests in flight is preferred", async () => {
  const { gateway } = await both(2);
  const stuck = get(`${gateway.url}/hang`);
  stuck.on("error", () => {});
  onTestFinished(() => void stuck.destroy());
  while (gateway.active("svc-1") + gateway.active("svc-2") === 0) await new Promise((resolve) => setImmediate(resolve));
  const busy = gateway.active("svc-1") > 0 ? "svc-1" : "svc-2";
  expect(await ids(gateway, 5)).toEqual(Array(5).fill(busy === "svc-1" ? "svc-2" : "svc-1"));
});

test("draining loses no request while the load goes on", async () => {
  const { fleet, gateway } = await both(3);
  let going = true;
  const statuses: number[] = [];
  const clients = Array.from({ length: 20 }, async () => {
    while (going) statuses.push((await fetch(`${gateway.url}/?ms=30`)).status);
  });
  const more = async (count: number) => {
    const wanted = statuses.length + count;
    while (statuses.length < wanted) await new Promise((resolve) => setImmediate(resolve));
  };
  await more(60);
  await fleet.setDesired({ name: "svc" }, { desired: 1, expected: 3, key: "a" });
  await until(fleet, (status) => status.instances.length === 1);
  await more(60);
  going = false;
  await Promise.all(clients);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(gateway.counts).toMatchObject({
    failed: 0,
    refused: 0,
    abandoned: 0,
    completed: statuses.length,
    inFlight: 0,
  });
});

test("a request to a dead instance is repeated on another one, and the dead one is passed over", async () => {
  const { fleet } = await both(1);
  const [alive] = fleet.backends("svc");
  const dead = { id: "dead", port: await deadPort(), pid: undefined };
  const gateway = await gatewayOver(() => (alive ? [dead, alive] : []));
  expect(await ids(gateway, 6)).toEqual(Array(6).fill("svc-1"));
  expect(gateway.counts).toMatchObject({ retried: 1, failed: 0, completed: 6 });
});

test("nobody listens: a POST, which has not been sent then, is tried again as well, and answered 502 with problem details", async () => {
  const dead = { id: "dead", port: await deadPort(), pid: undefined };
  const gateway = await gatewayOver(() => [dead], { traffic: traffic({ retry: { max: 1, backoff: "1ms" } }) });
  const answer = await fetch(gateway.url, { method: "POST", body: "x" });
  expect(answer.status).toBe(502);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({ code: "gateway.unreachable", service: "svc" });
  expect(gateway.counts.retried).toBe(1);
});

test("no ready instance: 503 with problem details and Retry-After once the wait is over", async () => {
  const gateway = await gatewayOver(() => [], { traffic: traffic({ limits: { queueTimeout: "50ms" } }) });
  const answer = await fetch(gateway.url);
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("1");
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({
    status: 503,
    code: "backend.none",
    detail: "svc: there is no backend, and none became ready in time",
  });
  expect(gateway.counts).toMatchObject({ refused: 1, failed: 1, queued: 0 });
});

test("a full queue refuses at once", async () => {
  const gateway = await gatewayOver(() => [], { traffic: traffic({ limits: { queueTimeout: "60s", queue: 1 } }) });
  const waiting = fetch(gateway.url);
  while (gateway.counts.queued === 0) await new Promise((resolve) => setImmediate(resolve));
  const answer = await fetch(gateway.url);
  expect(await answer.json()).toMatchObject({
    detail: "svc: there is no backend, and too many requests are waiting already",
  });
  const closing = gateway.close();
  expect((await waiting).status).toBe(503);
  await closing;
});

test("requests that came before the first instance was ready are answered when it is", async () => {
  const fleet = fleetIn(tempDir());
  const gateway = await gatewayOver(fleet);
  const early = Promise.all([fetch(gateway.url), fetch(gateway.url)]);
  fleet.add([spec()]);
  expect((await early).map((answer) => answer.status)).toEqual([200, 200]);
  expect(gateway.counts).toMatchObject({ queued: 0, completed: 2 });
});

test("method, path, body and headers go through; headers of the connection do not", async () => {
  const { gateway } = await both(1);
  const answer = await fetch(`${gateway.url}/a?b=c`, {
    method: "POST",
    body: "hello",
    headers: { "x-mine": "1", te: "trailers" },
  });
  const seen = (await answer.json()) as { method: string; body: string; headers: Record<string, string> };
  expect(seen).toMatchObject({ method: "POST", body: "hello" });
  expect(seen.headers).toMatchObject({ "x-mine": "1", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" });
  expect(seen.headers["te"]).toBeUndefined();
});

test("an instance that is silent for too long gives 504", async () => {
  const { gateway } = await both(1, { traffic: traffic({ timeout: "100ms", retry: { max: 0 } }) });
  const answer = await fetch(`${gateway.url}/hang`);
  expect(answer.status).toBe(504);
});

test("an answer that breaks off is seen as broken by the client", async () => {
  const { gateway } = await both(1);
  const answer = await fetch(`${gateway.url}/break`);
  await expect(answer.text()).rejects.toThrow();
  while (gateway.counts.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(gateway.counts).toMatchObject({ abandoned: 1, completed: 0 });
});

test("a client that goes away frees the instance", async () => {
  const { fleet, gateway } = await both(1);
  const client = get(`${gateway.url}/hang`);
  client.on("error", () => {});
  while (gateway.active("svc-1") === 0) await new Promise((resolve) => setImmediate(resolve));
  client.destroy();
  await gateway.idle("svc-1");
  expect((await statusOf(fleet)).ready).toBe(1);
  expect(gateway.counts.abandoned).toBe(1);
});

test("closing answers what is in flight and takes nothing new", async () => {
  const { gateway } = await both(1);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const ask = () =>
    new Promise<number | string>((resolve) => {
      request(`${gateway.url}/?ms=200`, { agent }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      })
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""))
        .end();
    });
  const inFlight = ask();
  while (gateway.counts.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
  const closing = gateway.close();
  expect(await inFlight).toBe(200);
  await closing;
  expect(await ask()).toBe("ECONNREFUSED");
});
