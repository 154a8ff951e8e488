// Reached through import() only: the load balancer and the lists of backends are asked by one function, and no other pays for it.
import "./shared-parts.ts";

export { albWeights } from "../shared/edge/alb-weights.ts";
export { awsDiscovery } from "../shared/edge/aws-discovery.ts";
