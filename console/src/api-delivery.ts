import type {
  DeliveryServicesView,
  DeliveryServiceView,
  ReleaseStartedView,
  RolloutCommandedView,
  RolloutCommandView,
  RolloutPlanView,
  RolloutsView,
} from "../../functions/api/views-delivery.ts";
import type { GateSetView, GatesView, GateView } from "../../functions/api/views-gates.ts";
import type { Said } from "./api-traffic.ts";
import type { ReleaseWanted } from "./release-form.ts";
import { api, ask, given, keyed, segment } from "./request.ts";

const routes = api.delivery;
const gates = api.gates;

const of = (service: string) => ({ service: segment(service) });

export const getDelivery = (signal: AbortSignal): Promise<DeliveryServicesView> =>
  ask((options) => routes.$get({}, options), signal);

export const getDeliveryOf = (service: string, signal: AbortSignal): Promise<DeliveryServiceView> =>
  ask((options) => routes[":service"].$get({ param: of(service) }, options), signal);

export const getRollouts = (
  service: string,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
): Promise<RolloutsView> =>
  ask((options) => routes[":service"].rollouts.$get({ param: of(service), query: given(page) }, options), signal);

/** What a release would go through; without a strategy by the one of the configuration. */
export const getPlan = (
  service: string,
  strategy: RolloutPlanView["strategy"] | undefined,
  signal: AbortSignal,
): Promise<RolloutPlanView> =>
  ask((options) => routes[":service"].plan.$get({ param: of(service), query: given({ strategy }) }, options), signal);

export const releaseVersion = (
  service: string,
  json: ReleaseWanted,
  idempotencyKey: string,
): Promise<ReleaseStartedView> =>
  ask((options) =>
    // What may stand in a release is said by its parser alone: the type of the route names some of it.
    routes[":service"].releases.$post({ param: of(service), json: json as never }, keyed(options, idempotencyKey)),
  );

/** `id`: the rollout that is meant, so that a later one is not hit. */
export const commandRollout = (
  service: string,
  command: RolloutCommandView,
  json: { readonly id: string } & Said,
  idempotencyKey: string,
): Promise<RolloutCommandedView> =>
  ask((options) => routes[":service"][command].$post({ param: of(service), json }, keyed(options, idempotencyKey)));

const GATES_AT_MOST = 500;

/** Judgements for other systems, those that wait for a person among them. */
export const getGates = (signal: AbortSignal): Promise<GatesView> =>
  ask((options) => gates.$get({ query: given({ limit: GATES_AT_MOST }) }, options), signal);

export const setGate = (
  { system, id }: Pick<GateView, "system" | "id">,
  verb: "open" | "close",
  json: { readonly door: "gate" | "rollback"; readonly by?: string },
  idempotencyKey: string,
): Promise<GateSetView> =>
  ask((options) =>
    gates[":system"][":id"][verb].$post({ param: { system, id: segment(id) }, json }, keyed(options, idempotencyKey)),
  );
