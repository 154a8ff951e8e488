import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsClients, awsClients } from "../../shared/edge/aws-clients.ts";
import { tellCodeDeploy } from "../../shared/edge/codedeploy.ts";
import { readDeployment } from "../../shared/edge/codedeploy-deployment.ts";
import { readRevisions } from "../../shared/edge/ecs-revisions.ts";
import { type JsonMembers, jsonWire, type Wire, WireFault } from "../fakes/wire.ts";

const BASE = "arn:aws:ecs:eu-central-1:111122223333";
const revision = (id: string) => `${BASE}:service-revision/data/orders/${id}`;
const group = (name: string) => `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${name}/1`;

describe("CodeDeploy and revisions of ECS over the wire", () => {
  let codedeploy: Wire;
  let ecs: Wire;
  let clients: AwsClients;
  const told = new Map<string, string>();

  beforeAll(async () => {
    codedeploy = await jsonWire("1.1", "CodeDeploy_20141006", {
      PutLifecycleEventHookExecutionStatus: (input: JsonMembers) => {
        const { deploymentId, lifecycleEventHookExecutionId: id, status } = input;
        if (status !== "Succeeded" && status !== "Failed")
          throw new WireFault("InvalidLifecycleEventHookExecutionStatusException", String(status));
        if (told.has(String(id))) throw new WireFault("LifecycleEventAlreadyCompletedException", "completed");
        told.set(String(id), `${deploymentId} ${status}`);
        return { lifecycleEventHookExecutionId: id };
      },
      GetDeployment: ({ deploymentId }: JsonMembers) => {
        if (deploymentId === "d-none") throw new WireFault("DeploymentDoesNotExistException", "none");
        return { deploymentInfo: { applicationName: "shop", deploymentGroupName: "orders", deploymentId } };
      },
      ListDeploymentTargets: ({ deploymentId }: JsonMembers) => ({ targetIds: deploymentId === "d-new" ? [] : ["t"] }),
      BatchGetDeploymentTargets: ({ deploymentId }: JsonMembers) => ({
        deploymentTargets: [
          deploymentId === "d-lambda"
            ? {
                deploymentTargetType: "LambdaFunction",
                lambdaTarget: {
                  lambdaFunctionInfo: { currentVersion: "4", targetVersion: "5" },
                  lifecycleEvents: [{ lifecycleEventName: "BeforeAllowTraffic", status: "InProgress" }],
                },
              }
            : {
                deploymentTargetType: "ECSTarget",
                ecsTarget: {
                  lifecycleEvents: [
                    { lifecycleEventName: "BeforeInstall", status: "Succeeded" },
                    { lifecycleEventName: "AfterAllowTraffic", status: "InProgress" },
                  ],
                  taskSetsInfo: [
                    { taskSetLabel: "Blue", targetGroup: { name: "orders-b" } },
                    { taskSetLabel: "Green", targetGroup: { name: "orders-g" } },
                  ],
                },
              },
        ],
      }),
    });
    ecs = await jsonWire("1.1", "AmazonEC2ContainerServiceV20141113", {
      DescribeServiceRevisions: ({ serviceRevisionArns }: JsonMembers) => ({
        serviceRevisions: (serviceRevisionArns as string[])
          .filter((arn) => !arn.endsWith("gone"))
          .map((serviceRevisionArn) => ({
            serviceRevisionArn,
            taskDefinition: `${BASE}:task-definition/orders:12`,
            loadBalancers: [{ targetGroupArn: group("orders-a") }],
            resolvedConfiguration: { loadBalancers: [{ targetGroupArn: group("orders-g") }] },
          })),
      }),
    });
    const settings = {
      region: "eu-central-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    };
    const [of, for_] = [
      awsClients({ ...settings, endpoint: codedeploy.endpoint }),
      awsClients({ ...settings, endpoint: ecs.endpoint }),
    ];
    clients = { ...of, ecs: for_.ecs, close: async () => void (await Promise.all([of.close(), for_.close()])) };
  });
  afterAll(async () => {
    await clients.close();
    await Promise.all([codedeploy.close(), ecs.close()]);
  });

  it("tells how a hook ended, once; telling it again is too late and no error", async () => {
    const status = { deploymentId: "d-1", executionId: "x-1", status: "Failed" } as const;
    expect(await tellCodeDeploy(clients.codeDeploy, status)).toBe("told");
    expect(await tellCodeDeploy(clients.codeDeploy, { ...status, status: "Succeeded" })).toBe("too_late");
    expect(told.get("x-1")).toBe("d-1 Failed");
  });

  it("says that it is worth another try where CodeDeploy did not answer", async () => {
    codedeploy.inject("PutLifecycleEventHookExecutionStatus", { status: 503, body: "{}" });
    const status = { deploymentId: "d-1", executionId: "x-2", status: "Succeeded" } as const;
    await expect(tellCodeDeploy(clients.codeDeploy, status)).rejects.toMatchObject({
      code: "releases.unavailable",
      retryable: true,
    });
  });

  it("reads who deploys, which hook runs, and what the two sides are called", async () => {
    const common = { application: "shop", group: "orders" };
    expect(await readDeployment(clients.codeDeploy, "d-1")).toEqual({
      ...common,
      event: "AfterAllowTraffic",
      targetGroups: { canary: "orders-g", baseline: "orders-b" },
    });
    expect(await readDeployment(clients.codeDeploy, "d-lambda")).toEqual({
      ...common,
      event: "BeforeAllowTraffic",
      versions: { canary: "5", baseline: "4" },
    });
    expect(await readDeployment(clients.codeDeploy, "d-new")).toEqual(common);
    await expect(readDeployment(clients.codeDeploy, "d-none")).rejects.toMatchObject({
      code: "releases.unavailable",
      retryable: false,
    });
  });

  it("reads target groups of revisions, the resolved one first, and leaves out what ECS does not know", async () => {
    const found = await readRevisions(clients.ecs, [revision("1"), revision("1"), revision("gone")]);
    expect([...found.keys()]).toEqual([revision("1")]);
    expect(found.get(revision("1"))).toEqual({
      arn: revision("1"),
      taskDefinition: "orders:12",
      targetGroups: [group("orders-g"), group("orders-a")],
    });
    expect(ecs.counts()).toEqual({ DescribeServiceRevisions: 1 });
    expect(await readRevisions(clients.ecs, [])).toEqual(new Map());
  });
});
