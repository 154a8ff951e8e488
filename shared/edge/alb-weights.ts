import type { Action, ElasticLoadBalancingV2Client, TargetGroupTuple } from "@aws-sdk/client-elastic-load-balancing-v2";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { ObservedWeights, SetWeights, SetWeightsResult, Weights, WeightsTarget } from "../core/ports/weights.ts";
import { MOST_PARTS, sameShares } from "../core/traffic/weights/shares.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";

type Alb = NonNullable<WeightsTarget["alb"]>;

/** What ModifyRule and ModifyListener answer when the request cannot be done at all; trying again would not help. */
const REFUSALS: Readonly<Record<string, string>> = {
  RuleNotFoundException: "there is no such rule",
  RuleNotFound: "there is no such rule",
  ListenerNotFoundException: "there is no such listener",
  ListenerNotFound: "there is no such listener",
  TargetGroupNotFoundException: "there is no such target group",
  TargetGroupNotFound: "there is no such target group",
  InvalidLoadBalancerActionException: "the load balancer does not accept it",
  InvalidLoadBalancerAction: "the load balancer does not accept it",
  InvalidConfigurationRequest: "the load balancer does not accept it",
  OperationNotPermitted: "the load balancer does not permit it",
  OperationNotPermittedException: "the load balancer does not permit it",
  TooManyTargetGroups: "an action forwards to five target groups at most",
  TooManyTargetGroupsException: "an action forwards to five target groups at most",
  AccessDenied: "AWS does not let Headgate change it (HEADGATE_TRAFFIC_LISTENERS names what it may change)",
  AccessDeniedException: "AWS does not let Headgate change it (HEADGATE_TRAFFIC_LISTENERS names what it may change)",
};

const isForward = (action: Action): boolean => action.Type === "forward";

/** Groups of a forward action, in whichever of its two ways it names them. One alone gets everything, whatever its weight. */
function groupsOf(action: Action): readonly TargetGroupTuple[] {
  const listed = action.ForwardConfig?.TargetGroups ?? [];
  if (listed.length > 0) return listed;
  return action.TargetGroupArn ? [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }] : [];
}

const weightOf = (group: TargetGroupTuple): number => group.Weight ?? 1;

function observedOf(action: Action, { targetGroups }: Alb): ObservedWeights {
  const groups = groupsOf(action);
  const weights = Object.fromEntries(
    Object.entries(targetGroups).map(([version, arn]) => {
      const group = groups.find((one) => one.TargetGroupArn === arn);
      return [version, group ? weightOf(group) : 0];
    }),
  );
  const named = new Set(Object.values(targetGroups));
  const others = groups.filter((group) => !named.has(group.TargetGroupArn ?? ""));
  const sticky = action.ForwardConfig?.TargetGroupStickinessConfig;
  return {
    weights,
    others: others.reduce((sum, group) => sum + weightOf(group), 0),
    ...(sticky?.Enabled ? { stickySeconds: sticky.DurationSeconds ?? 0 } : {}),
  };
}

/** All actions as they have to be sent to change the weights of the forward action and nothing else. */
function changed(actions: readonly Action[], { targetGroups }: Alb, weights: SetWeights["weights"]): Action[] {
  return actions.map((action) => {
    if (action.Type === "authenticate-oidc" && action.AuthenticateOidcConfig) {
      // The secret is never told; without this it would have to be given again.
      const { ClientSecret: _, ...kept } = action.AuthenticateOidcConfig;
      return { ...action, AuthenticateOidcConfig: { ...kept, UseExistingClientSecret: true } };
    }
    if (!isForward(action)) return action;
    const byArn = new Map(Object.entries(targetGroups).map(([version, arn]) => [arn, weights[version] ?? 0]));
    const kept = groupsOf(action).map((group) => {
      const weight = byArn.get(group.TargetGroupArn ?? "");
      return { ...group, Weight: weight ?? weightOf(group) };
    });
    const there = new Set(kept.map((group) => group.TargetGroupArn));
    const added = [...byArn]
      .filter(([arn, weight]) => !there.has(arn) && weight > 0)
      .map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight }));
    const { TargetGroupArn: _, ...rest } = action;
    return { ...rest, ForwardConfig: { ...action.ForwardConfig, TargetGroups: [...kept, ...added] } };
  });
}

