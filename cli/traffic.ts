import type { Group } from "./command.ts";
import { trafficDrainVerb, trafficRegisterVerb, trafficRemoveVerb } from "./traffic-backends.ts";
import { trafficBreakerVerb } from "./traffic-breaker.ts";
import { trafficBreakersVerb } from "./traffic-breakers.ts";
import { trafficListVerb } from "./traffic-list.ts";
import { trafficPickVerb } from "./traffic-pick.ts";
import { trafficReplayVerb } from "./traffic-replay.ts";
import { trafficServeVerb } from "./traffic-serve.ts";
import { trafficShowVerb } from "./traffic-show.ts";
import { trafficSimulateVerb } from "./traffic-simulate.ts";
import { trafficVersionsVerb } from "./traffic-versions.ts";

export const traffic: Group = {
  name: "traffic",
  about: "backends and balancing: which one is picked and why, what a policy would do, replay of recorded requests",
  verbs: [
    trafficListVerb,
    trafficShowVerb,
    trafficRegisterVerb,
    trafficDrainVerb,
    trafficRemoveVerb,
    trafficVersionsVerb,
    trafficPickVerb,
    trafficSimulateVerb,
    trafficReplayVerb,
    trafficBreakersVerb,
    trafficBreakerVerb,
    trafficServeVerb,
  ],
};
