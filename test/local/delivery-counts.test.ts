import { request } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { versionsServed } from "../../local/gateway/version-counts.ts";
import { gatewayTo, httpBackend } from "../traffic/gateway-world.ts";

const START = 1_767_571_200_000;
const SECOND = 1_000;
const MINUTE = 60_000;
const TEN = 10 * SECOND;

test("whatever is served in three hours, the last 160 minutes add up by ten seconds, and what is older is not known", () => {
  const event = fc.record({
    after: fc.integer({ min: 0, max: 90 * SECOND }),
    version: fc.constantFrom("v1", "v2"),
    ms: fc.constantFrom(1, 40, 170, 900),
    failed: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 12 }), (events, tens) => {
      const served = versionsServed(START);
      let at = START;
      const all = events.map(({ after, ...rest }) => ({ ...rest, at: (at += after) }));
      for (const one of all) served.ended(one.version, one.at, one.ms, one.failed);
      const every = tens * TEN;
      const end = Math.ceil(at / TEN) * TEN;
      for (let from = START; from + every <= end; from += every) {
        for (const version of ["v1", "v2"]) {
          const found = served.read(version, from, from + every, 200);
          const own = all.filter((one) => one.version === version);
          const within = own.filter((one) => one.at >= from && one.at < from + every);
          if (!found) {
            expect((own.at(-1)?.at ?? 0) - from).toBeGreaterThan(158 * MINUTE);
            continue;
          }
          expect(found).toMatchObject({
            requests: within.length,
            errors: within.filter(({ failed }) => failed).length,
            slow: within.filter(({ ms }) => ms > 200).length,
          });
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("intervals that follow one another by the second tile: nothing is counted twice and nothing is lost", () => {
  const served = versionsServed(START);
  for (let at = START; at < START + 5 * MINUTE; at += 70) served.ended("v1", at, 10, false);
  let sum = 0;
  // Neither begins nor ends on a whole second.
  for (let from = START + 137; from < START + 5 * MINUTE; from += 7_777)
    sum += served.read("v1", from, from + 7_777)?.requests ?? 0;
  const whole = served.read("v1", START, START + 6 * MINUTE)?.requests ?? 0;
  const first = served.read("v1", START, START + 137)?.requests ?? 0;
  expect(sum + first).toBe(whole);
  expect(whole).toBe(Math.ceil((5 * MINUTE) / 70));
});

test("asking does not change what is asked for, also about the second that is open", () => {
  const served = versionsServed(START);
  served.ended("v1", START + 100, 10, false);
  expect(served.read("v1", START, START + MINUTE)?.requests).toBe(1);
  served.ended("v1", START + 900, 10, true);
  expect(served.read("v1", START, START + MINUTE)).toMatchObject({ requests: 2, errors: 1 });
  expect(served.read("v1", START, START + SECOND)).toMatchObject({ requests: 2, errors: 1 });
});

test("a version that nobody asked for was served nothing; from before the gateway was open nothing is known", () => {
  const served = versionsServed(START + 500);
  expect(served.read("v9", START + SECOND, START + MINUTE, 100)).toEqual({ requests: 0, errors: 0, slow: 0 });
  expect(served.read("v9", START, START + MINUTE, 100)).toBeUndefined();
});

test("more versions than are told apart: the one served longest ago makes room, and is unknown, not zero", () => {
  const served = versionsServed(START);
  for (let version = 0; version < 17; version++) served.ended(`v${version}`, START + version * SECOND, 10, false);
  expect(served.read("v0", START, START + MINUTE)).toBeUndefined();
  expect(served.read("v1", START, START + MINUTE)?.requests).toBe(1);
  served.ended("v0", START + 30 * SECOND, 10, false);
  expect(served.read("v0", START, START + MINUTE)).toBeUndefined();
  expect(served.read("v0", START + 30 * SECOND, START + MINUTE)?.requests).toBe(1);
});

const ask = (url: string, path: string) =>
  new Promise<number>((resolve) => {
    const asked = request(`${url}${path}`, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    asked.on("error", () => resolve(0));
    asked.end();
  });

test("a try that failed at the new version is its failure, although the client got its answer from the old one", async () => {
  const good = await httpBackend("a", (_, response) => response.end("ok"), { version: "v1" });
  const bad = await httpBackend("b", (_, response) => response.writeHead(503).end(), { version: "v2" });
  const now = () => START + SECOND;
  const gateway = await gatewayTo(
    [good, bad],
    { retry: { max: 1, on: ["503"] }, breaker: "off", outlier: "off" },
    { now },
  );
  for (let asked = 0; asked < 20; asked++) expect(await ask(gateway.url, "/")).toBe(200);
  const of = (version: string) => gateway.versions.read(version, START + SECOND, START + MINUTE);
  const [v1, v2] = [of("v1"), of("v2")];
  expect(v1).toMatchObject({ requests: 20, errors: 0 });
  expect(v2?.requests).toBeGreaterThan(0);
  expect(v2?.errors).toBe(v2?.requests);
});

test("a version whose circuits keep users from it goes on failing in its counts, by its share, while the other one serves", async () => {
  const good = await httpBackend("a", (_, response) => response.end("ok"), { version: "v1" });
  const bad = await httpBackend("b", (_, response) => response.writeHead(500).end(), { version: "v2" });
  const now = () => START + SECOND;
  const gateway = await gatewayTo(
    [good, bad],
    { versions: { v1: 75, v2: 25 }, retry: { max: 0 }, outlier: "off", breaker: "consecutive" },
    { now },
  );
  const statuses: number[] = [];
  for (let asked = 0; asked < 200; asked++) statuses.push(await ask(gateway.url, "/"));
  expect(statuses.filter((status) => status === 500)).toHaveLength(5);
  const of = (version: string) => gateway.versions.read(version, START + SECOND, START + MINUTE);
  const [v1, v2] = [of("v1"), of("v2")];
  expect(v1).toMatchObject({ requests: 195, errors: 0 });
  expect(v2?.errors).toBe(v2?.requests);
  expect(v2?.requests).toBeGreaterThan(35);
  expect(v2?.requests).toBeLessThan(55);
});

test("a version whose instances are only coming up since the gateway opened has missed nothing: a start after a crash judges nobody", async () => {
  const good = await httpBackend("a", (_, response) => response.end("ok"), { version: "v1" });
  const now = () => START + SECOND;
  const gateway = await gatewayTo([good], { versions: { v1: 50, v2: 50 } }, { now });
  for (let asked = 0; asked < 20; asked++) expect(await ask(gateway.url, "/")).toBe(200);
  const of = (version: string) => gateway.versions.read(version, START + SECOND, START + MINUTE);
  expect(of("v1")).toMatchObject({ requests: 20, errors: 0 });
  expect(of("v2")?.errors ?? 0).toBe(0);
});

test("4xx is no error of a version, a broken connection is; a client that gave up on it is counted, without an error", async () => {
  const asked = Promise.withResolvers<void>();
  const backend = await httpBackend(
    "a",
    (incoming, response) => {
      if (incoming.url === "/hang") return asked.resolve();
      if (incoming.url === "/break") return void incoming.socket.destroy();
      response.writeHead(incoming.url === "/missing" ? 404 : 200).end();
    },
    { version: "v1" },
  );
  const now = () => START + SECOND;
  const gateway = await gatewayTo([backend], { retry: { max: 0 }, breaker: "off", outlier: "off" }, { now });
  const read = () => gateway.versions.read("v1", START + SECOND, START + MINUTE);
  expect(await ask(gateway.url, "/")).toBe(200);
  expect(await ask(gateway.url, "/missing")).toBe(404);
  expect(read()).toMatchObject({ requests: 2, errors: 0 });
  expect(await ask(gateway.url, "/break")).toBe(502);
  expect(read()).toMatchObject({ requests: 3, errors: 1 });
  const client = request(`${gateway.url}/hang`);
  client.on("error", () => {});
  client.end();
  await asked.promise;
  const idle = gateway.idle("a");
  client.destroy();
  await idle;
  expect(read()).toMatchObject({ requests: 4, errors: 1 });
});
