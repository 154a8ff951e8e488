import type { Discovery } from "../shared/core/ports/discovery.ts";
import type { Weights, WeightsTarget } from "../shared/core/ports/weights.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";

/** Who is asked on AWS for backends and for the weights of versions; adapters and SDKs are loaded at the first question. */
export function lazyTraffic(clients: Pick<AwsClients, "cloudMap" | "ecs" | "alb" | "lambda">): {
  readonly discovery: Discovery;
  readonly weights: Weights;
} {
  const weights = async ({ lambda }: WeightsTarget): Promise<Weights> =>
    lambda
      ? (await import("./aws-lambda.ts")).lambdaAliasWeights({ client: clients.lambda })
      : (await import("./aws-traffic.ts")).albWeights({ client: clients.alb });
  return {
    discovery: {
      discover: async (source) => (await import("./aws-traffic.ts")).awsDiscovery(clients).discover(source),
    },
    weights: {
      read: async (target) => (await weights(target)).read(target),
      set: async (target, request) => (await weights(target)).set(target, request),
    },
  };
}
