/**
 * What the API needs for some requests only, in one part: a cold start reads one file per part and per combination of parts
 * that share something, and a dozen small files cost it more than their contents do.
 */
import "./shared-parts.ts";

export { command, evaluateServices } from "./autoscaling/evaluate.ts";
export { changedServices, lookAgain } from "./autoscaling/look-again.ts";
export { autoscalingView, evaluationView } from "./autoscaling/view.ts";
export { partWarnings, planAlarms, reconcileAlarms } from "./config/alarms.ts";
export { replayAll } from "./decisions/replay.ts";
