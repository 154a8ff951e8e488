import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseTarget } from "../../shared/core/ports/releases.ts";
import { ecsReleases } from "../../shared/edge/ecs-releases.ts";
import { lambdaAliasWeights } from "../../shared/edge/lambda-alias-weights.ts";
import { releasesContract } from "../contract/releases.ts";
import { weightsContract } from "../contract/weights.ts";
import { releaseOf } from "../fakes/release.ts";
import { breakable, type Moto, moto, network, REGION } from "./moto.ts";
import { missing } from "./parts.ts";

const why = missing("moto");
const PORT = { ports: [{ container: 8080, host: 0, protocol: "tcp" }] } as const;
const NO_TASKS = "moto starts no tasks for a service: two of any run, and at once; the wire fake starts them";

/** A role that functions may take on; IAM has no client here, and moto checks no signature. */
async function role(endpoint: string, name: string): Promise<string> {
  const principal = { Service: "lambda.amazonaws.com" };
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
  };
  const scope = `Credential=test/20260101/${REGION}/iam/aws4_request`;
  const form = { Action: "CreateRole", Version: "2010-05-08", RoleName: name };
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ ...form, AssumeRolePolicyDocument: JSON.stringify(policy) }).toString(),
  });
  return /<Arn>([^<]+)<\/Arn>/.exec(await answer.text())?.[1] ?? "";
}

