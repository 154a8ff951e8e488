import { expect, test } from "vitest";
import { listBackends } from "../../functions/traffic/registry.ts";
import { discoveryLoop } from "../../local/traffic/discovery-loop.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DiscoveryAnswer } from "../../shared/core/ports/discovery.ts";
import { registryWorld, TENANT } from "../traffic/registry-kit.ts";

const CONFIG = `version: 1
traffic:
  search: { discover: { cloudMap: { namespace: data, service: search } } }
  plain: { backends: [{ host: 10.0.0.1, port: 80 }] }
`;

test("what a source lists gets requests here too, and one that is down takes nothing away and is told of once", async () => {
  const { runtime } = await registryWorld(CONFIG);
  const asked: string[] = [];
  const changed: string[] = [];
  const troubles: string[] = [];
  let down = false;
  const loop = discoveryLoop({
    runtime,
    sources: async () => ({
      discover: async ({ service }): Promise<DiscoveryAnswer> => {
        asked.push(service);
        if (down) throw new HeadgateError("discovery.unavailable", "Cloud Map does not answer", { retryable: true });
        return { backends: [{ id: "i-1", host: "10.1.0.1", port: 8080 }], panic: false, left: [] };
      },
    }),
    onChange: (service) => void changed.push(service),
    onTrouble: (service, text) => void troubles.push(`${service}: ${text}`),
    onError: (error) => {
      throw error;
    },
  });
  await loop.look();
  await loop.look();
  expect(asked).toEqual(["search", "search"]);
  expect(changed).toEqual(["search"]);
  down = true;
  await loop.look();
  await loop.look();
  await loop.stop();
  expect(troubles).toEqual([expect.stringContaining("Cloud Map does not answer")]);
  expect((await listBackends(runtime, TENANT, "search")).map(({ id }) => id)).toEqual(["i-1"]);
});
