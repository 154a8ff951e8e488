import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { createServer as secureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gate } from "../../shared/edge/notify/gate.ts";
import { bypasses } from "../../shared/edge/notify/proxy.ts";
import { retryAfter } from "../../shared/edge/notify/retry-after.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import { type HttpAnswer, type HttpSeen, type HttpWire, httpWire } from "../fakes/http-wire.ts";
import { serverCertificate } from "../fakes/server-certificate.ts";
import { notification, sender } from "./notify-kit.ts";

let folder: string;
let wire: HttpWire;
let seen: HttpSeen[];
let answer: (request: HttpSeen) => HttpAnswer;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "notify-"));
  wire = await httpWire((one) => {
    seen.push(one);
    return answer(one);
  });
});
beforeEach(() => {
  seen = [];
  answer = () => ({ status: 200, body: "ok" });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await wire.close();
  await rm(folder, { recursive: true });
});

const made = (given: Parameters<typeof sender>[0] = {}) => {
  const own = sender({
    secrets: secrets({
      env: { TOKEN: "from-env" },
      baseDir: folder,
      parameter: async (path) => `value of ${path}`,
    }),
    ...given,
  });
  closing.push(() => own.close());
  return own;
};
const send = (settings: Readonly<Record<string, unknown>>, type = "webhook", own = made()) =>
  own.send("acme", notification(type, settings));
const hook = (http_config: Readonly<Record<string, unknown>>, path = "/hook") =>
  send({ url: `${wire.endpoint}${path}`, http_config });
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

describe("http_config", () => {
  test.each([
    [{ basic_auth: { username: "u", password: "p:ü" } }, basic("u:p:ü")],
    [{ basic_auth: { username: "u", password_file: "secret" } }, basic("u:from-file")],
    [{ authorization: { type: "Token", credentials: "abc" } }, "Token abc"],
    [{ authorization: { type: "", credentials_file: "secret" } }, "Bearer from-file"],
    [{ authorization: { type: "Bearer", credentials: "env:TOKEN" } }, "Bearer from-env"],
    [{ bearer_token: "file:secret" }, "Bearer from-file"],
    [{ bearer_token: "ssm:/prod/token" }, "Bearer value of /prod/token"],
    [{ follow_redirects: true, enable_http2: true, basic_auth: null }, undefined],
  ])("%j proves itself with %s", async (config, authorization) => {
    await writeFile(join(folder, "secret"), "from-file\n");
    expect(await hook(config)).toMatchObject({ ok: true });
    expect(seen[0]?.headers.authorization).toBe(authorization);
  });

  test("a name and a password in the address are sent as a header, and the address is shown nowhere", async () => {
    const url = wire.endpoint.replace("http://", "http://me:hidden-word@");
    expect(await send({ url: `${url}/hook` })).toMatchObject({ ok: true });
    expect(seen[0]?.headers.authorization).toBe(basic("me:hidden-word"));
    answer = ({ headers }) => ({ status: 400, body: `${url} ${headers.authorization}` });
    const { detail } = await send({ url: `${url}/hook` });
    expect(detail).not.toMatch(/hidden-word|bWU6/);
  });

  test("headers of one's own go along, from values, secrets and files", async () => {
    await writeFile(join(folder, "header"), "three\n");
    await hook({
      http_headers: { "X-One": { values: ["1", "2"] }, "X-Two": { secrets: ["env:TOKEN"], files: ["header"] } },
    });
    expect(seen[0]?.headers).toMatchObject({ "x-one": "1, 2", "x-two": "from-env, three" });
  });

  test("a secret that is not there is said by its name and may come", async () => {
    expect(await hook({ bearer_token_file: "missing" })).toMatchObject({
      ok: false,
      retry: true,
      detail: "missing does not exist",
    });
    expect(await hook({ bearer_token: "env:NOT_SET" })).toMatchObject({
      detail: "NOT_SET is not set in the environment of Headgate",
    });
    expect(await send({ url_file: "/dev/zero" })).toMatchObject({ detail: "/dev/zero is not a regular file" });
    expect(seen).toEqual([]);
  });

  test("a file is read each time: a rotated address is taken up", async () => {
    const own = made();
    const settings = { url_file: "address" };
    for (const path of ["/old", "/new"]) {
      await writeFile(join(folder, "address"), ` ${wire.endpoint}${path}\n`);
      await send(settings, "webhook", own);
    }
    expect(seen.map(({ url }) => url.pathname)).toEqual(["/old", "/new"]);
  });

  test("an access token is asked for once, by whichever way the server takes, and asked for again when it ends", async () => {
    let now = 1_700_000_000_000;
    answer = ({ url, headers, body }) => {
      if (url.pathname !== "/token") return { status: 200 };
      if (headers.authorization) return { status: 401, body: "hidden-client-secret" };
      return {
        status: 200,
        body: JSON.stringify({ access_token: `t-${new URLSearchParams(body).get("scope")}`, expires_in: 60 }),
      };
    };
    const own = made({ now: () => now });
    const oauth2 = {
      client_id: "id",
      client_secret: "hidden-client-secret",
      token_url: `${wire.endpoint}/token`,
      scopes: ["a", "b"],
      endpoint_params: { audience: "x" },
    };
    const settings = { url: `${wire.endpoint}/hook`, http_config: { oauth2 } };
    const tell = () => own.send("acme", notification("webhook", settings, { deadline: now + 1_000 }));
    await Promise.all([tell(), tell()]);
    now += 49_000;
    await tell();
    expect(seen.map(({ url }) => url.pathname).filter((path) => path === "/token")).toHaveLength(2);
    expect(new URLSearchParams(seen[1]?.body).get("audience")).toBe("x");
    now += 2_000;
    await tell();
    const paths = seen.map(({ url }) => url.pathname);
    expect(paths.filter((path) => path === "/token")).toHaveLength(4);
    expect(
      new Set(seen.filter(({ url }) => url.pathname === "/hook").map(({ headers }) => headers.authorization)),
    ).toEqual(new Set(["Bearer t-a b"]));
  });

  test("a server of tokens that refuses is a failure without secrets", async () => {
    answer = () => ({ status: 500, body: "hidden-client-secret" });
    const oauth2 = { client_id: "id", client_secret: "hidden-client-secret", token_url: `${wire.endpoint}/token` };
    expect(await hook({ oauth2 })).toMatchObject({
      ok: false,
      retry: true,
      detail: "oauth2: the token's server answered 500",
    });
  });
});

