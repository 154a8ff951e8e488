import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { ecsFleet } from "../../shared/edge/ecs-fleet.ts";
import { wireClients } from "../fakes/wire.ts";

const ROOT = new URL("../../", import.meta.url);

/** Names of SDK packages that importing a module loads, in a process of its own. */
function sdkLoadedBy(module: string): string[] {
  const script = `
    import { registerHooks } from "node:module";
    const seen = new Set();
    registerHooks({ resolve(name, context, next) {
      if (/^@(aws-sdk|smithy)\\//.test(name)) seen.add(name);
      return next(name, context);
    } });
    await import(${JSON.stringify(new URL(module, ROOT).href)});
    process.stdout.write(JSON.stringify([...seen]));`;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as string[];
}

describe("AWS clients", () => {
  test.each([
    "aws-clients",
    "ecs-fleet",
    "cloudwatch-samples",
    "cloudwatch-alarms",
    "s3-objects",
    "seal",
    "aws-parameters",
    "sqs-timers",
    "aws-discovery",
    "alb-weights",
  ])("importing %s loads nothing of an SDK", (name) => expect(sdkLoadedBy(`shared/edge/${name}.ts`)).toEqual([]));

  test("the check above sees an SDK when there is one", () => {
    expect(sdkLoadedBy("shared/edge/ecs-calls.ts")).toContain("@aws-sdk/client-ecs");
  });

  test("one client per service and region, made once however many ask at the same time", async () => {
    const clients = wireClients("http://127.0.0.1:9");
    const [a, b, other] = await Promise.all([clients.ecs(), clients.ecs(), clients.ecs("us-east-1")]);
    expect(a).toBe(b);
    expect(other).not.toBe(a);
    expect([await a.config.region(), await other.config.region()]).toEqual(["eu-central-1", "us-east-1"]);
    await clients.close();
  });

  test("the address comes from the call, else from HEADGATE_AWS_ENDPOINT", async () => {
    vi.stubEnv("HEADGATE_AWS_ENDPOINT", "http://127.0.0.1:1234");
    const byEnvironment = awsClients({ region: "eu-central-1" });
    const byCall = awsClients({ region: "eu-central-1", endpoint: "http://127.0.0.1:5678" });
    vi.unstubAllEnvs();
    for (const [clients, port] of [
      [byEnvironment, 1234],
      [byCall, 5678],
    ] as const) {
      expect(await (await clients.sqs()).config.endpoint?.()).toMatchObject({ hostname: "127.0.0.1", port });
      expect((await clients.s3()).config.forcePathStyle).toBe(true);
      await clients.close();
    }
  });

  test("a service that takes the request and never answers is an error when the time is up", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const clients = wireClients(endpoint, { maxAttempts: 1, requestTimeoutMs: 200 });
    const fleet = ecsFleet({ client: clients.ecs, now: Date.now });
    const service = { name: "orders", ecs: { cluster: "data", service: "orders" } };
    await expect(fleet.describe([service])).rejects.toMatchObject({ code: "fleet.unavailable", retryable: true });
    await clients.close();
    silent.closeAllConnections();
    await new Promise<void>((resolve) => void silent.close(() => resolve()));
  });
});
