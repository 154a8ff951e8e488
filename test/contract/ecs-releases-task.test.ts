import type { TaskDefinition } from "@aws-sdk/client-ecs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Release } from "../../shared/core/kernel/release.ts";
import { fargateSize } from "../../shared/edge/ecs-releases-size.ts";
import { planTask, type TaskRequest } from "../../shared/edge/ecs-releases-task.ts";
import { isFailed, troubleIn, troubleOfTask } from "../../shared/edge/ecs-releases-trouble.ts";
import { releaseOf } from "../fakes/release.ts";

const EXECUTION = "arn:aws:iam::123456789012:role/execution";
const ecs = { cluster: "data", slots: { blue: "orders-blue", green: "orders-green" }, executionRole: EXECUTION };
const request = (release: Partial<Release>, more: Partial<TaskRequest> = {}): TaskRequest => ({
  target: { service: "orders", ecs },
  ecs,
  slot: "green",
  release: releaseOf("v2", { image: "shop/orders:2", ...release }),
  standard: { SERVICE_NAME: "orders", DATA_PROCESSING_MODE: "production" },
  key: "rol_1:ensure",
  ...more,
});
const plan = (release: Partial<Release>, more: Partial<TaskRequest> = {}) => {
  const made = planTask(request(release, more));
  if ("why" in made) throw new Error(made.why);
  const [main] = made.input.containerDefinitions ?? [];
  if (!main) throw new Error("it has no container");
  return { ...made, main };
};
const refusal = (release: Partial<Release>, more: Partial<TaskRequest> = {}): string => {
  const made = planTask(request(release, more));
  return "why" in made ? made.why : "";
};
const variable = (
  list: readonly { name?: string | undefined; value?: string | undefined }[] | undefined,
  name: string,
) => list?.find((one) => one.name === name)?.value;