/** Why the request makes no sense, before anything is asked. */
function faultOf({ targetGroups }: Alb, { weights }: SetWeights): string | undefined {
  if (new Set(Object.values(targetGroups)).size < Object.keys(targetGroups).length)
    return "two versions have the same target group";
  for (const [version, weight] of Object.entries(weights)) {
    if (!Object.hasOwn(targetGroups, version)) return `version ${version} has no target group`;
    if (!Number.isInteger(weight) || weight < 0 || weight > MOST_PARTS)
      return `${weight} is no weight of version ${version} (0 to ${MOST_PARTS}, whole)`;
  }
  return Object.values(weights).some((weight) => weight > 0) ? undefined : "no version would get anything";
}

/**
 * Weights over rules and listeners of application load balancers. Between reading and ModifyRule another hand may still act: there
 * is no conditional update. That window is one round trip; the next look sees the other weights and holds.
 */
export function albWeights({
  client: source,
}: {
  readonly client: ClientSource<ElasticLoadBalancingV2Client>;
}): Weights {
  const reach = (alb: Alb) => Promise.all([clientOf(source, alb.region), import("./alb-calls.ts")]);

  const actionsOf = async (alb: Alb): Promise<readonly Action[]> => {
    const [client, calls] = await reach(alb);
    if (alb.rule !== undefined) {
      const answer = await calls.describeRules(client, { RuleArns: [alb.rule] });
      return answer.Rules?.[0]?.Actions ?? [];
    }
    const answer = await calls.describeListeners(client, { ListenerArns: [alb.listener ?? ""] });
    return answer.Listeners?.[0]?.DefaultActions ?? [];
  };

  const modify = async (alb: Alb, actions: Action[]): Promise<void> => {
    const [client, calls] = await reach(alb);
    if (alb.rule !== undefined) await calls.modifyRule(client, { RuleArn: alb.rule, Actions: actions });
    else await calls.modifyListener(client, { ListenerArn: alb.listener, DefaultActions: actions });
  };

  const set = async (service: string, alb: Alb, request: SetWeights): Promise<SetWeightsResult> => {
    const actions = await actionsOf(alb);
    const forward = actions.find(isForward);
    if (!forward) return { status: "refused", why: NO_FORWARD };
    const observed = observedOf(forward, alb);
    if (sameShares(observed.weights, request.weights)) return { status: "accepted", changed: false, observed };
    if (!sameShares(observed.weights, request.expected)) return { status: "superseded", observed };
    try {
      await modify(alb, changed(actions, alb, request.weights));
    } catch (error) {
      const refusal = REFUSALS[awsErrorName(error)];
      if (refusal) return { status: "refused", why: `${refusal}: ${(error as Error).message}` };
      throw error;
    }
    const after = (await actionsOf(alb)).find(isForward);
    const served = after && observedOf(after, alb);
    if (!served || !sameShares(served.weights, request.weights))
      throw new HeadgateError("weights.unavailable", `weights of ${service} were set and are not read back`, {
        retryable: true,
      });
    return { status: "accepted", changed: true, observed: served };
  };

  return {
    read: async ({ service, alb }) => {
      if (!alb) throw new HeadgateError("weights.unavailable", `${service} names no load balancer`);
      let forward: Action | undefined;
      try {
        forward = (await actionsOf(alb)).find(isForward);
      } catch (error) {
        throw awsError("weights.unavailable", `weights of ${service} could not be read`, error);
      }
      if (!forward) throw new HeadgateError("weights.unavailable", `weights of ${service}: ${NO_FORWARD}`);
      return observedOf(forward, alb);
    },
    set: async ({ service, alb }, request) => {
      if (!alb) return { status: "refused", why: `${service} names no load balancer` };
      const fault = faultOf(alb, request);
      if (fault) return { status: "refused", why: fault };
      try {
        return await set(service, alb, request);
      } catch (error) {
        const refusal = REFUSALS[awsErrorName(error)];
        if (refusal) return { status: "refused", why: `${refusal}: ${(error as Error).message}` };
        throw awsError("weights.unavailable", `weights of ${service} could not be set`, error);
      }
    },
  };
}

const NO_FORWARD = "the rule (or the listener's default action) does not forward to target groups";
