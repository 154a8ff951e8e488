import type { ForecastView } from "../../../functions/api/views-autoscaling.ts";
import type { RegretView, TuningCommandView, TuningView } from "../../../functions/api/views-autoscaling-tune.ts";
import type { Said } from "../api-traffic.ts";
import { api, ask, keyed, segment } from "../request.ts";

/** The recorded weeks are played under every policy for it. */
const REGRET_MS = 120_000;

const routes = api.autoscaling[":service"];
const of = (service: string) => ({ service: segment(service) });

export const getScalingForecast = (service: string, signal: AbortSignal): Promise<ForecastView> =>
  ask((options) => routes.forecast.$get({ param: of(service) }, options), signal);

export const getRegret = (service: string, signal: AbortSignal): Promise<RegretView> =>
  ask((options) => routes.regret.$get({ param: of(service) }, options), signal, REGRET_MS);

/** Nothing is played for it. */
export const getTuning = (service: string, signal: AbortSignal): Promise<TuningView> =>
  ask((options) => routes.tuning.$get({ param: of(service) }, options), signal);

export const answerProposal = (
  service: string,
  answer: "apply" | "dismiss",
  json: Said,
  key: string,
): Promise<TuningCommandView> =>
  ask((options) => routes.tuning[answer].$post({ param: of(service), json }, keyed(options, key)));
