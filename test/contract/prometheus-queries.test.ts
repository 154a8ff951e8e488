import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { httpClient } from "../../shared/edge/http-client.ts";
import { prometheusQueries } from "../../shared/edge/prometheus-queries.ts";
import { type HttpAnswer, type HttpWire, httpWire } from "../fakes/http-wire.ts";

const AT = 1_700_000_000_123;
const json = (value: unknown, status = 200): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
const success = (resultType: string, result: unknown, more: object = {}) =>
  json({ status: "success", data: { resultType, result }, ...more });
const vector = success("vector", [{ metric: { __name__: "up", job: "a" }, value: [AT / 1000, "1"] }]);

let wire: HttpWire;
beforeEach(async () => {
  wire = await httpWire(() => vector);
});
afterEach(async () => wire.close());

const queries = (given: { url?: string; timeoutMs?: number; maxBytes?: number } = {}) =>
  prometheusQueries({ url: wire.endpoint, http: httpClient({ allowLocal: true }), ...given });

describe("the Prometheus HTTP API, beyond the contract", () => {
  test("an instant query is a form by POST with the time in seconds and a time limit", async () => {
    await queries({ url: `${wire.endpoint}/workspaces/ws-1/`, timeoutMs: 3_000 }).instant('up{job="a b&c"}', AT);
    const [seen] = wire.seen;
    expect([seen?.method, seen?.url.pathname]).toEqual(["POST", "/workspaces/ws-1/api/v1/query"]);
    expect(seen?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(seen?.body))).toEqual({
      query: 'up{job="a b&c"}',
      time: "1700000000.123",
      timeout: "3000ms",
    });
  });

  test("a range query says start, end and step", async () => {
    wire.inject(success("matrix", []));
    await queries().range("up", AT, AT + 60_000, 15_000);
    const [seen] = wire.seen;
    expect(seen?.url.pathname).toBe("/api/v1/query_range");
    expect(Object.fromEntries(new URLSearchParams(seen?.body))).toMatchObject({
      start: "1700000000.123",
      end: "1700000060.123",
      step: "15.000",
    });
  });

  test.each([405, 501])("a server that answers POST with %i is asked by GET from then on", async (status) => {
    wire.inject({ status });
    const over = queries();
    expect((await over.instant("up", AT)).samples).toHaveLength(1);
    await over.instant("up", AT);
    expect(wire.seen.map(({ method }) => method)).toEqual(["POST", "GET", "GET"]);
    expect(wire.seen.at(-1)?.url.searchParams.get("query")).toBe("up");
  });

  test("an expression too long for a GET is said to be so, not cut", async () => {
    wire.inject({ status: 405 });
    const long = Array.from({ length: 2_000 }, (_, index) => `metric_${index}`).join(" or ");
    await expect(queries().instant(long, AT)).rejects.toMatchObject({
      code: "query.unavailable",
      message: expect.stringContaining("too long for a GET"),
    });
  });

  test("every value that has no JSON number arrives as it is", async () => {
    const values = ["NaN", "+Inf", "-Inf", "Inf", "0.1", "1e+300", "-0", "4.9406564584124654e-324"];
    wire.inject(
      success(
        "vector",
        values.map((value, index) => ({ metric: { index: `${index}` }, value: [1, value] })),
      ),
    );
    const { samples } = await queries().instant("x", AT);
    expect(samples.map(({ value }) => value)).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      0.1,
      1e300,
      -0,
      5e-324,
    ]);
  });

  test.each([["0x10"], [""], [" "], ["1,5"], ["null"], ["true"]])(
    "the value %j is no number, and no zero either",
    async (value) => {
      wire.inject(success("vector", [{ metric: {}, value: [1, value] }]));
      await expect(queries().instant("x", AT)).rejects.toMatchObject({ code: "query.unavailable" });
    },
  );

  test("warnings and infos are told, native histograms are left out and told", async () => {
    const result = [
      { metric: { a: "1" }, value: [1, "1"] },
      { metric: { a: "2" }, histogram: [1, { count: "3", sum: "4", buckets: [] }] },
    ];
    wire.inject(success("vector", result, { warnings: ["partial"], infos: ["may be no counter"] }));
    const { samples, warnings } = await queries().instant("x", AT);
    expect(samples).toEqual([{ labels: { a: "1" }, value: 1 }]);
    expect(warnings).toEqual(["partial", "may be no counter", expect.stringContaining("1 native histogram")]);
  });

  test.each([
    ["bad_data", 400, "query.invalid", false],
    ["execution", 422, "query.unavailable", true],
    ["timeout", 503, "query.unavailable", true],
    ["canceled", 503, "query.unavailable", true],
    ["internal", 500, "query.unavailable", true],
    ["not_found", 404, "query.unavailable", true],
    ["something new", 418, "query.unavailable", true],
  ])("an error of type %s (%i) is %s", async (errorType, status, code, retryable) => {
    wire.inject(json({ status: "error", errorType, error: "because" }, status));
    await expect(queries().instant("x", AT)).rejects.toMatchObject({
      code,
      retryable,
      message: expect.stringContaining("because"),
    });
  });

  test.each<[string, HttpAnswer, string]>([
    ["a page of HTML", { status: 200, body: "<html>login</html>" }, "not as a Prometheus API does"],
    ["AWS's refusal", json({ message: "Missing Authentication Token" }, 403), "Missing Authentication Token"],
    ["a redirect", { status: 302, headers: { location: "http://169.254.169.254/" } }, "sends on to"],
    ["nothing", { status: 200 }, "nothing"],
    ["JSON of another kind", json({ status: "success", data: [] }), "not as a Prometheus API does"],
    ["a success with a bad status", { ...vector, status: 500 }, "500"],
  ])("%s is an error that may be tried again, never an empty answer", async (_, answer, words) => {
    wire.inject(answer);
    await expect(queries().instant("x", AT)).rejects.toMatchObject({
      code: "query.unavailable",
      retryable: true,
      message: expect.stringContaining(words),
    });
    expect(wire.seen).toHaveLength(1);
  });

  test("a server that does not answer is given up on in time", async () => {
    wire.inject({ status: 200, hang: true });
    await expect(queries({ timeoutMs: 50 }).instant("x", AT)).rejects.toMatchObject({
      code: "query.unavailable",
      message: expect.stringContaining("did not answer within 50 ms"),
    });
    expect(wire.seen).toHaveLength(1);
  });

  test("an answer longer than allowed is given up on", async () => {
    await expect(queries({ maxBytes: 20 }).instant("x", AT)).rejects.toMatchObject({
      code: "query.unavailable",
      message: expect.stringContaining("more than 20 bytes"),
    });
  });

  test.each(["at once", "half way"] as const)(
    "a connection lost %s is tried once more, and only once",
    async (drop) => {
      wire.inject({ status: 200, drop });
      expect((await queries().instant("x", AT)).samples).toHaveLength(1);
      expect(wire.seen).toHaveLength(2);
      wire.inject({ status: 200, drop }, 5);
      await expect(queries().instant("x", AT)).rejects.toMatchObject({ code: "query.unavailable", retryable: true });
      expect(wire.seen).toHaveLength(4);
    },
  );

  test.each(["matrix", "string"])("an instant query that gives a %s is at fault itself", async (type) => {
    wire.inject(success(type, type === "matrix" ? [] : [1, "text"]));
    await expect(queries().instant("x", AT)).rejects.toMatchObject({ code: "query.invalid", retryable: false });
  });

  test("a scalar is one sample without labels", async () => {
    wire.inject(success("scalar", [1, "+Inf"]));
    expect((await queries().instant("1/0", AT)).samples).toEqual([{ labels: {}, value: Number.POSITIVE_INFINITY }]);
  });
});
