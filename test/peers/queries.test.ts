import { describe } from "vitest";
import { httpClient } from "../../shared/edge/http-client.ts";
import { prometheusQueries } from "../../shared/edge/prometheus-queries.ts";
import { queriesContract } from "../contract/queries.ts";
import { missing } from "./parts.ts";
import { startPrometheus } from "./prometheus.ts";

const why = missing("prometheus");
const AT = Date.UTC(2026, 10, 22, 12, 0, 0);

describe.skipIf(why)(`on a real Prometheus${why ? ` [skipped: ${why}]` : ""}`, () => {
  queriesContract("the Prometheus HTTP API", AT, async (series) => {
    const prometheus = await startPrometheus();
    await prometheus.write(series);
    return {
      queries: prometheusQueries({ url: prometheus.endpoint, http: httpClient({ allowLocal: true }) }),
      breakDown: () => prometheus.stop(),
      close: () => prometheus.stop(),
    };
  });
});
