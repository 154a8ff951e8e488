import { parseTrace, type Tracing } from "./tracing.ts";
import type { LambdaOptions, ServiceMetrics } from "./types.ts";

interface HttpEvent {
  /** API Gateway HTTP API: "GET /orders/{id}"; "$default" where no route matched. */
  readonly routeKey?: unknown;
  /** API Gateway REST API: "/orders/{id}". */
  readonly resource?: unknown;
  readonly httpMethod?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly requestContext?: { readonly http?: { readonly method?: unknown } };
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Route and method of an API Gateway, ALB or function URL event; "invoke" for anything else. */
function routeOf(event: unknown): { readonly endpoint: string; readonly method: string } {
  const given = (typeof event === "object" && event !== null ? event : {}) as HttpEvent;
  const method = textOf(given.requestContext?.http?.method) ?? textOf(given.httpMethod);
  if (method === undefined) return { endpoint: "invoke", method: "INVOKE" };
  const [, route] = (textOf(given.routeKey) ?? "").split(" ");
  // A path is chosen by the caller, so it is no label: without a route there is one name for all.
  return { endpoint: textOf(route) ?? textOf(given.resource) ?? "default", method };
}

function header(event: unknown, name: string): string | undefined {
  const headers = (event as HttpEvent | null)?.headers;
  if (typeof headers !== "object" || headers === null) return undefined;
  for (const [key, value] of Object.entries(headers)) if (key.toLowerCase() === name) return textOf(value);
  return undefined;
}

/** The caller's own name for the endpoint; one that cannot be told must not stop the handler. */
function chosen(options: LambdaOptions, event: unknown): string | undefined {
  try {
    return options.endpoint?.(event);
  } catch {
    return undefined;
  }
}

/** See {@link ServiceMetrics.lambda}. */
export function lambdaWrapper(
  metrics: Pick<ServiceMetrics, "request" | "error" | "flush">,
  tracing: Tracing,
  clock: () => number,
): ServiceMetrics["lambda"] {
  return (handler, options: LambdaOptions = {}) =>
    async (event, context) => {
      const started = clock();
      const { endpoint, method } = routeOf(event);
      const name = chosen(options, event) ?? endpoint;
      let status = 200;
      try {
        return await tracing.run(
          `${method} ${name}`,
          async () => {
            const answer = await handler(event, context);
            const given = (answer as { readonly statusCode?: unknown } | null | undefined)?.statusCode;
            if (typeof given === "number") status = given;
            return answer;
          },
          (span, outcome) => {
            if ("error" in outcome) {
              status = 500;
              metrics.error(outcome.error instanceof Error ? outcome.error.name : "thrown");
              span.set("error", true);
            }
            span.set("http.response.status_code", status);
            metrics.request(name, method, status, (clock() - started) / 1000);
          },
          parseTrace(header(event, "traceparent"), header(event, "tracestate")) ?? tracing.current(),
        );
      } finally {
        // The environment is frozen after the answer: what is not out by now may come minutes later, or never.
        await metrics.flush();
      }
    };
}