describe("the task definition of a release", () => {
  it("is of its service and slot, with tags that say what it is and whose", () => {
    const { input } = plan({});
    expect(input).toMatchObject({
      family: "orders-green",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
    });
    expect(Object.fromEntries((input.tags ?? []).map(({ key, value }) => [key, value]))).toMatchObject({
      headgate: "managed",
      "headgate:service": "orders",
      "headgate:version": "v2",
      "headgate:rollout": "rol_1:ensure",
    });
  });

  it("has values as they stand, references as what ECS resolves itself, and the platform's own above both", () => {
    const { main } = plan({
      environment: {
        LEVEL: "info",
        LITERAL: "text:env:HOME",
        PLACE: "file:///data/checkpoints",
        PASSWORD: "ssm:/shop/password",
        TOKEN: "secretsmanager:arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-AbCdEf",
        DATA_PROCESSING_MODE: "test",
      },
    });
    expect(main.environment).toEqual([
      { name: "DATA_PROCESSING_MODE", value: "production" },
      { name: "LEVEL", value: "info" },
      { name: "LITERAL", value: "env:HOME" },
      { name: "PLACE", value: "file:///data/checkpoints" },
      { name: "SERVICE_NAME", value: "orders" },
    ]);
    expect(main.secrets).toEqual([
      { name: "PASSWORD", valueFrom: "/shop/password" },
      { name: "TOKEN", valueFrom: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-AbCdEf" },
    ]);
  });

  it("refuses what names one machine, with the variable and what to write", () => {
    for (const value of ["env:HOME", "file:secrets/password"])
      expect(refusal({ environment: { PASSWORD: value } })).toMatch(/PASSWORD.*ssm:\/path/);
  });

  it("refuses references without a role to read them by, and an image that nobody named", () => {
    const bare = { cluster: "data", slots: ecs.slots };
    expect(refusal({ environment: { PASSWORD: "ssm:/shop/password" } }, { ecs: bare })).toContain("executionRole");
    const { image: _, ...none } = releaseOf("v2", { image: "x" });
    const made = planTask({ ...request({}), release: none });
    expect(made).toMatchObject({ why: expect.stringContaining("no image") });
  });

  it("mounts an EFS and named folders, and refuses a folder of a host that Fargate does not have", () => {
    const { input, main } = plan({
      volumes: [
        { source: "fs-0123456789abcdef0/models", target: "/models", readOnly: true },
        { source: "scratch", target: "/tmp/work", readOnly: false },
      ],
    });
    expect(input.volumes).toEqual([
      {
        name: "headgate-0",
        efsVolumeConfiguration: {
          fileSystemId: "fs-0123456789abcdef0",
          rootDirectory: "/models",
          transitEncryption: "ENABLED",
        },
      },
      { name: "headgate-1", host: {} },
    ]);
    expect(main.mountPoints).toEqual([
      { sourceVolume: "headgate-0", containerPath: "/models", readOnly: true },
      { sourceVolume: "headgate-1", containerPath: "/tmp/work", readOnly: false },
    ]);
    for (const source of ["/var/data", "./data", "../x"])
      expect(refusal({ volumes: [{ source, target: "/data", readOnly: false }] })).toContain("Fargate");
  });

  it("checks health in what ECS takes, restarts as it is asked, and says what a service does all the same", () => {
    const health = {
      command: ["curl", "-f", "localhost"],
      intervalMs: 1,
      timeoutMs: 900_000,
      retries: 99,
      startPeriodMs: 1e9,
    };
    expect(plan({ health }).main.healthCheck).toEqual({
      command: ["CMD", "curl", "-f", "localhost"],
      interval: 5,
      timeout: 60,
      retries: 10,
      startPeriod: 300,
    });
    expect(plan({ health: { ...health, command: ["CMD-SHELL", "true"] } }).main.healthCheck?.command).toEqual([
      "CMD-SHELL",
      "true",
    ]);
    expect(plan({}).main.healthCheck).toBeUndefined();
    expect(plan({ restartPolicy: "on-failure" }).main.restartPolicy).toEqual({ enabled: true, ignoredExitCodes: [0] });
    const never = plan({ restartPolicy: "no" });
    expect([never.main.restartPolicy, never.notes.join()]).toEqual([
      { enabled: false },
      expect.stringContaining("another task"),
    ]);
  });

  it("says where a size or a port is not what was asked for", () => {
    const { input, notes } = plan({
      resources: { memoryMb: 700, cpus: 0.3 },
      ports: [{ container: 80, host: 8080, protocol: "tcp" }],
    });
    expect(input).toMatchObject({ cpu: "512", memory: "1024" });
    expect(notes).toEqual([expect.stringContaining("512 and 1024"), expect.stringContaining("port 80")]);
    expect(refusal({ resources: { memoryMb: 500_000, cpus: 1 } })).toContain("no task of Fargate");
  });

  it("writes logs where the configuration says, and refuses without a region to write them in", () => {
    const logged = { ...ecs, logGroup: "/shop/orders" };
    expect(plan({}, { ecs: { ...logged, region: "eu-west-1" } }).main.logConfiguration).toEqual({
      logDriver: "awslogs",
      options: { "awslogs-group": "/shop/orders", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "orders" },
    });
    expect(refusal({}, { ecs: logged })).toContain("region");
  });
});

describe("beside what serves now", () => {
  const base: TaskDefinition = {
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    taskRoleArn: "arn:aws:iam::123456789012:role/orders",
    runtimePlatform: { cpuArchitecture: "ARM64" },
    volumes: [{ name: "shared", host: {} }],
    containerDefinitions: [
      { name: "agent", image: "agent:1", essential: false, cpu: 100, memory: 200 },
      {
        name: "orders",
        image: "shop/orders:1",
        cpu: 900,
        memory: 800,
        portMappings: [{ containerPort: 8080 }],
        environment: [{ name: "REGION", value: "eu" }],
        secrets: [{ name: "PASSWORD", valueFrom: "/old" }],
        mountPoints: [{ sourceVolume: "shared", containerPath: "/shared" }],
        logConfiguration: { logDriver: "awsfirelens" },
      },
    ],
  };

  it("other containers, roles, platform, logs, volumes and what else the release does not speak of are kept", () => {
    const { input, main } = plan({ resources: { memoryMb: 512, cpus: 0.25 } }, { base });
    expect(input).toMatchObject({
      taskRoleArn: base.taskRoleArn,
      executionRoleArn: EXECUTION,
      runtimePlatform: { cpuArchitecture: "ARM64" },
      volumes: base.volumes,
      // Both containers have to fit.
      cpu: "512",
      memory: "1024",
    });
    expect(input.containerDefinitions?.map(({ name }) => name)).toEqual(["orders", "agent"]);
    expect(main).toMatchObject({
      image: "shop/orders:2",
      portMappings: [{ containerPort: 8080 }],
      mountPoints: [{ sourceVolume: "shared", containerPath: "/shared" }],
      logConfiguration: { logDriver: "awsfirelens" },
      secrets: [{ name: "PASSWORD", valueFrom: "/old" }],
    });
    expect(variable(main.environment, "REGION")).toBe("eu");
    expect([main.cpu, main.memory]).toEqual([undefined, undefined]);
  });

  it("a variable that a former release set goes when the next one does not set it; another tool's stays", () => {
    const first = plan({ environment: { FLAG: "on", PASSWORD: "ssm:/new" } }, { base });
    const next = plan({ environment: {} }, { base: first.input as TaskDefinition });
    expect(variable(first.main.environment, "FLAG")).toBe("on");
    expect(variable(next.main.environment, "FLAG")).toBeUndefined();
    expect(variable(next.main.environment, "REGION")).toBe("eu");
    expect(next.main.secrets).toEqual([]);
  });

  it("volumes of a release replace those of the release before, and no others", () => {
    const volume = { source: "fs-0123456789abcdef0", target: "/models", readOnly: true };
    const first = plan({ volumes: [volume] }, { base });
    const next = plan({ volumes: [{ ...volume, target: "/new" }] }, { base: first.input as TaskDefinition });
    expect(next.main.mountPoints?.map(({ containerPath }) => containerPath)).toEqual(["/shared", "/new"]);
    expect(next.input.volumes).toHaveLength(2);
  });

  it("on instances of one's own sizes are those of the container, and folders of the host may be mounted", () => {
    const onHosts = { ...base, requiresCompatibilities: undefined, networkMode: "bridge" as const };
    const { input, main } = plan(
      { volumes: [{ source: "/var/data", target: "/data", readOnly: false }], resources: { memoryMb: 700, cpus: 0.5 } },
      { base: onHosts },
    );
    expect(input).toMatchObject({ networkMode: "bridge" });
    expect(input.cpu).toBeUndefined();
    expect(main).toMatchObject({ cpu: 512, memory: 700 });
    expect(input.volumes).toContainEqual({ name: "headgate-0", host: { sourcePath: "/var/data" } });
  });
});

describe("sizes of Fargate", () => {
  it.each([
    [1024, 1024, 1024, 2048],
    [256, 512, 256, 512],
    [256, 513, 256, 1024],
    [256, 2049, 512, 3072],
    [1025, 100, 2048, 4096],
    [4096, 30_721, 8192, 32_768],
    [16_384, 122_880, 16_384, 122_880],
  ])("%i units and %i MiB are had as %i and %i", (cpu, memory, gotCpu, gotMemory) => {
    expect(fargateSize(cpu, memory)).toMatchObject({ cpuUnits: gotCpu, memoryMb: gotMemory });
  });

  it("both always fit, nothing is said where it is just that, and a size that is had is had again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16_384 }), fc.integer({ min: 1, max: 122_880 }), (cpu, memory) => {
        const size = fargateSize(cpu, memory);
        if (!size) return;
        expect(size.cpuUnits).toBeGreaterThanOrEqual(cpu);
        expect(size.memoryMb).toBeGreaterThanOrEqual(memory);
        expect(size.rounded === undefined).toBe(size.cpuUnits === cpu && size.memoryMb === memory);
        const { rounded: _, ...exact } = size;
        expect(fargateSize(size.cpuUnits, size.memoryMb)).toEqual(exact);
      }),
      { numRuns: 200 },
    );
  });
});

