import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { restoreConfig } from "../../functions/backup/parts/restore-config.ts";
import { mayBeSecret, textMayBeSecret } from "../../shared/core/backup/may-be-secret.ts";
import { newKeyFile } from "../../shared/edge/key-file.ts";
import { openSealer } from "../../shared/edge/seal.ts";
import { type VaultWire, vaultWire } from "../fakes/vault-wire.ts";
import { jsonWire, type Wire, wireClients } from "../fakes/wire.ts";
import { everythingOf, finish, inFolder, NOW, POINT, partContext } from "./parts-kit.ts";

const SECRETS = ["hunter2-parameter", "hunter2-secret", "hunter2-env", "hunter2-file", "hunter2-yaml"];
const APPLIED = {
  text: "version: 1\nservices:\n  orders: { run: { command: [x], env: { DB_PASSWORD: hunter2-yaml } } }\n",
};

describe("configuration in a restore point", () => {
  let vault: VaultWire;
  let ecs: Wire;
  beforeAll(async () => {
    vault = await vaultWire();
    for (let number = 0; number < 23; number++)
      vault.parameters.set(`/app/plain/${number}`, { type: "String", value: `value ${number}` });
    vault.parameters.set("/app", { type: "String", value: "the root itself" });
    vault.parameters.set("/app/db", { type: "SecureString", value: "hunter2-parameter" });
    vault.parameters.set("/apple", { type: "String", value: "of somebody else" });
    for (const name of ["prod/a", "prod/b", "prod/c", "test/a"]) vault.secrets.set(name, { text: "hunter2-secret" });
    const cluster = "arn:aws:ecs:eu-central-1:1:cluster/data";
    ecs = await jsonWire("1.1", "AmazonEC2ContainerServiceV20141113", {
      ListServices: () => ({
        serviceArns: ["orders", "carts", "other"].map((name) => `${cluster.replace("cluster", "service")}/${name}`),
      }),
      DescribeServices: (input) => ({
        services: (input["services"] as string[]).map((serviceName) => ({
          ...{
            serviceName,
            clusterArn: cluster,
            status: "ACTIVE",
            desiredCount: 3,
            runningCount: 2,
            events: [{ message: "x" }],
          },
          taskDefinition: "arn:aws:ecs:eu-central-1:1:task-definition/task:7",
        })),
      }),
      DescribeTaskDefinition: () => ({
        taskDefinition: {
          ...{
            family: "task",
            revision: 7,
            status: "ACTIVE",
            taskDefinitionArn: "arn:aws:ecs:eu-central-1:1:task-definition/task:7",
          },
          containerDefinitions: [
            {
              ...{ name: "main", image: "orders:1" },
              environment: [
                { name: "DB_PASSWORD", value: "hunter2-env" },
                { name: "STAGE", value: "prod" },
              ],
              secrets: [{ name: "API_TOKEN", valueFrom: "arn:aws:ssm:eu-central-1:1:parameter/app/db" }],
            },
          ],
        },
      }),
    });
  });
  afterAll(async () => {
    await vault.close();
    await ecs.close();
  });

  const what = {
    config: {
      ssm: ["/app/"],
      secrets: ["prod/*"],
      files: ["conf", "one.key"],
      ecs: [{ cluster: "data", services: ["or*", "carts"] }],
    },
    state: false,
  };
  const clients = () => ({ ...wireClients(vault.endpoint), ecs: wireClients(ecs.endpoint).ecs });
  const within = (work: (folder: string) => Promise<void>) =>
    inFolder(async (folder) => {
      await mkdir(join(folder, "conf", "deep"), { recursive: true });
      await writeFile(join(folder, "conf", "deep", "a.ini"), "token=hunter2-file");
      await writeFile(join(folder, "one.key"), new Uint8Array([0, 255, 254]));
      await newKeyFile(join(folder, "backup.key"), NOW);
      await work(folder);
    });
  const sealerOf = (folder: string) => openSealer("file:backup.key", { baseDir: folder, clients: clients() });

  test("with a key everything is there, what may be secret sealed, and nothing of it readable anywhere", () =>
    within(async (folder) => {
      const context = partContext(what, {
        clients: clients(),
        baseDir: folder,
        applied: APPLIED,
        sealer: await sealerOf(folder),
      });
      const done = await finish(context, "config");
      if (done.status !== "done") throw new Error(done.why);
      const { items } = done.part;
      const named = (kind: string) => items.filter((one) => one.kind === kind).map(({ name }) => name);
      expect(named("ssm")).toHaveLength(25);
      expect(named("ssm")).not.toContain("/apple");
      expect(named("secret")).toEqual(["prod/a", "prod/b", "prod/c"]);
      expect(named("file")).toEqual(["conf/deep/a.ini", "one.key"]);
      expect(named("ecs-service")).toEqual(["data/carts", "data/orders"]);
      expect(named("ecs-task-definition")).toEqual(["task:7"]);
      expect(named("headgate")).toEqual(["headgate.yaml"]);
      const service = JSON.parse(items.find(({ kind }) => kind === "ecs-service")?.text ?? "");
      expect(service).toMatchObject({ desiredCount: 3 });
      expect(service).not.toHaveProperty("runningCount");
      expect([done.warnings, done.gaps]).toEqual([[], []]);
      const written = JSON.stringify(done) + (await Promise.all(context.places.map(everythingOf))).join("");
      for (const secret of SECRETS) expect(written).not.toContain(secret);
      const into = join(folder, "restored");
      const options = { plan: "hourly", point: POINT, sealer: await sealerOf(folder), folder: into };
      const restored = await restoreConfig(done.part, options);
      expect(new Set(restored.map(({ status }) => status))).toEqual(new Set(["written"]));
      expect(await readFile(join(into, "files/conf/deep/a.ini"), "utf8")).toBe("token=hunter2-file");
      expect(new Uint8Array(await readFile(join(into, "files/one.key")))).toEqual(new Uint8Array([0, 255, 254]));
      expect(await readFile(join(into, "headgate/headgate.yaml"), "utf8")).toBe(APPLIED.text);
      expect(await readFile(join(into, "ecs-task-definition/task_7.json"), "utf8")).toContain("hunter2-env");
      expect((await stat(join(into, "secret/prod/a.json"))).mode & 0o777).toBe(0o600);
      const again = await restoreConfig(done.part, options);
      expect(new Set(again.map(({ status }) => status))).toEqual(new Set(["present"]));
    }));

  test("without a key what is secret is not even asked for, and a warning says what is missing", () =>
    within(async (folder) => {
      vault.resetCounts();
      const context = partContext(what, { clients: clients(), baseDir: folder, applied: APPLIED });
      const done = await finish(context, "config");
      if (done.status !== "done") throw new Error(done.why);
      expect(vault.counts()).not.toHaveProperty("secretsmanagerGetSecretValue");
      expect(done.warnings).toEqual([
        expect.stringMatching(
          /left out.*headgate headgate.yaml.*ssm \/app\/db.*secret prod\/a.*file conf\/deep\/a.ini/,
        ),
        expect.stringMatching(/kept without the values.*ecs-task-definition task:7/),
      ]);
      const task = done.part.items.find(({ kind }) => kind === "ecs-task-definition")?.text ?? "";
      expect(JSON.parse(task).containerDefinitions[0]).toMatchObject({
        environment: [
          { name: "DB_PASSWORD", value: "[left out]" },
          { name: "STAGE", value: "prod" },
        ],
        secrets: [{ name: "API_TOKEN", valueFrom: "arn:aws:ssm:eu-central-1:1:parameter/app/db" }],
      });
      expect(done.part.items.some(({ sealed }) => sealed)).toBe(false);
      for (const secret of SECRETS) expect(JSON.stringify(done)).not.toContain(secret);
    }));

  test("a key that cannot be used keeps back the secrets only, and is a gap", () =>
    within(async (folder) => {
      const given = {
        clients: clients(),
        baseDir: folder,
        applied: APPLIED,
        keyTrouble: "key file backup.key does not exist",
      };
      const done = await finish(partContext(what, given), "config");
      expect(done).toMatchObject({
        status: "done",
        gaps: [{ part: "config", why: expect.stringContaining("backup.key does not exist") }],
      });
      if (done.status === "done") expect(done.part.items.filter(({ kind }) => kind === "ssm")).toHaveLength(24);
    }));

  test("what cannot be read is a gap of its own and keeps back nothing else", () =>
    within(async (folder) => {
      const broken = { ...clients(), ecs: wireClients("http://127.0.0.1:9", { maxAttempts: 1 }).ecs };
      const files = { config: { ...what.config, files: ["nowhere", "one.key"] }, state: false };
      const context = partContext(files, {
        clients: broken,
        baseDir: folder,
        applied: APPLIED,
        sealer: await sealerOf(folder),
      });
      const done = await finish(context, "config");
      expect(done).toMatchObject({
        status: "done",
        gaps: [
          { kind: "unread", part: "config", why: expect.stringContaining("ECS cluster data") },
          { why: expect.stringContaining("nowhere does not exist") },
        ],
      });
    }));

  test("a restore lists by default, writes nothing without a folder, and puts back only on somebody's word", () =>
    within(async (folder) => {
      const sealer = await sealerOf(folder);
      const only = { config: { headgate: false, ssm: ["/app/db"], secrets: ["prod/a"] }, state: false };
      const done = await finish(partContext(only, { clients: clients(), sealer }), "config");
      if (done.status !== "done") throw new Error(done.why);
      const options = { plan: "hourly", point: POINT };
      expect((await restoreConfig(done.part, options)).map(({ status }) => status)).toEqual(["sealed", "sealed"]);
      expect((await restoreConfig(done.part, { ...options, sealer })).map(({ status }) => status)).toEqual([
        "listed",
        "listed",
      ]);
      const fresh = await vaultWire();
      try {
        const back = await restoreConfig(done.part, { ...options, sealer, putBack: wireClients(fresh.endpoint) });
        expect(back.map(({ status }) => status)).toEqual(["put_back", "put_back"]);
        expect(fresh.parameters.get("/app/db")).toEqual({ type: "SecureString", value: "hunter2-parameter" });
        expect(fresh.secrets.get("prod/a")).toEqual({ text: "hunter2-secret" });
      } finally {
        await fresh.close();
      }
      const moved = done.part.items.map((one, index, all) => ({
        ...one,
        sealed: all[1 - index]?.sealed ?? one.sealed,
      }));
      const swapped = await restoreConfig(
        { items: moved as typeof done.part.items },
        { ...options, sealer, folder: join(folder, "x") },
      );
      expect(swapped).toMatchObject([
        { status: "failed", why: expect.stringContaining("not what was sealed under that name") },
        { status: "failed" },
      ]);
    }));
});

describe("what may be secret", () => {
  test.each([
    ["password: hunter2", true],
    ["  - apiKey: abcdefgh", true],
    ["db_pass = 'x'", true],
    ["key: |\n  MIIEvQ", true],
    ["url: postgres://app:hunter2@db/x", true],
    ["header: Bearer abcdefghijkl", true],
    ["password: env:DB_PASSWORD", false],
    ["key: file:backup.key", false],
    ["kmsKey: arn:aws:kms:eu-central-1:1:key/x", false],
    ["password: ''", false],
    ["tokens:", false],
    ["url: https://prometheus:9090/x", false],
    ["services:\n  orders: {}", false],
  ])("%j: %s", (text, secret) => expect(textMayBeSecret(text)).toBe(secret));

  test.each([
    ["DB_PASSWORD", "x", true],
    ["STAGE", "prod", false],
    ["DATABASE_URL", "postgres://app:hunter2@db/x", true],
    ["API_TOKEN", "ssm:/app/token", false],
    ["SECRET", "", false],
  ])("%s=%s: %s", (name, value, secret) => expect(mayBeSecret(name, value)).toBe(secret));
});
