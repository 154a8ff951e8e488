import { expect, test } from "vitest";
import { keepLoadResult, loadResults } from "../../functions/readiness/load-results.ts";
import { type LoadReport, loadReport } from "../../shared/core/readiness/load/report.ts";

test("results of a service are kept and listed, the newest first; what cannot be read proves nothing", async () => {
  const kept = new Map<string, Uint8Array>();
  const objects = {
    put: async (key: string, body: Uint8Array | string) => {
      kept.set(key, typeof body === "string" ? new TextEncoder().encode(body) : body);
      return { key, size: 1, modifiedAt: 0, etag: "" };
    },
    get: async (key: string) => kept.get(key),
    list: async (prefix: string) => ({
      items: [...kept.keys()]
        .filter((key) => key.startsWith(prefix))
        .sort()
        .map((key) => ({ key, size: 1, modifiedAt: 0, etag: "" })),
    }),
  };
  const report = (id: string, service: string): LoadReport & { readonly service: string } => ({
    ...loadReport({
      ...{ id, name: "a", service, target: "x", startedAt: 0, endedAt: 1, rows: [], samples: [], instances: [] },
      ...{ objectives: [], warmup: 0, use: 0.7 },
    }),
    service,
  });
  for (const one of [report("loa_1", "a.b"), report("loa_2", "a.b"), report("loa_1", "a")])
    await keepLoadResult(objects, "default", one);
  kept.set("readiness/load/default/a%2Eb/loa_3.json", new TextEncoder().encode("{"));
  expect((await loadResults(objects, "default", "a.b")).map(({ id }) => id)).toEqual(["loa_2", "loa_1"]);
  expect(await loadResults(objects, "other", "a.b")).toEqual([]);
});
