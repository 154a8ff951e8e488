import { bodyLimit } from "hono/body-limit";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import { Hono } from "hono/tiny";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import { parseTraceparent, traceparent } from "../../shared/shell/trace-context.ts";
import { decisionRoutes } from "../decisions/routes.ts";
import { healthRoutes } from "../health/routes.ts";
import { serviceRoutes } from "../services/routes.ts";
import { authenticate, hostCheck } from "./access.ts";
import { bodyBytes } from "./body-limits.ts";
import type { AppEnv, AppOptions } from "./context.ts";
import { lazyRoutes } from "./lazy-routes.ts";
import { missing } from "./methods.ts";
import { onError } from "./problems.ts";
import { shownPath } from "./shown-path.ts";

const HEARTBEAT_MS = 15 * SECOND_MS;

/**
 * The whole HTTP API, the same on Lambda, on a laptop and in tests. Everything it needs of the world is in `runtime`;
 * the type of what it returns is what typed clients are made from.
 */
export function createApp(options: AppOptions) {
  const { runtime } = options;
  const app = new Hono<AppEnv>();

  app.use(async (c, next) => {
    const started = performance.now();
    const span = runtime.telemetry.span("http", parseTraceparent(c.req.header("traceparent")), {
      "http.request.method": c.req.method,
      "url.path": shownPath(c.req.path),
    });
    c.set("trace", span.context);
    await next();
    const status = c.res.status;
    // The route's pattern, never the path: paths are chosen by callers and would make labels without end.
    const labels = { method: c.req.method, route: c.get("route") ?? routePath(c, -1), status: `${status}` };
    runtime.telemetry.count("headgate_http_requests_total", labels);
    if (!c.res.headers.get("content-type")?.startsWith("text/event-stream")) {
      runtime.telemetry.observe("headgate_http_request_seconds", (performance.now() - started) / SECOND_MS, {
        route: labels.route,
      });
    }
    span.set("http.route", labels.route);
    span.set("http.response.status_code", status);
    if (c.error && status >= 500) span.fail(c.error);
    span.end();
    c.header("traceparent", traceparent(span.context));
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        styleSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
      xFrameOptions: "DENY",
    }),
  );
  app.use("/api/*", async (c, next) => {
    await next();
    if (!c.res.headers.has("cache-control")) c.header("Cache-Control", "no-store");
  });
  // The list of a thousand services is 3 MB as it is; a function may answer with 6 MB at most.
  for (const path of [
    "/api/v1/services",
    "/api/v1/anomaly",
    "/api/v1/monitoring/rules",
    "/api/v1/monitoring/alerts",
    "/api/v1/traffic",
    "/api/v1/traffic/:service",
    "/api/v1/flags/snapshot",
    "/api/v1/delivery",
    "/api/v1/delivery/:service",
    "/api/v1/cost/:view",
  ])
    app.use(path, async (c, next) =>
      c.req.header("accept-encoding") ? (await import("./compressed.ts")).compressed(c, next) : next(),
    );
  app.use(hostCheck(options));
  app.use(authenticate(options));
  app.use(async (c, next) => {
    const maxSize = bodyBytes(c.req.path);
    const tooLarge = () => {
      throw new HeadgateError("input.too_large", `the body is larger than ${maxSize} bytes`);
    };
    return bodyLimit({ maxSize, onError: tooLarge })(c, next);
  });

  const told = onError(runtime);
  app.onError(told);
  app.notFound((c) => missing(c, routes.routes));

  const later = () => import("./later.ts");
  const laterConfig = () => import("./later-config.ts");
  const laterAlerting = () => import("./later-alerting.ts");
  const laterTraffic = () => import("./later-traffic.ts");
  const laterDelivery = () => import("./later-delivery.ts");
  const laterBackup = () => import("./later-backup.ts");
  const laterCost = () => import("./later-cost.ts");
  const routes = app
    .route("/", healthRoutes(runtime))
    .route("/api/v1/services", serviceRoutes(runtime, options.keepSamples ?? false))
    .route("/api/v1/decisions", decisionRoutes(runtime))
    .route(
      "/api/v1/events",
      lazyRoutes("/api/v1/events", told, async () =>
        (await later()).eventRoutes(runtime, options.hub, options.heartbeatMs ?? HEARTBEAT_MS),
      ),
    )
    .route(
      "/api/v1/autoscaling",
      lazyRoutes("/api/v1/autoscaling", told, async () => (await later()).autoscalingRoutes(runtime)),
    )
    .route(
      "/api/v1/anomaly",
      lazyRoutes("/api/v1/anomaly", told, async () => (await later()).anomalyRoutes(runtime)),
    )
    .route(
      "/api/v1/monitoring",
      lazyRoutes("/api/v1/monitoring", told, async () => (await later()).monitoringRoutes(runtime)),
    )
    .route(
      "/api/v1/config",
      lazyRoutes("/api/v1/config", told, async () => (await laterConfig()).configRoutes(runtime)),
    )
    .route(
      "/api/v1/access",
      lazyRoutes("/api/v1/access", told, async () => (await laterConfig()).accessRoutes(runtime)),
    )
    .route(
      "/api/v1/alerting",
      lazyRoutes("/api/v1/alerting", told, async () => (await laterAlerting()).alertingRoutes(runtime)),
    )
    .route(
      "/api/v1/oncall",
      lazyRoutes("/api/v1/oncall", told, async () => (await laterAlerting()).oncallRoutes(runtime)),
    )
    .route(
      "/api/v1/traffic",
      lazyRoutes("/api/v1/traffic", told, async () => (await laterTraffic()).trafficRoutes(runtime)),
    )
    .route(
      "/api/v1/breakers",
      lazyRoutes("/api/v1/breakers", told, async () => (await laterTraffic()).breakerRoutes(runtime)),
    )
    .route(
      "/api/v1/delivery",
      lazyRoutes("/api/v1/delivery", told, async () => (await laterDelivery()).deliveryRoutes(runtime)),
    )
    .route(
      "/api/v1/backup",
      lazyRoutes("/api/v1/backup", told, async () => (await laterBackup()).backupRoutes(runtime)),
    )
    .route(
      "/api/v1/recovery",
      lazyRoutes("/api/v1/recovery", told, async () => (await laterBackup()).recoveryRoutes(runtime)),
    )
    .route(
      "/api/v1/cost",
      lazyRoutes("/api/v1/cost", told, async () => (await laterCost()).costRoutes(runtime)),
    )
    .route(
      "/api/v1/flags",
      lazyRoutes("/api/v1/flags", told, async () => (await laterDelivery()).flagRoutes(runtime)),
    )
    .route(
      "/ofrep/v1",
      lazyRoutes("/ofrep/v1", told, async () => (await laterDelivery()).ofrepRoutes(runtime)),
    )
    .route(
      "/api/v1/gates",
      lazyRoutes("/api/v1/gates", told, async () => (await laterDelivery()).gateRoutes(runtime)),
    )
    .route(
      "/api/v2",
      lazyRoutes("/api/v2", told, async () => (await laterAlerting()).amRoutes(runtime)),
    )
    .route(
      "/-",
      lazyRoutes("/-", told, async () => (await laterAlerting()).aliveRoutes(options)),
    )
    .route(
      "/hooks/alerting",
      lazyRoutes("/hooks/alerting", told, async () =>
        (await laterAlerting()).linkRoutes(runtime, options.tenant ?? DEFAULT_TENANT),
      ),
    )
    .route(
      "/hooks/oncall",
      lazyRoutes("/hooks/oncall", told, async () =>
        (await laterAlerting()).oncallLinkRoutes(runtime, options.tenant ?? DEFAULT_TENANT),
      ),
    )
    .route(
      "/hooks/delivery",
      lazyRoutes("/hooks/delivery", told, async () =>
        (await laterDelivery()).deliveryLinkRoutes(runtime, options.tenant ?? DEFAULT_TENANT),
      ),
    )
    .route(
      "/hooks/flagger",
      lazyRoutes("/hooks/flagger", told, async () => (await laterDelivery()).flaggerRoutes(runtime)),
    )
    .route(
      "/hooks/argo",
      lazyRoutes("/hooks/argo", told, async () => (await laterDelivery()).argoRoutes(runtime)),
    )
    .route(
      "/hooks/kayenta/:token",
      lazyRoutes("/hooks/kayenta/:token", told, async () => (await laterDelivery()).kayentaRoutes(runtime)),
    )
    .route(
      "/judge",
      lazyRoutes("/judge", told, async () => (await laterDelivery()).judgeRoutes(runtime)),
    )
    .route(
      "/kayenta",
      lazyRoutes("/kayenta", told, async () => (await laterDelivery()).kayentaRoutes(runtime)),
    )
    .route(
      "/hooks",
      lazyRoutes("/hooks", told, async () => (await later()).hookRoutes(runtime, options.tenant ?? DEFAULT_TENANT)),
    );
  for (const path of ["status", "receivers", "alerts", "silences", "silence"])
    app.all(`/api/v1/${path}${path === "silence" ? "/:id" : ""}`, async (c) => (await laterAlerting()).gone(c));
  return routes;
}

/** For typed clients: `hc<AppType>(url)`. */
export type AppType = ReturnType<typeof createApp>;
