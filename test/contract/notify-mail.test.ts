import { type AddressInfo, createServer, type Server } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, test } from "vitest";
import type { TemplateData } from "../../shared/core/alerting/templates/types.ts";
import type { Notification } from "../../shared/core/ports/notify.ts";
import { alert, notification, sender } from "../alerting/notify-kit.ts";
import { serverCertificate } from "../fakes/server-certificate.ts";

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly secure: boolean;
  readonly hello: string;
}

const certificate = serverCertificate("localhost");
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A mail server on loopback with what it took. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const logins: { method: string; username: string; secure: boolean }[] = [];
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    authMethods: ["PLAIN", "LOGIN", "CRAM-MD5"],
    closeTimeout: 10,
    onAuth: (auth, session, done) => {
      const good = auth.validatePassword?.("hidden-pass") ?? auth.password === "hidden-pass";
      logins.push({ method: auth.method, username: auth.username ?? "", secure: session.secure });
      if (good) done(null, { user: auth.username });
      else done(new Error(`no, ${auth.password} is wrong`));
    },
    onRcptTo: ({ address }, _session, done) => {
      const code = /^refused(\d+)/.exec(address)?.[1];
      if (code) done(Object.assign(new Error("not here"), { responseCode: Number(code) }));
      else done();
    },
    onData: (stream, { envelope, secure, hostNameAppearsAs }, done) => {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const text = Buffer.concat(parts).toString();
        const from = envelope.mailFrom ? envelope.mailFrom.address : "";
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text, secure, hello: hostNameAppearsAs });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = (server.server as unknown as Server).address() as AddressInfo;
  return { mails, logins, port, smarthost: `localhost:${port}` };
}

const base = { from: "Alerts <am@x.org>", to: 'a@x.org, "B, C" <b@x.org>', text: "it is {down}", html: "<p>down</p>" };
const trusted = { tls_config: { ca: certificate.cert } };

async function send(settings: Readonly<Record<string, unknown>>, more: Partial<Notification> = {}, longestMs = 5_000) {
  const own = sender({ longestMs });
  const outcome = await own.send("acme", notification("email", { hello: "localhost", ...base, ...settings }, more));
  own.close();
  expect(outcome.detail).not.toContain("hidden");
  return outcome;
}