describe("redirects", () => {
  test.each([
    [301, "GET"],
    [302, "GET"],
    [303, "GET"],
    [307, "POST"],
    [308, "POST"],
  ])("%d is followed with %s", async (status, method) => {
    answer = ({ url }) =>
      url.pathname === "/hook" ? { status, headers: { location: "/there?x=1" } } : { status: 200 };
    expect(await hook({})).toMatchObject({ ok: true });
    expect(seen[1]).toMatchObject({ method, body: method === "POST" ? seen[0]?.body : "" });
    expect(seen[1]?.url.href).toBe("http://127.0.0.1/there?x=1");
  });

  test("are the answer where they are not to be followed", async () => {
    answer = () => ({ status: 302, headers: { location: "/there" } });
    expect(await hook({ follow_redirects: false })).toMatchObject({ ok: false, retry: false });
    expect(seen).toHaveLength(1);
  });

  test("do not carry what proves who is asking to another server", async () => {
    const other = await httpWire(() => ({ status: 200 }));
    closing.push(() => other.close());
    answer = () => ({ status: 307, headers: { location: `${other.endpoint}/x` } });
    await hook({ authorization: { credentials: "abc" }, http_headers: { "X-Key": { secrets: ["k"] } } });
    await send({ api_url: wire.endpoint, api_key: "k" }, "opsgenie");
    expect(other.seen).toHaveLength(2);
    for (const { headers } of other.seen)
      expect([headers.authorization, headers["x-key"]]).toEqual([undefined, undefined]);
  });

  test.each(["http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "file:///etc/passwd", "gopher://x/"])(
    "to %s are refused",
    async (location) => {
      answer = () => ({ status: 302, headers: { location } });
      expect(await hook({})).toMatchObject({ ok: false, retry: false });
    },
  );

  test("end at some time", async () => {
    answer = () => ({ status: 302, headers: { location: "/hook" } });
    expect(await hook({})).toMatchObject({ ok: false, retry: true, detail: expect.stringContaining("10 redirects") });
    expect(seen).toHaveLength(11);
  });
});

describe("connections", () => {
  test("are kept from one notification to the next", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((incoming, response) => {
      sockets.add(incoming.socket);
      incoming.resume().on("end", () => response.end("ok"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close());
    const own = made();
    const url = `http://localhost:${(server.address() as AddressInfo).port}/hook`;
    for (const _ of [1, 2, 3]) expect(await send({ url }, "webhook", own)).toMatchObject({ ok: true });
    expect(sockets.size).toBe(1);
  });

  test("that the other side closed meanwhile cost nobody a notification", async () => {
    let asked = 0;
    const server = createServer((incoming, response) => {
      asked += 1;
      // The second request comes upon a connection that is closing.
      if (asked === 2) incoming.socket.destroy();
      else incoming.resume().on("end", () => response.end("ok"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close());
    const own = made();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    for (const _ of [1, 2]) expect(await send({ url }, "webhook", own)).toMatchObject({ ok: true });
    expect(asked).toBe(3);
  });

  test("are left once the beginning of an endless answer has come", async () => {
    const server = createServer((incoming, response) => {
      incoming.resume();
      response.writeHead(500).on("error", () => undefined);
      const more = () => {
        while (!response.destroyed && response.write("word ".repeat(2_000)));
      };
      response.on("drain", more);
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const { detail } = await send({ url });
    expect(detail).toMatch(/^unexpected status code 500: word word /);
    expect(detail.length).toBeLessThan(400);
  });

  test("go through a proxy: whole addresses for what is open, a tunnel for what is not", async () => {
    const certificate = serverCertificate("receiver.example");
    const target = secureServer(certificate, (incoming, response) => {
      incoming.resume().on("end", () => response.end("ok"));
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const { port } = target.address() as AddressInfo;
    const asked: (string | undefined)[][] = [];
    const proxy = createServer((incoming, response) => {
      asked.push([incoming.method, incoming.url, incoming.headers["proxy-authorization"]]);
      incoming.pipe(request(wire.endpoint, { method: "POST" }, (answered) => answered.pipe(response)));
    });
    proxy.on("connect", (incoming, socket: Socket) => {
      asked.push([incoming.method, incoming.url, incoming.headers["proxy-authorization"]]);
      const onward = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
      socket
        .on("error", () => undefined)
        .pipe(onward.on("error", () => undefined))
        .pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
      for (const server of [target, proxy]) {
        server.close();
        server.closeAllConnections();
      }
    });
    const proxy_url = `http://me:word@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const config = { proxy_url, tls_config: { ca: certificate.cert } };
    expect(await send({ url: "http://receiver.example/hook", http_config: config })).toMatchObject({ ok: true });
    expect(await send({ url: `https://receiver.example:${port}/hook`, http_config: config })).toMatchObject({
      ok: true,
    });
    expect(asked).toEqual([
      ["POST", "http://receiver.example/hook", basic("me:word")],
      ["CONNECT", `receiver.example:${port}`, basic("me:word")],
    ]);
    const direct = { ...config, no_proxy: "receiver.example" };
    expect(await send({ url: "http://receiver.example/hook", http_config: direct })).toMatchObject({ ok: false });
    expect(asked).toHaveLength(2);
    const local = made({ http: { allowLocal: false } });
    expect(await send({ url: "http://receiver.example/hook", http_config: config }, "webhook", local)).toMatchObject({
      ok: false,
      retry: false,
    });
  });
});

test.each([
  ["http://a.example/", "a.example", true],
  ["http://b.a.example/", "a.example", true],
  ["http://ba.example/", "a.example", false],
  ["http://a.example/", ".a.example", false],
  ["http://b.a.example/", ".a.example", true],
  ["http://a.example:81/", "a.example:80", false],
  ["https://a.example/", "a.example:443", true],
  ["http://10.1.2.3/", "10.0.0.0/8", true],
  ["http://11.1.2.3/", "10.0.0.0/8", false],
  ["http://x/", "y, *", true],
  ["http://x/", "", false],
])("%s with no_proxy %j: goes past the proxy %s", (url, list, past) => {
  expect(bypasses(new URL(url), list)).toBe(past);
});

test.each([
  ["7", 7_000],
  [" 0 ", 0],
  ["1.5", 1_500],
  ["Tue, 14 Nov 2023 22:13:30 GMT", 10_000],
  ["Tue, 14 Nov 2023 22:13:10 GMT", 0],
  ["99999999", 86_400_000],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("Retry-After: %j is %s ms from now", (value, ms) => {
  expect(retryAfter(value, 1_700_000_000_000)).toBe(ms);
});

test("a parameter of SSM is asked for once a minute, and again after a failure", async () => {
  let [now, asked] = [0, 0];
  const parameter = async () => {
    asked += 1;
    if (asked === 1) throw new Error("down");
    return `value ${asked}`;
  };
  const own = secrets({ env: {}, baseDir: "/", parameter, elapsed: () => now });
  await expect(own.value("ssm:/a")).rejects.toThrow("down");
  expect([await own.value("ssm:/a"), await own.value("ssm:/a")]).toEqual(["value 2", "value 2"]);
  now = 60_000;
  expect(await own.value("ssm:/a")).toBe("value 3");
  expect([own.value("text"), own.value("file://a/b"), own.value("env:a-b")]).toEqual([undefined, undefined, undefined]);
});

test("a gate lets so many through at once, in their order, and goes on after failures", async () => {
  const through = gate(2);
  const begun: number[] = [];
  let [inside, most] = [0, 0];
  const works = Array.from({ length: 3_000 }, (_, index) =>
    through(async () => {
      begun.push(index);
      inside += 1;
      most = Math.max(most, inside);
      await Promise.resolve();
      inside -= 1;
      if (index % 7 === 0) throw new Error("no");
    }).catch(() => undefined),
  );
  await Promise.all(works);
  expect(most).toBe(2);
  expect(begun).toEqual(begun.toSorted((a, b) => a - b));
  expect(begun).toHaveLength(3_000);
});
