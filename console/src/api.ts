import { type ClientResponse, hc } from "hono/client";
import type { AppType } from "../../functions/api/app.ts";
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
import { accessKey, denial } from "./access.ts";
import { observeClock } from "./clock.ts";
import { lost } from "./connection.ts";
import { refuse } from "./failure.ts";

const PATIENCE_MS = 15_000;

function headers(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const key = accessKey.get();
  return { accept: "application/json", ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...extra };
}

/** The API's own routes and shapes, as its type says them: a route that moves breaks this build, not the page. */
const api = hc<AppType>(location.origin, { headers: () => headers() }).api.v1;

type Init = { readonly init: RequestInit };

/** Sends one request with a limit to its patience, and reads the clock off the answer. */
async function ask<T>(send: (options: Init) => Promise<ClientResponse<unknown>>, signal?: AbortSignal): Promise<T> {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  let answer: ClientResponse<unknown>;
  try {
    answer = await send({ init: { signal: signal ? AbortSignal.any([signal, timeout]) : timeout } });
  } catch (error) {
    if (!signal?.aborted) lost(error instanceof Error ? error.message : "no answer");
    throw error;
  }
  if (!answer.ok) return refuse(answer as unknown as Response);
  if (denial.get()?.status === 401) denial.set(undefined);
  const body = (await answer.json()) as T & { clock?: Parameters<typeof observeClock>[0] };
  if (body.clock !== undefined) observeClock(body.clock);
  return body;
}

/** Leaves out what is undefined: a parameter without a value is none. */
function given(parameters: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [[name, String(value)]],
    ),
  );
}

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

/** The client puts parameters into the path as they are: names may hold slashes, blanks or anything else. */
const segment = (text: string): string => encodeURIComponent(text);

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
  const keyed = (options: Init) => ({ ...options, headers: headers({ "idempotency-key": idempotencyKey }) });
  switch (command.type) {
    case "evaluate": {
      const { type, ...json } = command;
      return { command: await ask((options) => routes.evaluate.$post({ param, json }, keyed(options))) };
    }
    case "pause": {
      const { type, ...json } = command;
      return ask((options) => routes.pause.$post({ param, json }, keyed(options)));
    }
    case "resume": {
      const { type, ...json } = command;
      return ask((options) => routes.resume.$post({ param, json }, keyed(options)));
    }
    case "override": {
      const { type, ...json } = command;
      return ask((options) => routes.override.$post({ param, json }, keyed(options)));
    }
    default: {
      const { type, ...json } = command;
      return ask((options) => routes["clear-override"].$post({ param, json }, keyed(options)));
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
