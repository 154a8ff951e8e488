import type {
  FlagChangedView,
  FlagEvaluationView,
  FlagExposuresView,
  FlagsView,
  FlagView,
} from "../../functions/api/views-flags.ts";
import type { Said } from "./api-traffic.ts";
import { api, ask, keyed, segment } from "./request.ts";

const routes = api.flags;

const of = (name: string) => ({ name: segment(name) });

export const getFlags = (signal: AbortSignal): Promise<FlagsView> => ask((options) => routes.$get({}, options), signal);

export const getFlag = (name: string, signal: AbortSignal): Promise<FlagView> =>
  ask((options) => routes[":name"].$get({ param: of(name) }, options), signal);

export const getExposures = (name: string, signal: AbortSignal): Promise<FlagExposuresView> =>
  ask((options) => routes[":name"].exposures.$get({ param: of(name) }, options), signal);

export const evaluateFlag = (name: string, context: Record<string, unknown>): Promise<FlagEvaluationView> =>
  ask((options) => routes[":name"].evaluate.$post({ param: of(name), json: { context } }, options));

export const killFlag = (name: string, json: Said, idempotencyKey: string): Promise<FlagChangedView> =>
  ask((options) => routes[":name"].kill.$post({ param: of(name), json }, keyed(options, idempotencyKey)));

export const restoreFlag = (name: string, json: Said, idempotencyKey: string): Promise<FlagChangedView> =>
  ask((options) => routes[":name"].restore.$post({ param: of(name), json }, keyed(options, idempotencyKey)));

/** Shares instead of the configuration's, absolute; back to them; or the gated roll-out of the configuration. */
export type FlagShares =
  | { readonly shares: Record<string, number> }
  | { readonly percent: number }
  | { readonly release: true }
  | { readonly start: true }
  | { readonly pause: true }
  | { readonly resume: true };

export const setFlagShares = (
  name: string,
  json: FlagShares & Said,
  idempotencyKey: string,
): Promise<FlagChangedView> =>
  ask((options) => routes[":name"].rollout.$post({ param: of(name), json }, keyed(options, idempotencyKey)));
