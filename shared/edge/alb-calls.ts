import {
  DescribeListenersCommand,
  type DescribeListenersCommandInput,
  DescribeRulesCommand,
  type DescribeRulesCommandInput,
  ElasticLoadBalancingV2Client,
  type ElasticLoadBalancingV2ClientConfig,
  ModifyListenerCommand,
  type ModifyListenerCommandInput,
  ModifyRuleCommand,
  type ModifyRuleCommandInput,
} from "@aws-sdk/client-elastic-load-balancing-v2";

// Reached through import() only, see ecs-calls.ts.
export const makeAlb = (config: ElasticLoadBalancingV2ClientConfig) => new ElasticLoadBalancingV2Client(config);
export const describeRules = (client: ElasticLoadBalancingV2Client, input: DescribeRulesCommandInput) =>
  client.send(new DescribeRulesCommand(input));
export const describeListeners = (client: ElasticLoadBalancingV2Client, input: DescribeListenersCommandInput) =>
  client.send(new DescribeListenersCommand(input));
export const modifyRule = (client: ElasticLoadBalancingV2Client, input: ModifyRuleCommandInput) =>
  client.send(new ModifyRuleCommand(input));
export const modifyListener = (client: ElasticLoadBalancingV2Client, input: ModifyListenerCommandInput) =>
  client.send(new ModifyListenerCommand(input));