describe("mails", () => {
  test("go encrypted to all that are named, as text and HTML, and greet as they are told", async () => {
    const { mails, smarthost } = await mailServer();
    expect(await send({ smarthost, hello: "here.example", ...trusted })).toMatchObject({ ok: true });
    expect(mails).toMatchObject([
      { from: "am@x.org", to: ["a@x.org", "b@x.org"], secure: true, hello: "here.example" },
    ]);
    const text = mails[0]?.text ?? "";
    expect(text).toMatch(/^Subject: /m);
    expect(text).toMatch(/^From: Alerts <am@x\.org>\r$/m);
    expect(text.indexOf("Content-Type: text/plain; charset=UTF-8")).toBeLessThan(
      text.indexOf("Content-Type: text/html; charset=UTF-8"),
    );
  });

  test("keep their Message-Id when they are tried again, and have another when they are others", async () => {
    const { mails, smarthost } = await mailServer();
    await send({ smarthost, ...trusted });
    await send({ smarthost, ...trusted });
    await send({ smarthost, ...trusted }, { key: "another" });
    const ids = mails.map(({ text }) => /^Message-Id: (.*)\r$/m.exec(text)?.[1]);
    expect(ids[0]).toMatch(/^<b0a1c2d3e4f5@.+>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test("do not go to a server without STARTTLS unless that is allowed", async () => {
    const { mails, smarthost } = await mailServer({ disabledCommands: ["STARTTLS"] });
    expect(await send({ smarthost })).toMatchObject({ ok: false, retry: true });
    expect(mails).toEqual([]);
    expect(await send({ smarthost, require_tls: false })).toMatchObject({ ok: true });
    expect(mails).toMatchObject([{ secure: false }]);
  });

  test("do not go to a server that nobody vouches for, nor to one of another name", async () => {
    const { mails, smarthost } = await mailServer();
    expect(await send({ smarthost })).toMatchObject({
      ok: false,
      retry: true,
      detail: expect.stringMatching(/certificate/),
    });
    const other = { tls_config: { ca: certificate.cert, server_name: "other.example" } };
    expect(await send({ smarthost, ...other })).toMatchObject({ ok: false, retry: true });
    expect(mails).toEqual([]);
    expect(await send({ smarthost, tls_config: { insecure_skip_verify: true } })).toMatchObject({ ok: true });
  });

  test("go through TLS from the first byte where the settings say so", async () => {
    const { mails, smarthost } = await mailServer({ secure: true });
    expect(await send({ smarthost, force_implicit_tls: true, ...trusted })).toMatchObject({ ok: true });
    expect(mails).toMatchObject([{ secure: true }]);
  });

  test.each([
    ["CRAM-MD5", { auth_secret: "hidden-pass" }],
    ["PLAIN", { auth_password: "hidden-pass" }],
    ["LOGIN", { auth_password: "hidden-pass" }],
  ])("authenticate by %s", async (method, secret) => {
    const { logins, smarthost } = await mailServer({ authMethods: [method], authOptional: false });
    expect(await send({ smarthost, auth_username: "me", ...secret, ...trusted })).toMatchObject({ ok: true });
    expect(logins).toEqual([{ method, username: "me", secure: true }]);
  });

  test("say that a password was refused without saying it, whatever the server says", async () => {
    const { smarthost } = await mailServer();
    const outcome = await send({ smarthost, auth_username: "me", auth_password: "hidden-other", ...trusted });
    expect(outcome).toMatchObject({
      ok: false,
      retry: true,
      detail: expect.stringContaining("refused to authenticate (535)"),
    });
  });

  test("say when there is no secret for what the server offers", async () => {
    const { smarthost } = await mailServer({ authMethods: ["CRAM-MD5"] });
    const outcome = await send({ smarthost, auth_username: "me", auth_password: "hidden-pass", ...trusted });
    expect(outcome).toMatchObject({ ok: false, retry: true, detail: expect.stringContaining("CRAM-MD5") });
  });

  test("reach those who can be reached when a server refuses one of them for good, and say whom not", async () => {
    const { mails, smarthost } = await mailServer();
    const outcome = await send({ smarthost, to: "a@x.org, refused550@x.org", ...trusted });
    expect(outcome).toMatchObject({ ok: true, detail: expect.stringContaining("refused550@x.org") });
    expect(mails).toMatchObject([{ to: ["a@x.org"] }]);
  });

  test("are tried again for one who is refused for now", async () => {
    const { smarthost } = await mailServer();
    const to = "a@x.org, refused451@x.org";
    expect(await send({ smarthost, to, ...trusted })).toMatchObject({ ok: false, retry: true });
  });

  test.each([
    ["to", "nobody"],
    ["to", "a@x.org b@x.org <c@x.org"],
    ["to", ""],
    ["from", "a@x.org, b@x.org"],
    ["to", "a@x.org\r\nRCPT TO:<evil@x.org>"],
  ])("with a broken %s (%j) are final", async (name, value) => {
    const { mails, smarthost } = await mailServer();
    expect(await send({ smarthost, ...trusted, [name]: value })).toMatchObject({ ok: false, retry: false });
    expect(mails).toEqual([]);
  });

  test.each([
    ["hangs", (server: Server) => server.on("connection", () => undefined)],
    ["resets", (server: Server) => server.on("connection", (socket) => socket.destroy())],
    ["speaks nonsense", (server: Server) => server.on("connection", (socket) => socket.end("HTTP/1.1 400\r\n\r\n"))],
    ["refuses", (server: Server) => server.on("connection", (socket) => socket.end("554 go away\r\n"))],
    ["floods", (server: Server) => server.on("connection", (socket) => socket.write("x".repeat(3_000_000)))],
  ])("may be tried again when the server %s", async (_what, behave) => {
    const server = createServer();
    const open = new Set<{ destroy(): void }>();
    server.on("connection", (socket) => {
      open.add(socket);
      socket.on("error", () => undefined);
    });
    behave(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await send({ smarthost: `127.0.0.1:${port}` }, {}, 80)).toMatchObject({ ok: false, retry: true });
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test("about a storm leave with as many alerts as a text can hold, and count the others", async () => {
    const { mails, smarthost } = await mailServer();
    const own = sender({
      templatesOf: async () => {
        const render = (text: string, data: TemplateData) => {
          const { length } = data.alerts ?? [];
          return length > 600
            ? { ok: false as const, message: "too much" }
            : { ok: true as const, text: `${text.slice(2, 6)} ${data.status} ${length}` };
        };
        return { text: render, html: render };
      },
    });
    const resolved = Array.from({ length: 699 }, () => alert({ status: "resolved" }));
    const settings = { ...base, smarthost, ...trusted, headers: { Subject: "s" }, text: "{{text", html: "{{html" };
    const storm = notification("email", settings, { alerts: [...resolved, alert()] });
    expect(await own.send("acme", storm)).toMatchObject({ ok: true });
    own.close();
    const text = (mails[0]?.text ?? "").replace(/=\r\n/g, "");
    expect(text).toContain("text firing 500\r\n\r\n=E2=80=A6 and 200 more alerts");
    expect(text).toContain("html firing 500<p>=E2=80=A6 and 200 more alerts</p>");
  });

  test("tell of resolved alerts only those who want to know", async () => {
    const { mails, smarthost } = await mailServer();
    const { integration } = notification("email", { ...base, smarthost, ...trusted });
    const alerts = [alert({ status: "resolved" })];
    const own = sender();
    const quiet = notification("email", {}, { integration: { ...integration, sendResolved: false }, alerts });
    expect(await own.send("acme", quiet)).toMatchObject({ ok: true });
    expect(mails).toEqual([]);
  });
});
