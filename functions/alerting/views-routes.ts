import { firstTick } from "../../shared/core/alerting/group-tick.ts";
import { intervalContains } from "../../shared/core/alerting/intervals/contains.ts";
import { newRow } from "../../shared/core/alerting/merge.ts";
import { type CompiledRoute, groupIdentityOf, matchRoutes } from "../../shared/core/alerting/routes.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { AlertRoutesView, RouteTestView, RouteView, TestNotificationView } from "../api/views-alerting.ts";
import { alertingIn } from "./context.ts";
import { sourcesFor } from "./inhibitors.ts";
import { liveOf, mutedNow, suppression } from "./live.ts";
import { routeSteps } from "./route-steps.ts";
import { listSilences } from "./silence-store.ts";

const groupByOf = ({ groupByAll, groupBy }: CompiledRoute): readonly string[] => (groupByAll ? ["..."] : groupBy);

function routeView(route: CompiledRoute, open: ReadonlyMap<string, number>): RouteView {
  const { groupByAll: _all, index: _index, groupBy: _by, routes, ...rest } = route;
  return {
    ...rest,
    groupBy: groupByOf(route),
    groups: open.get(route.id) ?? 0,
    routes: routes.map((child) => routeView(child, open)),
  };
}

/** GET /api/v1/alerting/routes: the tree in force. @throws HeadgateError `alerting.off` */
export async function routesView(runtime: Runtime, tenant: string): Promise<AlertRoutesView> {
  const { alerting, groups, now } = await liveOf(runtime, tenant);
  const open = new Map<string, number>();
  for (const { route } of groups) open.set(route.id, (open.get(route.id) ?? 0) + 1);
  const { config, version, root } = alerting;
  return {
    clock: clockOf(runtime),
    file: config.file,
    version,
    route: routeView(root, open),
    receivers: config.settings.receivers.map(({ name, integrations }) => ({
      name,
      integrations: integrations.map(({ id, type, sendable, sendResolved }) => ({ id, type, sendable, sendResolved })),
    })),
    timeIntervals: config.settings.timeIntervals.map(({ name, intervals }) => ({
      name,
      active: intervals.some((spec) => intervalContains(spec, now)),
    })),
  };
}

/** POST /api/v1/alerting/routes/test: where an alert with these labels would go. @throws HeadgateError `alerting.off`, `input.invalid` */
export async function routeTestView(
  runtime: Runtime,
  tenant: string,
  labels: Labels,
  asked?: Millis,
): Promise<RouteTestView> {
  const alerting = await alertingIn(runtime, tenant);
  const at = asked ?? Math.floor(runtime.now());
  const given = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
  if (Object.keys(given).length === 0)
    throw new HeadgateError("input.invalid", "labels: at least one", {
      faults: [{ path: "labels", message: "at least one" }],
    });
  const row = newRow({ labels: given, annotations: {} }, at, alerting.config.settings.resolveTimeoutMs);
  const [silences, sources] = await Promise.all([
    listSilences(runtime, tenant),
    sourcesFor(runtime, tenant, alerting, [row]),
  ]);
  const { silencedBy, inhibitedBy } = suppression(alerting, silences, sources, at)(given);
  const routes = matchRoutes(alerting.root, given);
  return {
    clock: clockOf(runtime),
    receivers: routes.map(({ receiver }) => receiver),
    routes: routes.map((route) => ({
      id: route.id,
      key: route.key,
      receiver: route.receiver,
      groupBy: groupByOf(route),
      groupKey: groupIdentityOf(route, given).groupKey,
      mutedBy: mutedNow(alerting, route, at),
      firstFlushAt: firstTick(at, at, route.groupWaitMs, undefined),
    })),
    steps: routeSteps(alerting.root, given),
    inhibitedBy,
    silencedBy: silences
      .filter(({ id }) => silencedBy.includes(id))
      .map(({ id, createdBy, comment, endsAt }) => ({ id, createdBy, comment, endsAt })),
  };
}

/** How long a trial message may take. Real ms. */
const TRIAL_MS = 15_000;

/**
 * POST /api/v1/alerting/receivers/{name}/test: sends a trial message, marked as one, to the integrations of a receiver.
 *
 * @throws HeadgateError `alerting.off`, `input.invalid` for a receiver that is not there, `runtime.unsupported`
 */
export async function trialMessage(
  runtime: Runtime,
  tenant: string,
  name: string,
  asked: { readonly integration?: string | undefined; readonly labels?: Labels | undefined; readonly by: string },
): Promise<TestNotificationView> {
  const { config, receivers } = await alertingIn(runtime, tenant);
  const receiver = receivers.get(name);
  const wanted =
    receiver?.integrations.filter(({ id }) => asked.integration === undefined || id === asked.integration) ?? [];
  if (!receiver || (asked.integration !== undefined && wanted.length === 0))
    throw new HeadgateError(
      "input.invalid",
      `there is no receiver ${[name, asked.integration ?? ""].join(" ").trim()}`,
      {
        faults: [
          {
            path: receiver ? "integration" : "receiver",
            message: "is not in the configuration",
            allowed: [...receivers.keys()].slice(0, 20).join(", "),
          },
        ],
      },
    );
  const { notify } = runtime;
  if (!notify) throw new HeadgateError("runtime.unsupported", "nothing here sends notifications");
  const now = Math.floor(runtime.now());
  const labels = { alertname: "HeadgateTest", severity: "none", ...asked.labels };
  const row = newRow(
    { labels, annotations: { summary: `Trial message, asked for by ${asked.by}. Nothing is wrong.` } },
    now,
    config.settings.resolveTimeoutMs,
  );
  const items = await Promise.all(
    wanted.map(async (integration) => {
      if (!integration.sendable)
        return { integration: integration.id, ok: false, detail: `Headgate does not send ${integration.type}` };
      const delivered = await notify.send(
        tenant,
        {
          key: `trial-${now}-${Math.floor(runtime.random() * 1e9)}`,
          integration,
          receiver: name,
          groupKey: `{}/trial:{alertname="${labels.alertname}"}`,
          reason: "first notification",
          alerts: [{ ...row, status: "firing" }],
          groupLabels: { alertname: labels.alertname },
          routeLabels: {},
          flushAt: now,
          deadline: now + TRIAL_MS * runtime.speed,
          externalUrl: config.publicUrl?.replace(/\/+$/, "") ?? "",
        },
        AbortSignal.timeout(TRIAL_MS),
      );
      return { integration: integration.id, ok: delivered.ok, detail: delivered.detail };
    }),
  );
  return { clock: clockOf(runtime), receiver: name, items };
}
