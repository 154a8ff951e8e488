import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { askHook } from "../../functions/delivery/hook.ts";
import { hookToken } from "../../functions/delivery/hook-proof.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { concealPrinted } from "../../shared/core/kernel/printed.ts";
import { world } from "../api/kit.ts";
import { DELIVERY } from "./hooks-kit.ts";

const PLANTED = "hunter2-is-planted";

describe("what a version printed", () => {
  it.each([
    `connecting to postgres://app:${PLANTED}@db.example:5432/shop`,
    `redis://:${PLANTED}/with@slash@cache:6379`,
    `DB_PASSWORD=${PLANTED} refused`,
    `{"level":"error","apiKey":"${PLANTED}","code":7}`,
    `config { client_secret: '${PLANTED}', retries: 3 }`,
    `authorization: Bearer ${PLANTED}`,
    `> Authorization: Basic ${PLANTED}`,
    `GET /v1?access_token=${PLANTED}&page=2`,
  ])("is shown without its secrets: %s", (line) => {
    const shown = concealPrinted(line);
    expect(shown).not.toContain(PLANTED);
    expect(shown).toContain("[redacted]");
  });

  it("keys and tokens are known by their form, and values by what they are", () => {
    const shown = concealPrinted(
      `AKIA${"ABCDEFGH23456789"} eyJhbGciOiJI.eyJzdWIiOiIx.c2ln ghp_${"a1".repeat(18)} uses ${PLANTED}`,
      [PLANTED],
    );
    expect(shown).toBe("[redacted] [redacted] [redacted] uses [redacted]");
  });

  it.each([
    "Error: connect ECONNREFUSED 10.0.0.1:5432",
    "    at Object.<anonymous> (/app/src/tokens.js:12:7)",
    "listening on http://0.0.0.0:8080/health",
    "SyntaxError: Unexpected token } in JSON at position 12",
    "orders: 12 keys migrated, 0 passed on",
    "image sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 pulled",
  ])("is left as it is where there is none: %s", (line) => {
    expect(concealPrinted(line)).toBe(line);
  });

  it("takes no time over a line of a megabyte", () => {
    const began = performance.now();
    concealPrinted("token".repeat(200_000));
    concealPrinted(`a://${"b:".repeat(500_000)}`);
    expect(performance.now() - began).toBeLessThan(250);
  });
});

describe("a hook's answer", () => {
  it("is told without the token it was asked with, and without what it prints of its own", async () => {
    const server = createServer((request, response) => {
      response.writeHead(500).end(`cannot ${request.method} ${request.url}, DB_PASSWORD=${PLANTED}`);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    try {
      const w = await world();
      const { port } = server.address() as AddressInfo;
      const about = { hook: "smoke", timeoutMs: 5_000, service: "orders", version: "v2", rollout: "r1" };
      const { detail, values } = await askHook(w.runtime, {
        ...about,
        url: `http://127.0.0.1:${port}/go?t=${PLANTED}`,
      });
      expect(detail).toMatch(/^smoke answered 500: cannot POST \/go/);
      expect(JSON.stringify([detail, values])).not.toContain(PLANTED);
    } finally {
      server.close();
    }
  });
});

describe("a token in an address", () => {
  it("is in no log, trace, answer, state or record, whatever comes of the call", async () => {
    const w = await world({ config: DELIVERY, access: "keys" });
    const spans: unknown[] = [];
    const { span } = w.runtime.telemetry;
    w.runtime.telemetry.span = (name, parent, attributes) => {
      spans.push(attributes);
      return span(name, parent, attributes);
    };
    process.env["HEADGATE_HOOK_SECRET"] = "env:TEST_HOOK_SECRET";
    process.env["TEST_HOOK_SECRET"] = PLANTED;
    try {
      const tokens = {
        kayenta: hookToken(PLANTED, "default", "kayenta", "*"),
        flagger: hookToken(PLANTED, "default", "flagger", "orders"),
        argo: hookToken(PLANTED, "default", "argo", "orders"),
      };
      const body = {
        name: "orders",
        namespace: "shop",
        phase: "Progressing",
        checksum: "1",
        metadata: { token: tokens.flagger },
      };
      const answers = [
        await w.get(`/hooks/kayenta/${tokens.kayenta}/canaryConfig`),
        await w.get(`/hooks/kayenta/${tokens.kayenta}/canary/none`),
        await w.post("/hooks/flagger/event", body),
        await w.post("/hooks/flagger/rollout", body),
        await w.get(`/hooks/argo/orders?token=${tokens.argo}`),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, expect.any(Number), 200]);
      w.runtime.store.load = () => Promise.reject(new HeadgateError("store.unavailable", "the table does not answer"));
      answers.push(await w.get(`/hooks/kayenta/${tokens.kayenta}/canary/none`));
      expect(answers.at(-1)?.status).toBe(503);
      const { items } = await w.journal.list({ tenant: "default" });
      const kept = JSON.stringify([
        await Promise.all(answers.map((answer) => answer.text())),
        w.lines,
        spans,
        items,
        (await w.store.list("default", "delivery", { limit: 100 })).items,
      ]);
      expect(items.length).toBeGreaterThan(0);
      for (const token of [...Object.values(tokens), PLANTED]) expect(kept).not.toContain(token);
    } finally {
      delete process.env["HEADGATE_HOOK_SECRET"];
      delete process.env["TEST_HOOK_SECRET"];
    }
  });
});
