import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startLoad } from "../../bench/delivery-local/load.ts";
import { startHeadgate } from "../../local/headgate.ts";
import { SERVICE, tempDir } from "./world.ts";

const ROOT = join(import.meta.dirname, "..", "..");

test("on a real stack a bad version goes back and a good one becomes the service; no request is lost on the way", async () => {
  const dir = tempDir();
  const config = {
    version: 1,
    services: { svc: { run: { command: [process.execPath, SERVICE], env: { SERVICE_VERSION: "v1" }, grace: "1s" } } },
    delivery: { svc: { steps: [50], every: "10s", first: "60s", step: "10s", bake: "10s", gate: { history: 0 } } },
  };
  writeFileSync(join(dir, "headgate.yaml"), JSON.stringify(config));
  const running = await startHeadgate(
    {
      ...{ root: ROOT, console: false, config: join(dir, "headgate.yaml"), data: join(dir, "data") },
      ...{ port: 0, speed: 120, load: false, quiet: true },
    },
    { line: () => {}, error: () => {} },
  );
  onTestFinished(() => running.stop());
  const { runtime, fleet } = running.local;
  const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { "content-type": "application/json" };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${running.url}/api/v1/delivery/svc${path}`, init);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  interface View {
    readonly summary: {
      readonly last?: {
        readonly version: string;
        readonly phase: string;
        readonly failure?: { readonly reason: string };
      };
      readonly current?: unknown;
    };
    readonly versions: readonly { readonly version: string }[];
  }
  const over = async (version: string): Promise<View> => {
    for (;;) {
      const view = await api<View>("GET", "");
      if (view.summary.last?.version === version && view.summary.current === undefined) return view;
      await runtime.sleep(20);
    }
  };
  while ((await fleet.describe([{ name: "svc" }])).get("svc")?.ready !== 1) await runtime.sleep(10);
  const load = startLoad(running.facts.services[0]?.url ?? "", 250);

  await api("POST", "/releases", { version: "v2", environment: { MODE: "failing" }, why: "story" });
  const back = await over("v2");
  expect(back.summary.last).toMatchObject({ phase: "rolled_back", failure: { reason: "gate_failed" } });

  await api("POST", "/releases", { version: "v3", environment: { MODE: "ok" }, why: "story" });
  await api("POST", "/promote", { why: "the story has to end" });
  const promoted = await over("v3");
  expect(promoted.summary.last).toMatchObject({ phase: "promoted" });
  expect(promoted.versions.map(({ version }) => version)).toEqual(["v3"]);
  await load.stop();
  expect([...load.seen.versions.keys()].sort()).toEqual(["v1", "v2", "v3"]);
  expect(load.seen.dropped).toBe(0);
  // The circuit opens after five, and what is on its way then is on its way.
  expect(load.seen.injected).toBeGreaterThanOrEqual(5);
  expect(load.seen.injected).toBeLessThan(40);
  expect(fleet.backends("svc").map(({ version }) => version)).toEqual(["v3"]);
});
