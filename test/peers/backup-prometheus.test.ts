import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { restoreMetrics } from "../../functions/backup/parts/restore-metrics.ts";
import { finish, partContext } from "../backup/parts-kit.ts";
import { missing } from "./parts.ts";
import { startPrometheus } from "./prometheus.ts";

const why = missing("prometheus");

describe.skipIf(why)(`metrics of a restore point${why ? ` [skipped: ${why}]` : ""}`, () => {
  test("another Prometheus on the restored snapshot answers as the first one did", async () => {
    const into = mkdtempSync(join(tmpdir(), "headgate-restored-"));
    const from = await startPrometheus({ args: ["--web.enable-admin-api"] });
    try {
      const newest = Math.floor(Date.now() / 60_000) * 60_000;
      const points = Array.from({ length: 60 }, (_, index) => ({
        at: newest - (59 - index) * 60_000,
        value: index * index,
      }));
      await from.write([
        { labels: { __name__: "orders_total", shop: "a" }, points },
        { labels: { __name__: "orders_total", shop: "b" }, points },
      ]);
      const asked = "sum by (shop) (increase(orders_total[30m]))";
      const before = await from.instant(asked, newest);
      expect(before).toMatchObject({ status: "success", data: { result: [{}, {}] } });
      const data = join(from.folder, "data");
      const context = partContext({ metrics: { prometheus: from.endpoint, data } });
      const done = await finish(context, "metrics");
      if (done.status !== "done") throw new Error(done.why);
      expect(done.part.objects.length).toBeGreaterThan(2);
      expect(existsSync(join(data, "snapshots"))).toBe(false);
      await restoreMetrics(context.places, done.part, into);
      const to = await startPrometheus({ data: into });
      try {
        expect(await to.instant(asked, newest)).toEqual(before);
      } finally {
        await to.stop();
      }
    } finally {
      await from.stop();
      rmSync(into, { recursive: true, force: true });
    }
  });

  test("a server whose admin API is off says how it has to be started", async () => {
    const server = await startPrometheus();
    try {
      const done = await finish(
        partContext({ metrics: { prometheus: server.endpoint, data: join(server.folder, "data") } }),
        "metrics",
      );
      expect(done).toMatchObject({ status: "failed", why: expect.stringContaining("--web.enable-admin-api") });
    } finally {
      await server.stop();
    }
  });
});
