import type { OncallView } from "../../functions/api/views-oncall.ts";
import { api, ask } from "./request.ts";

/** Who is on call by each schedule, and whom each escalation would tell. */
export const getOncall = (signal: AbortSignal): Promise<OncallView> =>
  ask((options) => api.oncall.$get({ query: {} }, options), signal);
