import { createServer as secureServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Notification } from "../../shared/core/ports/notify.ts";
import { notification, sender } from "../alerting/notify-kit.ts";
import { type HttpAnswer, type HttpSeen, type HttpWire, httpWire } from "../fakes/http-wire.ts";
import { serverCertificate } from "../fakes/server-certificate.ts";

export interface ReceiverUnderTest {
  readonly type: string;
  /** Settings that lead to a server; every secret in them has the word `hidden` in it. */
  readonly settings: (base: string) => Readonly<Record<string, unknown>>;
  /** What the receiver answers when all is well. Default: 200 "ok". */
  readonly well?: HttpAnswer;
  /** Requests of one notification. Default 1. */
  readonly requests?: number;
  /** One address for all AWS services, where the settings have none. */
  readonly aws?: boolean;
  /** 429 is worth another try even without a word of when. */
  readonly retries429?: boolean;
  /** Whatever the receiver refuses is worth another try. */
  readonly retriesAll?: boolean;
  /** The key that lets a receiver see one notification where two came; from a request. */
  readonly keyOf?: (seen: HttpSeen) => unknown;
  /** A call is signed for its address and goes nowhere else. */
  readonly ignoresRedirects?: boolean;
}

/** What every receiver over HTTP keeps to, however its server behaves. */
export function notifyContract(given: ReceiverUnderTest): void {
  const { type, well = { status: 200, body: "ok" }, requests = 1 } = given;

  describe(`notifications to ${type}`, () => {
    let wire: HttpWire;
    beforeEach(async () => {
      wire = await httpWire(() => well);
    });
    afterEach(() => wire.close());

    const sent = async (base = wire.endpoint, more: Partial<Notification> = {}, longestMs = 5_000) => {
      const aws = { credentials: async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "hidden-aws" }) };
      const own = sender({
        longestMs,
        aws: { ...aws, region: "eu-central-1", ...(given.aws ? { endpoint: base } : {}) },
      });
      try {
        const outcome = await own.send("acme", notification(type, given.settings(base), more));
        expect(outcome.detail).not.toContain("hidden");
        expect(outcome.detail.length).toBeGreaterThan(0);
        expect(outcome.detail.length).toBeLessThan(600);
        return outcome;
      } finally {
        own.close();
      }
    };
    const answered = async (answer: HttpAnswer, more?: Partial<Notification>, longestMs?: number) => {
      wire.inject(answer, 50);
      return sent(wire.endpoint, more, longestMs);
    };

    test("are delivered, and say who sends them", async () => {
      expect(await sent()).toMatchObject({ ok: true });
      expect(wire.seen).toHaveLength(requests);
      for (const { headers } of wire.seen) expect(headers["user-agent"]).toBe("Headgate/1.2.3");
    });

    if (given.keyOf) {
      const { keyOf } = given;
      test("carry the same key when tried again and another when it is another", async () => {
        await sent();
        await sent();
        await sent(wire.endpoint, { key: "another" });
        const keys = wire.seen.map(keyOf);
        expect(keys).toEqual(["b0a1c2d3e4f5", "b0a1c2d3e4f5", "another"]);
      });
    }

    test("may be tried again after 500", async () => {
      expect(await answered({ status: 500, body: "broken" })).toMatchObject({ ok: false, retry: true });
    });

    test("may be tried again after 503, and when the server says", async () => {
      const headers = { "retry-after": "7" };
      expect(await answered({ status: 503, headers })).toMatchObject({ ok: false, retry: true, retryAfterMs: 7_000 });
    });

    test("may be tried again after 429 with Retry-After, then and not before", async () => {
      const headers = { "retry-after": "3" };
      expect(await answered({ status: 429, headers })).toMatchObject({ ok: false, retry: true, retryAfterMs: 3_000 });
    });

    test("are refused or tried again after 429 alone as upstream has it", async () => {
      const retry = (given.retries429 ?? false) || (given.retriesAll ?? false);
      expect(await answered({ status: 429, body: "slow down" })).toMatchObject({ ok: false, retry });
    });

    test("are not tried again after 400, except where upstream does", async () => {
      expect(await answered({ status: 400, body: "no" })).toMatchObject({
        ok: false,
        retry: given.retriesAll ?? false,
      });
    });

    test("are given up on when the server hangs, for another try", async () => {
      const outcome = await answered({ status: 200, hang: true }, {}, 60);
      expect(outcome).toMatchObject({
        ok: false,
        retry: true,
        detail: expect.stringContaining("did not answer within"),
      });
    });

    test("may be tried again after a reset", async () => {
      expect(await answered({ status: 200, drop: "at once" })).toMatchObject({ ok: false, retry: true });
    });

    test("may be tried again after half an answer", async () => {
      const headers = { "content-length": "100", "content-type": "application/json" };
      expect(await answered({ ...well, headers, drop: "half way" })).toMatchObject({ ok: false, retry: true });
    });

    test("may be tried again when nobody listens", async () => {
      const closed = createServer();
      await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
      const { port } = closed.address() as AddressInfo;
      await new Promise((resolve) => closed.close(resolve));
      expect(await sent(`http://127.0.0.1:${port}`)).toMatchObject({ ok: false, retry: true });
    });

    test("are not led by a redirect to where a cloud keeps its keys", async () => {
      const location = "http://169.254.169.254/latest/meta-data/iam/hidden";
      const outcome = await answered({ status: 307, headers: { location } });
      expect(outcome).toMatchObject({ ok: false, retry: false });
      if (!given.ignoresRedirects) expect(outcome.detail).toContain("a link-local address");
    });

    test("say nothing of what a server throws back at them", async () => {
      const echo = JSON.stringify(given.settings(wire.endpoint));
      await answered({ status: 500, body: echo });
      await answered({ status: 400, body: echo.slice(0, 250) });
    });

    test("do not begin when their time is up", async () => {
      expect(await sent(wire.endpoint, { deadline: Date.now() - 1 })).toMatchObject({ ok: false, retry: false });
      expect(wire.seen).toEqual([]);
    });
  });

  describe(`notifications to ${type} over TLS`, () => {
    const { key, cert } = serverCertificate("localhost");
    const server = secureServer({ key, cert }, (_request, response) => {
      response.writeHead(well.status, well.headers ?? {});
      response.end(well.body ?? "ok");
    });
    beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
    afterAll(() => {
      server.close();
      server.closeAllConnections();
    });
    const send = async (config: Readonly<Record<string, unknown>>) => {
      const base = `https://localhost:${(server.address() as AddressInfo).port}`;
      const aws = { credentials: async () => ({ accessKeyId: "A", secretAccessKey: "B" }), region: "eu-central-1" };
      const own = sender({ aws: { ...aws, ...(given.aws ? { endpoint: base } : {}) } });
      const settings = { ...given.settings(base), http_config: { tls_config: config } };
      try {
        return await own.send("acme", notification(type, settings));
      } finally {
        own.close();
      }
    };

    test("are not told to a server that nobody vouches for", async () => {
      expect(await send({})).toMatchObject({ ok: false, retry: true, detail: expect.stringMatching(/certificate/i) });
    });
    test("are told to one that the settings vouch for", async () => {
      expect(await send({ ca: cert })).toMatchObject({ ok: true });
      expect(await send({ insecure_skip_verify: true })).toMatchObject({ ok: true });
    });
    test("are not told to one of another name", async () => {
      expect(await send({ ca: cert, server_name: "other.example" })).toMatchObject({ ok: false, retry: true });
    });
  });
}
