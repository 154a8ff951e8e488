import type { AliasConfiguration, LambdaClient } from "@aws-sdk/client-lambda";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { SetWeights, SetWeightsResult, Weights } from "../core/ports/weights.ts";
import { sameShares } from "../core/traffic/weights/shares.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";
import { faultOf, type LambdaTarget, observedOf, routingOf } from "./lambda-alias-shares.ts";

/** What GetAlias and UpdateAlias answer when the request cannot be done at all; trying again would not help. */
const REFUSALS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "there is no such function, alias or published version",
  InvalidParameterValueException: "Lambda does not accept it",
  AccessDeniedException: "AWS does not let Headgate change it (HEADGATE_TRAFFIC_FUNCTIONS names what it may change)",
};

/** Another update of the function is under way, or the alias was changed since it was read. */
const MOVING = new Set(["ResourceConflictException", "PreconditionFailedException"]);

/**
 * Weights of published versions behind an alias of a function. A change is conditional on the alias as it was read (its revision), so no
 * other hand is overwritten. Each call of the alias is thrown for on its own: at little traffic what is served differs much from
 * the weights, so a gate has to count by version.
 */
export function lambdaAliasWeights({ client: source }: { readonly client: ClientSource<LambdaClient> }): Weights {
  const reach = (lambda: LambdaTarget) => Promise.all([clientOf(source, lambda.region), import("./lambda-calls.ts")]);

  const aliasOf = async (lambda: LambdaTarget): Promise<AliasConfiguration> => {
    const [client, calls] = await reach(lambda);
    return calls.getAlias(client, { FunctionName: lambda.function, Name: lambda.alias });
  };

  const set = async (service: string, lambda: LambdaTarget, request: SetWeights): Promise<SetWeightsResult> => {
    const alias = await aliasOf(lambda);
    const observed = observedOf(alias, lambda);
    if (observed.others === 0 && sameShares(observed.weights, request.weights))
      return { status: "accepted", changed: false, observed };
    if (!sameShares(observed.weights, request.expected)) return { status: "superseded", observed };
    if (observed.others > 0)
      return { status: "refused", why: `the alias also serves a version that nobody named, and it has room for two` };
    const [client, calls] = await reach(lambda);
    await calls.updateAlias(client, {
      FunctionName: lambda.function,
      Name: lambda.alias,
      ...routingOf(lambda, request.weights, alias.FunctionVersion),
      ...(alias.RevisionId === undefined ? {} : { RevisionId: alias.RevisionId }),
    });
    const served = observedOf(await aliasOf(lambda), lambda);
    if (!sameShares(served.weights, request.weights))
      throw new HeadgateError("weights.unavailable", `weights of ${service} were set and are not read back`, {
        retryable: true,
      });
    return { status: "accepted", changed: true, observed: served };
  };

  return {
    read: async ({ service, lambda }) => {
      if (!lambda) throw new HeadgateError("weights.unavailable", `${service} names no alias of a function`);
      try {
        return observedOf(await aliasOf(lambda), lambda);
      } catch (error) {
        throw awsError("weights.unavailable", `weights of ${service} could not be read`, error);
      }
    },
    set: async ({ service, lambda }, request) => {
      if (!lambda) return { status: "refused", why: `${service} names no alias of a function` };
      const fault = faultOf(lambda, request);
      if (fault) return { status: "refused", why: fault };
      try {
        return await set(service, lambda, request);
      } catch (error) {
        const name = awsErrorName(error);
        if (MOVING.has(name))
          throw new HeadgateError("weights.unavailable", `the alias of ${service} is being changed: ${name}`, {
            cause: error,
            retryable: true,
          });
        const refusal = REFUSALS[name];
        if (refusal) return { status: "refused", why: `${refusal}: ${(error as Error).message}` };
        throw awsError("weights.unavailable", `weights of ${service} could not be set`, error);
      }
    },
  };
}
