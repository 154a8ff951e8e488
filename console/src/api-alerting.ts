import type {
  AcknowledgedView,
  AlertExplanationView,
  AlertGroupsView,
  AlertRoutesView,
  RoutedAlertsView,
  RouteTestView,
  SilencePreviewView,
  SilenceSetView,
  SilencesView,
  TestNotificationView,
} from "../../functions/api/views-alerting.ts";
import type { AlertStatsView, EscalationsView, NotificationsView } from "../../functions/api/views-notifications.ts";
import { accessKey } from "./access.ts";
import { asFailure, refuse } from "./failure.ts";
import { api, ask, given, headers, keyed, PATIENCE_MS, segment } from "./request.ts";
import type { SilenceWanted } from "./silence-form.ts";

const routes = api.alerting;

/** Filters of the list of alerts, as they stand in the address. */
export interface RoutedFilters {
  readonly state?: string | undefined;
  readonly q?: string | undefined;
  readonly filter?: string | undefined;
  readonly receiver?: string | undefined;
  readonly limit?: number;
  readonly cursor?: string;
}

export const getRoutedAlerts = (filters: RoutedFilters, signal: AbortSignal): Promise<RoutedAlertsView> =>
  ask((options) => routes.alerts.$get({ query: given({ ...filters }) }, options), signal);

export const getAlertExplanation = (id: string, signal: AbortSignal): Promise<AlertExplanationView> =>
  ask((options) => routes.alerts[":id"].$get({ param: { id: segment(id) } }, options), signal);

export const getGroups = (filters: Omit<RoutedFilters, "state" | "q">, signal: AbortSignal): Promise<AlertGroupsView> =>
  ask((options) => routes.groups.$get({ query: given({ ...filters }) }, options), signal);

export const getSilences = (signal: AbortSignal): Promise<SilencesView> =>
  ask((options) => routes.silences.$get({ query: {} }, options), signal);

export const getAlertRoutes = (signal: AbortSignal): Promise<AlertRoutesView> =>
  ask((options) => routes.routes.$get({}, options), signal);

/** What the history is searched by, as it stands in the address. Instants in milliseconds. */
export interface HistoryFilters {
  readonly q?: string | undefined;
  readonly filter?: string | undefined;
  readonly receiver?: string | undefined;
  readonly outcome?: string | undefined;
  readonly group?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

const instant = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

const asked = ({ from, to, ...rest }: HistoryFilters) => given({ ...rest, from: instant(from), to: instant(to) });

export const getHistory = (filters: HistoryFilters, signal: AbortSignal): Promise<NotificationsView> =>
  ask((options) => routes.history.$get({ query: asked(filters) }, options), signal);

export const getAlertStats = (
  span: { readonly from: number; readonly to?: number },
  signal: AbortSignal,
): Promise<AlertStatsView> => ask((options) => routes.stats.$get({ query: asked(span) }, options), signal);

export const getEscalations = (signal: AbortSignal): Promise<EscalationsView> =>
  ask((options) => routes.escalations.$get({}, options), signal);

/** Where an alert with these labels would go; `at`: epoch milliseconds, absent: now. */
export const testRoutes = (
  json: { readonly labels: Record<string, string>; readonly at?: number },
  signal: AbortSignal,
): Promise<RouteTestView> => ask((options) => routes.routes.test.$post({ json }, options), signal);

export const previewSilence = (matcherSets: string[][], signal: AbortSignal): Promise<SilencePreviewView> =>
  ask((options) => routes.silences.preview.$post({ json: { matcherSets } }, options), signal);

export const setSilence = (json: SilenceWanted, idempotencyKey: string): Promise<SilenceSetView> =>
  ask((options) => routes.silences.$post({ json: json as never }, keyed(options, idempotencyKey)));

export const expireSilence = (id: string, idempotencyKey: string): Promise<SilenceSetView> =>
  ask((options) => routes.silences[":id"].$delete({ param: { id: segment(id) } }, keyed(options, idempotencyKey)));

/** What is acknowledged or commented on: one alert in all its groups, or one group. */
export interface Spoken {
  readonly alert?: string;
  readonly group?: string;
}

export function acknowledge(
  about: Spoken,
  json: { readonly comment: string; readonly by?: string; readonly undo?: boolean },
  idempotencyKey: string,
): Promise<AcknowledgedView> {
  const param = { id: segment(about.alert ?? about.group ?? "") };
  const route = about.alert === undefined ? routes.groups[":id"] : routes.alerts[":id"];
  return ask((options) =>
    route.acknowledge.$post({ param, json: { undo: false, ...json } }, keyed(options, idempotencyKey)),
  );
}

export function comment(
  about: Spoken,
  json: { readonly text: string; readonly by?: string },
  idempotencyKey: string,
): Promise<AcknowledgedView> {
  const param = { id: segment(about.alert ?? about.group ?? "") };
  const route = about.alert === undefined ? routes.groups[":id"] : routes.alerts[":id"];
  return ask((options) => route.comment.$post({ param, json }, keyed(options, idempotencyKey)));
}

export const sendTrial = (receiver: string, idempotencyKey: string): Promise<TestNotificationView> =>
  ask((options) =>
    routes.receivers[":name"].test.$post(
      { param: { name: segment(receiver) }, json: {} },
      keyed(options, idempotencyKey),
    ),
  );

/** Address of the whole history that fits, as a file. */
export const exportUrl = (filters: HistoryFilters, format: "ndjson" | "csv"): string =>
  routes.history.export.$url({ query: { ...asked(filters), format } }).toString();

/** A link carries no access key: with one, the file is fetched and then handed over. Undefined: done; else what went wrong. */
export async function download(url: string, name: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { headers: headers(), signal: AbortSignal.timeout(PATIENCE_MS * 20) });
    if (!answer.ok) await refuse(answer);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE_MS);
    return undefined;
  } catch (error) {
    return asFailure(error).message;
  }
}

/** Whether links to files of the API need {@link download}. */
export const needsKey = (): boolean => accessKey.get() !== "";
