import type {
  CommandView,
  ConfigView,
  DecisionDetailView,
  DecisionsView,
  MeView,
  ReplayView,
  SeriesView,
  ServicesView,
  ServiceView,
} from "../../functions/api/views.ts";
import { refuse } from "./failure.ts";
import { api, ask, given, headers, keyed, PATIENCE_MS, segment } from "./request.ts";

export const getServices = (signal: AbortSignal): Promise<ServicesView> =>
  ask((options) => api.services.$get({}, options), signal);

export const getService = (service: string, signal: AbortSignal): Promise<ServiceView> =>
  ask((options) => api.services[":service"].$get({ param: { service: segment(service) } }, options), signal);

export function getSeries(
  service: string,
  span: { readonly from: number; readonly to: number },
  metrics: readonly string[],
  signal: AbortSignal,
): Promise<SeriesView> {
  const query = { from: Math.floor(span.from), to: Math.ceil(span.to), metrics: metrics.join() };
  return ask(
    (options) => api.services[":service"].series.$get({ param: { service: segment(service) }, query }, options),
    signal,
  );
}

/** Filters of the list of decisions, as they stand in the address. */
export interface DecisionFilters {
  readonly noun?: string | undefined;
  readonly subject?: string | undefined;
  readonly reason?: string | undefined;
  readonly acted?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

export const getDecisions = (filters: DecisionFilters, signal: AbortSignal): Promise<DecisionsView> =>
  ask((options) => api.decisions.$get({ query: given({ ...filters }) }, options), signal);

export const getDecision = (id: string, signal: AbortSignal): Promise<DecisionDetailView> =>
  ask((options) => api.decisions[":id"].$get({ param: { id: segment(id) } }, options), signal);

export const replayDecision = (id: string): Promise<ReplayView> =>
  ask((options) => api.decisions[":id"].replay.$post({ param: { id: segment(id) } }, options));

export const getConfig = (signal: AbortSignal): Promise<ConfigView> =>
  ask((options) => api.config.$get({}, options), signal);

export const getMe = (signal: AbortSignal): Promise<MeView> =>
  ask((options) => api.access.me.$get({}, options), signal);

/** Everything a person can make Headgate do to a service. */
export type ServiceCommand =
  | { readonly type: "evaluate"; readonly why?: string }
  | {
      readonly type: "pause";
      readonly why: string;
      readonly by?: string;
      readonly direction: "all" | "out" | "in";
      readonly for?: string;
    }
  | { readonly type: "resume"; readonly why: string; readonly by?: string }
  | {
      readonly type: "override";
      readonly why: string;
      readonly by?: string;
      readonly desired: number;
      readonly for: string;
    }
  | { readonly type: "clear_override"; readonly why: string; readonly by?: string };

/** One request with one idempotency key: sent again with the same key, it is still done once. */
export async function commandService(
  service: string,
  command: ServiceCommand,
  idempotencyKey: string,
): Promise<CommandView> {
  const routes = api.autoscaling[":service"];
  const param = { service: segment(service) };
  switch (command.type) {
    case "evaluate": {
      const { type, ...json } = command;
      return {
        command: await ask((options) => routes.evaluate.$post({ param, json }, keyed(options, idempotencyKey))),
      };
    }
    case "pause": {
      const { type, ...json } = command;
      return ask((options) => routes.pause.$post({ param, json }, keyed(options, idempotencyKey)));
    }
    case "resume": {
      const { type, ...json } = command;
      return ask((options) => routes.resume.$post({ param, json }, keyed(options, idempotencyKey)));
    }
    case "override": {
      const { type, ...json } = command;
      return ask((options) => routes.override.$post({ param, json }, keyed(options, idempotencyKey)));
    }
    default: {
      const { type, ...json } = command;
      return ask((options) => routes["clear-override"].$post({ param, json }, keyed(options, idempotencyKey)));
    }
  }
}

/** The stream of decisions; undefined where this API does not stream. Has no limit to its patience, it lasts. */
export async function openEvents(lastEventId: string): Promise<ReadableStream<Uint8Array> | undefined> {
  const extra = { accept: "text/event-stream", ...(lastEventId === "" ? {} : { "last-event-id": lastEventId }) };
  const answer = await fetch(api.events.$url(), { headers: headers(extra), cache: "no-store" });
  if ([404, 405, 406, 501].includes(answer.status)) return undefined;
  if (!answer.ok) return refuse(answer);
  return answer.headers.get("content-type")?.startsWith("text/event-stream") ? (answer.body ?? undefined) : undefined;
}

/** For polling: what changed is told by the newest decision alone. */
export async function newestDecisionId(): Promise<string | undefined> {
  const page = await getDecisions({ limit: 1 }, AbortSignal.timeout(PATIENCE_MS));
  return page.items[0]?.id;
}
