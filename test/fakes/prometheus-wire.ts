import { floatText } from "../../shared/core/kernel/float.ts";
import { evaluateInstant, evaluateRange } from "../../shared/core/monitoring/promql/evaluate.ts";
import { memorySource, type WrittenSeries } from "../../shared/core/monitoring/promql/memory-source.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import { type HttpAnswer, type HttpSeen, type HttpWire, httpWire } from "./http-wire.ts";

const MOST_STEPS = 11_000;

const json = (status: number, value: unknown): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
const badData = (error: string) => json(400, { status: "error", errorType: "bad_data", error });
const success = (data: unknown, warnings: readonly string[]) =>
  json(200, { status: "success", data, ...(warnings.length > 0 ? { warnings } : {}) });

/** Prometheus's HTTP API for queries, by GET and POST, over series in memory and the built-in evaluator. */
export function prometheusWire(series: () => readonly WrittenSeries[]): Promise<HttpWire> {
  const answer = ({ method, url, headers, body }: HttpSeen): HttpAnswer => {
    if (method === "POST" && headers["content-type"] !== "application/x-www-form-urlencoded")
      return badData(`content type ${headers["content-type"]}`);
    const form = method === "POST" ? new URLSearchParams(body) : url.searchParams;
    const parsed = parsePromql(form.get("query") ?? "");
    if (!parsed.ok) return badData(`invalid parameter "query": ${parsed.faults[0]?.message}`);
    const millis = (name: string) => Math.round(Number(form.get(name)) * 1000);
    const source = memorySource(series());
    if (url.pathname === "/api/v1/query") {
      const at = millis("time");
      const value = evaluateInstant(parsed.expr, source, at);
      const pair = (number: number) => [at / 1000, floatText(number)];
      const { warnings } = value;
      switch (value.type) {
        case "scalar":
          return success({ resultType: "scalar", result: pair(value.value) }, warnings);
        case "vector": {
          const result = value.samples.map((one) => ({ metric: one.labels, value: pair(one.value) }));
          return success({ resultType: "vector", result }, warnings);
        }
        case "string":
          return success({ resultType: "string", result: [at / 1000, ""] }, warnings);
        default:
          return success({ resultType: "matrix", result: [] }, warnings);
      }
    }
    if (url.pathname !== "/api/v1/query_range") return { status: 404, body: "404 page not found" };
    const [from, to, step] = [millis("start"), millis("end"), millis("step")];
    if (to < from) return badData('invalid parameter "end": end timestamp must not be before start time');
    if (step <= 0) return badData('invalid parameter "step": zero or negative query resolution step widths');
    if ((to - from) / step > MOST_STEPS) return badData("exceeded maximum resolution of 11,000 points per timeseries");
    const warnings: string[] = [];
    const found = evaluateRange(parsed.expr, source, from, to, step, { warn: (warning) => warnings.push(warning) });
    const result = found.map(({ labels, points }) => ({
      metric: labels,
      values: points.map(({ at, value }) => [at / 1000, floatText(value)]),
    }));
    return success({ resultType: "matrix", result }, warnings);
  };
  return httpWire((request) => {
    try {
      return answer(request);
    } catch (error) {
      return json(422, { status: "error", errorType: "execution", error: String(error) });
    }
  });
}
