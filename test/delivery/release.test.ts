import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordsOf } from "../../shared/core/delivery/release/words.ts";
import { parseRelease, standardEnvironment } from "../../shared/core/delivery/release.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";

/** Paths of the faults; empty where it is read. */
const faults = (input: unknown): readonly string[] => {
  try {
    parseRelease(input);
    return [];
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    expect(error.code).toBe("input.invalid");
    for (const { allowed } of error.faults) expect(allowed).toBeTruthy();
    return error.faults.map(({ path }) => path);
  }
};

describe("the platform's container configuration", () => {
  test("has the platform's defaults: 1g, one core, unless-stopped", () => {
    expect(parseRelease({ name: "orders", image: "registry/orders:1.4" })).toMatchObject({
      image: "registry/orders:1.4",
      environment: {},
      resources: { memoryMb: 1024, cpus: 1 },
      ports: [],
      volumes: [],
      restartPolicy: "unless-stopped",
      health: { intervalMs: 5_000, timeoutMs: 5_000 },
      metricsPath: "/metrics",
    });
  });

  test("is read as it is specified", () => {
    const release = parseRelease({
      name: "orders",
      image: "orders",
      environment: { LEVEL: "info", WORKERS: 4, FAST: true, GONE: null },
      resources: { memory: "512m", cpu_quota: 50_000 },
      ports: ["8080:80"],
      volumes: ["data:/var/data:ro"],
      restart_policy: "on-failure",
      health_check: { test: ["CMD", "curl", "-f", "http://localhost/health"], interval: "10s", retries: 5 },
    });
    expect(release).toMatchObject({
      environment: { LEVEL: "info", WORKERS: "4", FAST: "true" },
      resources: { memoryMb: 512, cpus: 0.5 },
      ports: [{ container: 80, host: 8080, protocol: "tcp" }],
      volumes: [{ source: "data", target: "/var/data", readOnly: true }],
      restartPolicy: "on-failure",
      health: { command: ["CMD", "curl", "-f", "http://localhost/health"], intervalMs: 10_000, retries: 5 },
    });
    expect(release.environment).not.toHaveProperty("GONE");
  });

  test.each([
    ["1g", 1024],
    ["512m", 512],
    ["1.5G", 1536],
    ["512Mi", 512],
    ["2gb", 2048],
    [536_870_912, 512],
    ["536870912", 512],
  ])("memory %s is %i MiB", (memory, memoryMb) => {
    expect(parseRelease({ resources: { memory } }).resources.memoryMb).toBe(memoryMb);
  });

  test.each([
    [{ cpus: 2 }, 2],
    [{ cpus: "0.5" }, 0.5],
    [{ cpu: "250m" }, 0.25],
    [{ cpu: 512 }, 0.5],
    [{ cpu_quota: 200_000 }, 2],
    [{ cpuQuota: 25_000, cpuPeriod: 50_000 }, 0.5],
    [{ cpu_quota: -1 }, 1],
  ])("%j is %d cores", (resources, cpus) => {
    expect(parseRelease({ resources }).resources.cpus).toBe(cpus);
  });

  test.each([
    ["8080", 8080, 0, "tcp"],
    [8080, 8080, 0, "tcp"],
    ["8080:80", 80, 8080, "tcp"],
    ["127.0.0.1:8080:80/tcp", 80, 8080, "tcp"],
    ["127.0.0.1::80", 80, 0, "tcp"],
    ["53/udp", 53, 0, "udp"],
    [{ container: 80, host: 8080 }, 80, 8080, "tcp"],
    [{ target: 80, published: "8080", protocol: "tcp" }, 80, 8080, "tcp"],
    [{ containerPort: 80 }, 80, 0, "tcp"],
  ])("port %j is container %i, host %i, %s", (port, container, host, protocol) => {
    expect(parseRelease({ ports: [port] }).ports).toEqual([{ container, host, protocol }]);
  });

  test("ports and volumes of the Docker SDK are maps", () => {
    const release = parseRelease({
      ports: { "80/tcp": 8080, "9090": null },
      volumes: { "/host": { bind: "/in", mode: "ro" } },
    });
    expect(release.ports).toContainEqual({ container: 80, host: 8080, protocol: "tcp" });
    expect(release.ports).toContainEqual({ container: 9090, host: 0, protocol: "tcp" });
    expect(release.volumes).toEqual([{ source: "/host", target: "/in", readOnly: true }]);
  });

  test.each([
    ["no", "no"],
    [false, "no"],
    ["Never", "no"],
    ["on-failure:5", "on-failure"],
    [{ Name: "always", MaximumRetryCount: 0 }, "always"],
    ["unless_stopped", "unless-stopped"],
  ])("restart policy %j is %s", (restart_policy, restartPolicy) => {
    expect(parseRelease({ restart_policy }).restartPolicy).toBe(restartPolicy);
  });

  test.each([
    ["/ready", { path: "/ready" }],
    ["http://localhost:8080/ready", { path: "/ready" }],
    ["curl -f http://localhost/", { command: ["CMD-SHELL", "curl -f http://localhost/"] }],
    [{ test: ["check", "it"] }, { command: ["CMD", "check", "it"] }],
    [
      { path: "/ok", timeout: 2, start_period: "1m30s" },
      { path: "/ok", timeoutMs: 2_000, startPeriodMs: 90_000 },
    ],
    [
      { test: "x", interval: 30_000_000_000, startPeriodMs: 500 },
      { intervalMs: 30_000, startPeriodMs: 500 },
    ],
  ])("health check %j", (health_check, health) => {
    expect(parseRelease({ health_check }).health).toMatchObject(health);
  });

  test("a health check that is none asks for nothing", () => {
    expect(parseRelease({ healthcheck: { test: ["NONE"] } }).health).not.toHaveProperty("command");
    expect(parseRelease({ healthcheck: { disable: true } }).health).not.toHaveProperty("path");
  });

  test("a command line is split as a shell would, and nothing in it is expanded", () => {
    expect(parseRelease({ command: `node 'my file.mjs' --name="a b" $HOME` }).command).toEqual([
      "node",
      "my file.mjs",
      "--name=a b",
      "$HOME",
    ]);
    expect(wordsOf(`a\\ b "c\\"d" ''`)).toEqual(["a b", 'c"d', ""]);
    expect(wordsOf(`a 'b`)).toBeUndefined();
  });
});