describe("why tasks stop", () => {
  it.each([
    ["CannotPullContainerError: failed to resolve ref docker.io/shop/x:1: not found", true],
    ["CannotPullContainerError: pull access denied for x, repository does not exist", true],
    ["CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout", false],
    ["CannotPullContainerError: toomanyrequests: You have reached your pull rate limit", false],
    ["ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException", true],
    ['CannotStartContainerError: exec: "serve": executable file not found in $PATH', true],
    ["exec /bin/serve: exec format error", true],
    ["ECS was unable to assume the role 'arn:aws:iam::1:role/x'", true],
    ["OutOfMemoryError: Container killed due to memory usage", false],
    ["service orders was unable to place a task because no container instance met all of its requirements", false],
  ])("%s: hopeless %s", (said, hopeless) => {
    expect(troubleIn(said)).toMatchObject({ hopeless, text: expect.stringMatching(/\w+ \w+/) });
  });

  it.each([
    [127, true],
    [126, true],
    [1, false],
    [137, false],
  ])("exit code %i: hopeless %s", (exitCode, hopeless) => {
    const trouble = troubleOfTask({ stoppedReason: "Essential container in task exited", containers: [{ exitCode }] });
    expect(trouble).toMatchObject({ hopeless, text: expect.stringContaining(String(exitCode)) });
  });

  it.each([
    [{ stopCode: "TaskFailedToStart" as const }, true],
    [{ stopCode: "EssentialContainerExited" as const }, true],
    [{ stopCode: "ServiceSchedulerInitiated" as const, stoppedReason: "Task failed container health checks" }, true],
    [
      {
        stopCode: "ServiceSchedulerInitiated" as const,
        stoppedReason: "Task failed ELB health checks in (target-group x)",
      },
      true,
    ],
    [
      {
        stopCode: "ServiceSchedulerInitiated" as const,
        stoppedReason: "Scaling activity initiated by (deployment ecs-svc/1)",
      },
      false,
    ],
    [{ stopCode: "UserInitiated" as const, stoppedReason: "Task failed health checks, said a person" }, false],
    [{ stopCode: "SpotInterruption" as const }, false],
    [{}, false],
  ])("%j counts as a failed start: %s", (task, failed) => {
    expect(isFailed(task)).toBe(failed);
  });
});