describe.skipIf(why)(`delivery on moto server${why ? ` [skipped: ${why}]` : ""}`, () => {
  let server: Moto;
  let ecs: ECSClient;
  let subnets: string[];
  beforeAll(async () => {
    server = await moto();
    ecs = await server.clients.ecs();
    ({ subnets } = await network(server.part.endpoint));
  });
  afterAll(async () => server?.stop());

  /** A cluster with a service of another tool's in the blue slot. */
  const place = async (): Promise<ReleaseTarget & { readonly ecs: NonNullable<ReleaseTarget["ecs"]> }> => {
    const cluster = server.fresh("data");
    const [blue, green] = [server.fresh("orders"), server.fresh("orders")];
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    const environment = [{ name: "SERVICE_VERSION", value: "v1" }];
    const containerDefinitions = [{ name: "main", image: "shop/orders:1", memory: 64, environment }];
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: blue,
        containerDefinitions,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
      }),
    );
    await ecs.send(new CreateServiceCommand({ cluster, serviceName: blue, taskDefinition: blue, desiredCount: 2 }));
    const slots = { blue, green };
    return { service: "orders", ecs: { cluster, slots, network: { subnets, securityGroups: [], publicIp: false } } };
  };

  releasesContract(
    "two slots of ECS on moto",
    async () => {
      const target = await place();
      const source = breakable(server.clients.ecs, server.nobody.ecs);
      const releases = ecsReleases({ client: source.client, now: Date.now });
      const slots = { blue: server.fresh("carts"), green: server.fresh("carts") };
      return {
        releases,
        target,
        unknown: { service: "carts", ecs: { ...target.ecs, slots } },
        good: (version) => releaseOf(version, { image: "shop/orders:2", ...PORT }),
        bad: (version) => releaseOf(version, { image: "shop/orders:2", ...PORT }),
        until: async (wanted, of = target) => {
          const status = await releases.describe(of);
          if (!wanted(status)) throw new Error(`it is not so: ${JSON.stringify(status)}`);
        },
        breakDown: source.breakDown,
        close: async () => undefined,
      };
    },
    {
      "what runs already is the stable version, with an address for each ready instance": NO_TASKS,
      "a second version comes up beside the first, which stays as it is": NO_TASKS,
      "the same request again is accepted and changes nothing": NO_TASKS,
      "each version has a count of its own, up, down and to none": NO_TASKS,
      "a version that is removed goes, every instance of it, and nothing else does": NO_TASKS,
      "an adopted version is the service from then on; the old one stays until it is removed": NO_TASKS,
      "adopted with fewer instances than the old version has, it grows to as many": NO_TASKS,
      "a service that nobody knew starts with its first version, and has no stable one until one is adopted": NO_TASKS,
      "what does not become healthy counts its failures and says why, and is never ready": NO_TASKS,
      "what cannot be started at all is called hopeless": NO_TASKS,
    },
  );

  it("a definition is taken as it is planned, with its tags; the service is made by it", async () => {
    const target = await place();
    const releases = ecsReleases({ client: server.clients.ecs, now: Date.now });
    const release = releaseOf("v2", {
      ...PORT,
      image: "shop/orders:2",
      environment: { LEVEL: "info", PASSWORD: "ssm:/shop/password" },
      resources: { memoryMb: 700, cpus: 0.3 },
      volumes: [{ source: "fs-0123456789abcdef0/models", target: "/models", readOnly: true }],
      restartPolicy: "on-failure",
      health: { command: ["true"], intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 30_000 },
    });
    const role = {
      executionRole: "arn:aws:iam::123456789012:role/execution",
      logGroup: "/shop/orders",
      region: REGION,
    };
    const request = { release, count: 1, key: "rol_1:ensure_version" };
    expect(await releases.ensure({ ...target, ecs: { ...target.ecs, ...role } }, request)).toMatchObject({
      changed: true,
    });
    const { taskDefinition, tags } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "orders-green", include: ["TAGS"] }),
    );
    expect(taskDefinition).toMatchObject({ family: "orders-green", cpu: "512", memory: "1024", networkMode: "awsvpc" });
    expect(taskDefinition?.containerDefinitions?.[0]).toMatchObject({
      image: "shop/orders:2",
      secrets: [{ name: "PASSWORD", valueFrom: "/shop/password" }],
      healthCheck: { command: ["CMD", "true"], interval: 10 },
    });
    expect(tags).toContainEqual({ key: "headgate:version", value: "v2" });
    const [made] =
      (
        await ecs.send(
          new DescribeServicesCommand({
            cluster: target.ecs.cluster,
            services: [target.ecs.slots["green"] ?? ""],
            include: ["TAGS"],
          }),
        )
      ).services ?? [];
    // Its circuit breaker is not told back by moto.
    expect(made).toMatchObject({ desiredCount: 1, launchType: "FARGATE" });
    expect(made?.tags).toContainEqual({ key: "headgate", value: "managed" });
  });

  it("one slot: the definition is replaced in place, and goes back", async () => {
    const target = await place();
    const only = {
      service: "orders",
      ecs: { cluster: target.ecs.cluster, slots: { only: target.ecs.slots["blue"] ?? "" } },
    };
    const releases = ecsReleases({ client: server.clients.ecs, now: Date.now });
    const versions = async () => (await releases.describe(only))?.versions.map(({ version }) => version);
    const release = releaseOf("v2", { ...PORT, image: "shop/orders:2" });
    expect(await releases.ensure(only, { release, count: 2, key: "k" })).toMatchObject({ changed: true });
    expect(await versions()).toContain("v2");
    expect((await releases.describe(only))?.stable).toBe("v1");
    expect(await releases.remove(only, { version: "v2", key: "r" })).toMatchObject({ changed: true });
    expect(await versions()).toContain("v1");
  });

  weightsContract("alias of a function on moto", async () => {
    const lambda = await server.clients.lambda();
    const name = server.fresh("orders");
    const {
      CreateAliasCommand,
      CreateFunctionCommand,
      PublishVersionCommand,
      UpdateAliasCommand,
      UpdateFunctionCodeCommand,
    } = await import("@aws-sdk/client-lambda");
    const zip = (byte: number) => new Uint8Array([...EMPTY_ZIP, byte]);
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: await role(server.part.endpoint, server.fresh("orders")),
        Code: { ZipFile: zip(1) },
        Publish: true,
      }),
    );
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zip(2) }));
    await lambda.send(new PublishVersionCommand({ FunctionName: name }));
    await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
    const source = breakable(server.clients.lambda, server.nobody.lambda);
    const named = { function: name, alias: "live", versions: { v1: "1", v2: "2" } };
    return {
      weights: lambdaAliasWeights({ client: source.client }),
      target: { service: "orders", lambda: named },
      unknown: { service: "lost", lambda: { ...named, alias: "lost" } },
      external: async ({ v1, v2 }) =>
        void (await lambda.send(
          new UpdateAliasCommand({
            FunctionName: name,
            Name: "live",
            FunctionVersion: "1",
            RoutingConfig: { AdditionalVersionWeights: { 2: v2 / (v1 + v2) } },
          }),
        )),
      breakDown: source.breakDown,
      close: async () => undefined,
    };
  });
});

/** End of central directory: an archive of nothing. */
const EMPTY_ZIP = [0x50, 0x4b, 0x05, 0x06, ...Array.from({ length: 17 }, () => 0)];