describe("faults", () => {
  test("each wrong member is named, and nothing else is lost", () => {
    expect(
      faults({
        version: "a b",
        image: "",
        command: [],
        environment: { "A B": "x", NESTED: { a: 1 } },
        resources: { memory: "lots", cpus: 0 },
        ports: ["70000", "1-2", "8080:80", "8080:81"],
        volumes: ["/only"],
        restart_policy: "sometimes",
        health_check: { interval: "soon" },
        metrics_path: "metrics",
        imgae: "x",
      }),
    ).toEqual(
      expect.arrayContaining([
        ...["imgae", "image", "command", "environment.A B", "environment.NESTED", "resources.memory", "resources.cpus"],
        ...[
          "ports.0",
          "ports.1",
          "ports",
          "volumes.0",
          "restart_policy",
          "health_check.interval",
          "metrics_path",
          "version",
        ],
      ]),
    );
  });

  test("a value of the environment is never shown", () => {
    try {
      parseRelease({ environment: ["hunter2"], env: { X: ["hunter2"] } });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify([error, (error as HeadgateError).faults, (error as Error).message])).not.toContain(
        "hunter2",
      );
    }
  });

  test.each([[null], ["orders"], [[]], [3]])("%j is no configuration", (input) => {
    expect(faults(input)).not.toEqual([]);
  });

  test("one that is too large for an item of the store", () => {
    expect(faults({ environment: { LONG: "x".repeat(30_000) } })).toEqual([""]);
  });

  test.each(["restart_policy", "ports", "volumes", "resources"])("%s that has no text of its own", (key) => {
    const odd = [{ toString: null, protocol: { toString: null }, memory_mb: { toString: null } }];
    expect(faults({ [key]: odd })).not.toEqual([]);
    expect(faults({ [key]: { "80/tcp": odd, protocol: odd, target: 80, memory_mb: odd } })).not.toEqual([]);
  });

  test("whatever is given, it is read or refused, never anything else", () => {
    fc.assert(
      fc.property(
        fc.record(
          Object.fromEntries(
            [
              "image",
              "command",
              "environment",
              "resources",
              "ports",
              "volumes",
              "restart_policy",
              "health_check",
              "version",
            ].map((key) => [key, fc.oneof(fc.jsonValue(), fc.string())]),
          ),
          { requiredKeys: [] },
        ),
        (input) => void faults(input),
      ),
    );
  });
});

describe("versions", () => {
  test("the same content is the same version, other content another, whatever it is written like", () => {
    const one = parseRelease({ image: "a", resources: { memory: "1g" } }).version;
    expect(one).toMatch(/^[0-9a-f]{10}$/);
    expect(parseRelease({ resources: { memory: "1024m" }, image: "a", restartPolicy: "unless-stopped" }).version).toBe(
      one,
    );
    expect(parseRelease({ image: "b" }).version).not.toBe(one);
  });

  test("one that is given stays", () => {
    expect(parseRelease({ version: 7 }).version).toBe("7");
    expect(parseRelease({ version: "1.4.2-rc.1" }).version).toBe("1.4.2-rc.1");
  });

  test("what a release does not say is as before; variables are added", () => {
    const base = parseRelease({
      version: "v1",
      image: "a",
      env: { A: "1", B: "2" },
      resources: { memory: "2g", cpus: 2 },
    });
    const next = parseRelease({ env: { B: "3" }, memory: "1g" }, base);
    expect(next).toMatchObject({ image: "a", environment: { A: "1", B: "3" }, resources: { memoryMb: 1024, cpus: 2 } });
    expect(next.version).not.toBe("v1");
  });
});

describe("the standard environment", () => {
  test("is the platform's four variables; only the cluster is the release's to say", () => {
    const release = parseRelease({ env: { SERVICE_NAME: "mine", CLUSTER_ID: "east", DATA_PROCESSING_MODE: "test" } });
    expect(standardEnvironment(release, { service: "orders", at: 0, clusterId: "west" })).toEqual({
      SERVICE_NAME: "orders",
      DEPLOYMENT_TIME: "1970-01-01T00:00:00.000Z",
      CLUSTER_ID: "east",
      DATA_PROCESSING_MODE: "production",
    });
    expect(standardEnvironment(parseRelease({}), { service: "orders", at: 0 })["CLUSTER_ID"]).toBe("default");
  });
});
