import { handle, type LambdaEvent } from "hono/aws-lambda";
import { describe, expect, it } from "vitest";
import { createApp } from "../../functions/api/app.ts";
import { type Answer, world } from "./kit.ts";

/** An event of API Gateway's HTTP API, payload format 2.0. */
const event = (
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
  base64 = false,
): LambdaEvent =>
  ({
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "limit=5",
    headers: { host: "abc.execute-api.eu-central-1.amazonaws.com", ...headers },
    isBase64Encoded: base64,
    ...(body === undefined ? {} : { body: base64 ? Buffer.from(body).toString("base64") : body }),
    requestContext: {
      accountId: "123456789012",
      apiId: "abc",
      domainName: "abc.execute-api.eu-central-1.amazonaws.com",
      domainPrefix: "abc",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent: "curl" },
      requestId: "r",
      routeKey: "$default",
      stage: "$default",
      time: "05/Jan/2026:00:00:00 +0000",
      timeEpoch: 1_767_571_200_000,
    },
  }) as unknown as LambdaEvent;

async function deployed() {
  const w = await world({ access: "keys", stream: false });
  const app = handle(createApp({ runtime: w.runtime, access: "keys" }));
  return {
    w,
    call: async (one: LambdaEvent) =>
      (await app(one)) as { statusCode: number; body: string; headers: Record<string, string> },
  };
}

describe("behind API Gateway", () => {
  it("answers the same API, with a key", async () => {
    const { w, call } = await deployed();
    expect((await call(event("GET", "/live"))).statusCode).toBe(200);
    expect((await call(event("GET", "/api/v1/decisions"))).statusCode).toBe(401);
    const authorization = `Bearer ${await w.key("read")}`;
    const answer = await call(event("GET", "/api/v1/decisions", { authorization }));
    expect(answer.statusCode).toBe(200);
    expect((JSON.parse(answer.body) as Answer).items).toEqual([]);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  it.each([false, true])("reads a body (base64 %s)", async (base64) => {
    const { w, call } = await deployed();
    const headers = { authorization: `Bearer ${await w.key("operate")}`, "content-type": "application/json" };
    const answer = await call(event("POST", "/api/v1/autoscaling/orders/pause", headers, '{"why":"händisch"}', base64));
    expect(answer.statusCode, answer.body).toBe(200);
    const [record] = (await w.journal.list({ tenant: "default" })).items;
    expect(record?.input).toMatchObject({ why: "händisch" });
  });

  it("tells that it cannot stream", async () => {
    const { w, call } = await deployed();
    const answer = await call(event("GET", "/api/v1/events", { authorization: `Bearer ${await w.key("read")}` }));
    expect(answer.statusCode).toBe(501);
  });

  it("refuses to run without its environment, naming what is missing", async () => {
    const { handler } = await import("../../functions/api/lambda.ts");
    await expect(handler(event("GET", "/live"))).rejects.toThrow("HEADGATE_TABLE");
  });
});
