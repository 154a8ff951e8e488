import type { EvaluationView } from "../../functions/api/views.ts";
import type { AnomaliesView, AnomalyServiceView } from "../../functions/api/views-anomaly.ts";
import { api, ask, keyed, segment } from "./request.ts";

export const getAnomalies = (signal: AbortSignal): Promise<AnomaliesView> =>
  ask((options) => api.anomaly.$get({}, options), signal);

export const getAnomaly = (service: string, signal: AbortSignal): Promise<AnomalyServiceView> =>
  ask((options) => api.anomaly[":service"].$get({ param: { service: segment(service) } }, options), signal);

/** What a person says about a point of a signal. */
export interface Judgement {
  readonly signal: string;
  readonly at: number;
  readonly verdict: "fine" | "bad";
  readonly why: string;
  readonly by?: string;
}

/** One request with one idempotency key. */
export const judgeAnomaly = (service: string, json: Judgement, idempotencyKey: string): Promise<EvaluationView> =>
  ask((options) =>
    api.anomaly[":service"].feedback.$post(
      { param: { service: segment(service) }, json },
      keyed(options, idempotencyKey),
    ),
  );
