import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { lagSampler, machineSampler, processSampler, watchSampler } from "../../local/load-test/samplers.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { newBatch } from "../../shared/edge/memory-streams-batch.ts";

test.runIf(process.platform === "linux")(
  "an instance is one process, whatever it starts and whatever guards it",
  async () => {
    const service = `load-${process.pid}-${Date.now()}`;
    // A leader of a group with a child, and a process of its group that is nobody's child here: as instances are started.
    const script = "sleep 20 & (sleep 20 &) ; echo up; while :; do :; done";
    const child = spawn("sh", ["-c", script], { detached: true, env: { ...process.env, SERVICE_NAME: service } });
    onTestFinished(() => void process.kill(-(child.pid as number), "SIGKILL"));
    await once(child.stdout, "data");
    const sampler = processSampler(service, { cpus: 1, memoryLimitMb: 64 });
    expect((await sampler.look()).map(({ resource }) => resource)).toEqual([`memory of ${service}`]);
    expect(sampler.instances?.()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 120));
    const [cpu, memory] = await sampler.look();
    expect(cpu).toMatchObject({ resource: `cpu of ${service}` });
    expect(cpu?.share).toBeGreaterThan(0.05);
    expect(memory?.share).toBeGreaterThan(0);
    expect(memory?.share).toBeLessThan(1);
    const nobody = processSampler(`${service}-x`, { cpus: 1, memoryLimitMb: 64 });
    expect(await nobody.look()).toEqual([]);
    expect(nobody.instances?.()).toBeUndefined();
  },
);

test("a watched metric is a share of its limit; a counter its growth; one that is not there is absent", async () => {
  let total = 100;
  const server = createServer((_request, response) => response.end(`busy{a="1"} 3\nbusy{a="2"} 1\ntotal ${total}\n`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const watch = (metric: string, counter = false) => watchSampler({ resource: "r", url, metric, limit: 8, counter });
  expect(await watch("busy").look()).toEqual([{ resource: "r", share: 0.5 }]);
  expect(await watch("nothing").look()).toEqual([]);
  const counter = watch("total", true);
  expect(await counter.look()).toEqual([]);
  total = 200;
  const [grown] = await counter.look();
  expect(grown?.share).toBeGreaterThan(0);
  total = 5;
  expect(await counter.look()).toEqual([]);
});

test("a watched address that leads elsewhere is not followed", async () => {
  let followed = 0;
  const server = createServer((request, response) => {
    if (request.url !== "/there") return void response.writeHead(302, { location: "/there" }).end();
    followed += 1;
    response.end("busy 3\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const sampler = watchSampler({ resource: "r", url, metric: "busy", limit: 8, counter: false });
  await expect(sampler.look()).rejects.toThrow();
  expect(followed).toBe(0);
});

test("lag is what a group has not read of all its partitions; a group without positions has none", async () => {
  const streams = memoryStreams();
  await streams.createTopic({ name: "t", partitions: 2, replicationFactor: 1, configs: [] });
  const records = newBatch(
    Array.from({ length: 10 }, () => ({ value: "x" })),
    0,
    "none",
  );
  await streams.append([0, 1].map((partition) => ({ topic: "t", partition, records })));
  expect(await lagSampler(streams, "g", 10).look()).toEqual([]);
  await streams.setGroupOffsets("g", [
    { topic: "t", partition: 0, offset: 4 },
    { topic: "t", partition: 1, offset: 10 },
  ]);
  expect(await lagSampler(streams, "g", 10).look()).toEqual([{ resource: "lag of g", share: 0.6 }]);
});

test("this machine's processors are between idle and full", async () => {
  const sampler = machineSampler();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const [found] = await sampler.look();
  expect(found?.share).toBeGreaterThanOrEqual(0);
  expect(found?.share).toBeLessThan(1.06);
});
