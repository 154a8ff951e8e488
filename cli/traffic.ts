import type { Group } from "./command.ts";
import { trafficBreakerVerb } from "./traffic-breaker.ts";
import { trafficPickVerb } from "./traffic-pick.ts";
import { trafficReplayVerb } from "./traffic-replay.ts";
import { trafficSimulateVerb } from "./traffic-simulate.ts";

export const traffic: Group = {
  name: "traffic",
  about: "backends and balancing: which one is picked and why, what a policy would do, replay of recorded requests",
  verbs: [trafficPickVerb, trafficSimulateVerb, trafficReplayVerb, trafficBreakerVerb],
};
