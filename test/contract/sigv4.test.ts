import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { HttpAsk } from "../../shared/edge/http-client.ts";
import { sigv4Http } from "../../shared/edge/sigv4-http.ts";

/** The credentials and the instant of AWS's own published examples. */
const IDENTITY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const AT = Date.UTC(2015, 7, 30, 12, 36, 0);

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: Buffer | string, text: string) => createHmac("sha256", key).update(text).digest();
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  /** All that are signed, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly region: string;
  readonly service: string;
}

/** Signature Version 4 written down from the AWS reference ("Create a signed request"), independent of any package. */
function authorization({ method, path, query = [], headers, body = "", region, service }: Plain): string {
  const names = Object.keys(headers).sort();
  const pairs = query.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort();
  const canonical = [
    method,
    path.split("/").map(escaped).join("/"),
    pairs.join("&"),
    ...names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, " ")}`),
    "",
    names.join(";"),
    hash(body),
  ].join("\n");
  const stamp = headers["x-amz-date"] ?? "";
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", stamp, scope, hash(canonical)].join("\n");
  let key: Buffer | string = `AWS4${IDENTITY.secretAccessKey}`;
  for (const part of [stamp.slice(0, 8), region, service, "aws4_request"]) key = hmac(key, part);
  const signature = hmac(key, text).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=${IDENTITY.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
}

const VECTOR = {
  path: "/",
  region: "us-east-1",
  service: "service",
  headers: { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" },
};

describe("the test's own signature", () => {
  test.each<[string, Plain, string]>([
    ["get-vanilla", { ...VECTOR, method: "GET" }, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["post-vanilla", { ...VECTOR, method: "POST" }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "get-vanilla-query-order-key-case",
      {
        ...VECTOR,
        method: "GET",
        query: [
          ["Param2", "value2"],
          ["Param1", "value1"],
        ],
      },
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "post-x-www-form-urlencoded",
      {
        ...VECTOR,
        method: "POST",
        headers: { ...VECTOR.headers, "content-type": "application/x-www-form-urlencoded" },
        body: "Param1=value1",
      },
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
  ])("is AWS's published one: %s", (_, plain, signature) => {
    expect(authorization(plain)).toMatch(new RegExp(`Signature=${signature}$`));
  });
});

/** The request as it would go out. */
async function signed(ask: Partial<HttpAsk>, more: { region?: string; sessionToken?: string } = {}): Promise<HttpAsk> {
  const { region = "eu-central-1", sessionToken } = more;
  let out: HttpAsk | undefined;
  const http = sigv4Http({
    http: async (given) => {
      out = given;
      return { status: 200, headers: {}, body: "" };
    },
    service: "aps",
    region,
    credentials: async () => ({ ...IDENTITY, ...(sessionToken ? { sessionToken } : {}) }),
    now: () => AT,
  });
  const url = new URL(`https://aps-workspaces.${region}.amazonaws.com/workspaces/ws-1/api/v1/query`);
  await http({ method: "POST", url, headers: {}, timeoutMs: 1, maxBytes: 1, ...ask });
  if (!out) throw new Error("nothing was sent");
  return out;
}

/** What AWS would compute from the request as it arrived. */
function expected(out: HttpAsk, region: string): string {
  const names = /SignedHeaders=([^,]+)/.exec(out.headers["authorization"] ?? "")?.[1]?.split(";") ?? [];
  const headers = Object.fromEntries(names.map((name) => [name, out.headers[name] ?? ""]));
  return authorization({
    method: out.method,
    path: out.url.pathname,
    query: [...out.url.searchParams],
    headers,
    ...(out.body === undefined ? {} : { body: out.body }),
    region,
    service: "aps",
  });
}

describe("requests to Amazon Managed Prometheus", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const awkward = 'sum by (job) (rate(x{a=~"b+ c/d*(e)!\'~ü🦊"}[5m])) > 1e3 % 2';

  test.each<[string, Partial<HttpAsk>, string]>([
    ["a form by POST", { headers: form, body: new URLSearchParams({ query: awkward }).toString() }, "eu-central-1"],
    ["another region", { headers: form, body: "query=up" }, "us-east-1"],
    [
      "a query by GET",
      {
        method: "GET",
        url: new URL(
          `https://aps-workspaces.eu-central-1.amazonaws.com/workspaces/ws-1/api/v1/query?${new URLSearchParams([
            ["time", "1.5"],
            ["query", awkward],
          ])}`,
        ),
      },
      "eu-central-1",
    ],
    [
      "a port of one's own and an escaped path",
      { url: new URL("http://127.0.0.1:9090/a%20b/api/v1/query"), headers: form, body: "query=up" },
      "eu-central-1",
    ],
  ])("%s carries the signature that AWS computes", async (_, ask, region) => {
    const out = await signed(ask, { region });
    expect(out.headers["authorization"]).toBe(expected(out, region));
    expect(out.headers["authorization"]).toContain(`/20150830/${region}/aps/aws4_request`);
    expect(out.headers["host"]).toBe(out.url.host);
  });

  test("body, time, host and content type are part of what is signed", async () => {
    const out = await signed({ headers: form, body: "query=up" });
    expect(out.headers).toMatchObject({ "x-amz-date": "20150830T123600Z", "x-amz-content-sha256": hash("query=up") });
    expect(/SignedHeaders=([^,]+)/.exec(out.headers["authorization"] ?? "")?.[1]?.split(";")).toEqual([
      "content-type",
      "host",
      "x-amz-content-sha256",
      "x-amz-date",
    ]);
    expect(out.headers["authorization"]).not.toBe(expected({ ...out, body: "query=down" }, "eu-central-1"));
  });

  test("a session's token is sent and signed, as roles have one", async () => {
    const out = await signed({ headers: form, body: "query=up" }, { sessionToken: "token" });
    expect(out.headers["x-amz-security-token"]).toBe("token");
    expect(out.headers["authorization"]).toContain("x-amz-security-token");
    expect(out.headers["authorization"]).toBe(expected(out, "eu-central-1"));
  });
});
