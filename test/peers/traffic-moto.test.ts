import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  CreateHttpNamespaceCommand,
  CreateServiceCommand,
  DeregisterInstanceCommand,
  RegisterInstanceCommand,
} from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, describe } from "vitest";
import { albWeights } from "../../shared/edge/alb-weights.ts";
import { awsDiscovery } from "../../shared/edge/aws-discovery.ts";
import { discoveryContract } from "../contract/discovery.ts";
import { weightsContract } from "../contract/weights.ts";
import { breakable, type Moto, moto, network } from "./moto.ts";
import { missing } from "./parts.ts";

const why = missing("moto");

describe.skipIf(why)(`traffic on moto server${why ? ` [skipped: ${why}]` : ""}`, () => {
  let server: Moto;
  beforeAll(async () => {
    server = await moto();
  });
  afterAll(async () => server?.stop());

  weightsContract("rule of a load balancer on moto", async () => {
    const alb = await server.clients.alb();
    const { vpc: VpcId, subnets: Subnets } = await network(server.part.endpoint);
    const group = async () => {
      const input = { Name: server.fresh("group"), Protocol: "HTTP", Port: 80, TargetType: "ip", VpcId } as const;
      const { TargetGroups } = await alb.send(new CreateTargetGroupCommand(input));
      return TargetGroups?.[0]?.TargetGroupArn ?? "";
    };
    const { LoadBalancers } = await alb.send(new CreateLoadBalancerCommand({ Name: server.fresh("shop"), Subnets }));
    const targetGroups = { v1: await group(), v2: await group() };
    const forward = (v1: number, v2: number) => [
      {
        Type: "forward" as const,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: targetGroups.v1, Weight: v1 },
            { TargetGroupArn: targetGroups.v2, Weight: v2 },
          ],
        },
      },
    ];
    const { Listeners } = await alb.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
        Protocol: "HTTP",
        Port: 80,
        DefaultActions: forward(100, 0),
      }),
    );
    const ListenerArn = Listeners?.[0]?.ListenerArn;
    const Conditions = [{ Field: "path-pattern", Values: ["/orders/*"] }];
    const { Rules } = await alb.send(
      new CreateRuleCommand({ ListenerArn, Priority: 10, Conditions, Actions: forward(100, 0) }),
    );
    const RuleArn = Rules?.[0]?.RuleArn ?? "";
    const source = breakable(server.clients.alb, server.nobody.alb);
    return {
      weights: albWeights({ client: source.client }),
      target: { service: "orders", alb: { rule: RuleArn, targetGroups } },
      unknown: { service: "lost", alb: { rule: `${RuleArn.slice(0, -4)}0000`, targetGroups } },
      external: async ({ v1, v2 }) =>
        void (await alb.send(new ModifyRuleCommand({ RuleArn, Actions: forward(v1, v2) }))),
      breakDown: source.breakDown,
      close: async () => undefined,
    };
  });

  const noHealth = "moto keeps no health of instances; the wire fake does";
  discoveryContract(
    "AWS Cloud Map on moto",
    async () => {
      const cloudMap = await server.clients.cloudMap();
      const namespace = server.fresh("shop");
      await cloudMap.send(new CreateHttpNamespaceCommand({ Name: namespace }));
      const { ListNamespacesCommand } = await import("@aws-sdk/client-servicediscovery");
      const { Namespaces } = await cloudMap.send(new ListNamespacesCommand({}));
      const NamespaceId = Namespaces?.find((one) => one.Name === namespace)?.Id;
      const { Service } = await cloudMap.send(new CreateServiceCommand({ Name: "orders", NamespaceId }));
      const ServiceId = Service?.Id;
      let count = 0;
      const resize = async (wanted: number) => {
        while (count < wanted) {
          count += 1;
          const Attributes = { AWS_INSTANCE_IPV4: `10.0.0.${count}`, AWS_INSTANCE_PORT: "8080" };
          await cloudMap.send(new RegisterInstanceCommand({ ServiceId, InstanceId: `i-${count}`, Attributes }));
        }
        while (count > wanted) {
          await cloudMap.send(new DeregisterInstanceCommand({ ServiceId, InstanceId: `i-${count}` }));
          count -= 1;
        }
      };
      await resize(3);
      const source = breakable(server.clients.cloudMap, server.nobody.cloudMap);
      return {
        discovery: awsDiscovery({ cloudMap: source.client, ecs: server.clients.ecs }),
        source: { service: "orders", cloudMap: { namespace, service: "orders" } },
        unknown: { service: "lost", cloudMap: { namespace, service: "lost" } },
        resize,
        sicken: async () => undefined,
        breakDown: source.breakDown,
        close: async () => undefined,
      };
    },
    {
      "an ill one is left out while others are well": noHealth,
      "when all are ill all are listed, and that it is so is said": noHealth,
    },
  );
});
