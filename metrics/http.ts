import { endpointNames, pathPattern } from "./endpoint.ts";
import { parseTrace, type Tracing } from "./tracing.ts";
import type { HttpOptions, HttpRequest, ServiceMetrics } from "./types.ts";

const headerOf = (request: HttpRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
};

/** Closed before the answer was out, as nginx has it: the caller did not wait. */
const CALLER_GONE = 499;

/** See {@link ServiceMetrics.middleware}. */
export function httpMiddleware(
  metrics: Pick<ServiceMetrics, "request" | "expose">,
  tracing: Tracing,
  clock: () => number,
  options: HttpOptions = {},
): ReturnType<ServiceMetrics["middleware"]> {
  const nameOf = endpointNames();
  const shown = options.expose ?? "/metrics";
  return (request, response, next) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    if (shown !== false && path === shown && (request.method === "GET" || request.method === "HEAD")) {
      const { contentType, body } = metrics.expose(headerOf(request, "accept"));
      response.setHeader("content-type", contentType);
      response.end(request.method === "HEAD" ? "" : body);
      return;
    }
    const started = clock();
    const method = request.method ?? "GET";
    const parent = parseTrace(headerOf(request, "traceparent"), headerOf(request, "tracestate"));
    const serve = (): Promise<void> => {
      const closed = new Promise<void>((resolve) => void response.once("close", () => resolve()));
      // What the listener throws (or rejects with) goes its usual way: being measured changes nothing.
      next();
      return closed;
    };
    void tracing.run(
      `${method} ${pathPattern(path ?? "/")}`,
      serve,
      (span, outcome) => {
        const failed = "error" in outcome;
        const status = failed ? 500 : response.writableFinished ? response.statusCode : CALLER_GONE;
        const endpoint = options.endpoint?.(request) ?? nameOf(request, status);
        span.set("http.request.method", method);
        span.set("http.route", endpoint);
        span.set("http.response.status_code", status);
        if (failed) {
          const { error } = outcome;
          span.set("error", true);
          span.set("error.message", error instanceof Error ? error.message : String(error));
        }
        metrics.request(endpoint, method, status, (clock() - started) / 1000);
      },
      parent,
    );
  };
}
