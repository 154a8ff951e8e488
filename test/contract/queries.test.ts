import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { prometheusQueries } from "../../shared/edge/prometheus-queries.ts";
import { prometheusWire } from "../fakes/prometheus-wire.ts";
import { queriesContract } from "./queries.ts";

const AT = Date.UTC(2026, 10, 22, 12, 0, 0);

queriesContract(
  "the built-in evaluator",
  AT,
  async (series) => ({ queries: queriesOver(memorySource(series)), close: async () => undefined }),
  {
    "when nobody answers it is an error that may be tried again, never an empty answer":
      "it is in the same process; there is nobody to go away",
  },
);

queriesContract("the Prometheus HTTP API on the wire fake", AT, async (series) => {
  const wire = await prometheusWire(() => series);
  return {
    queries: prometheusQueries({ url: wire.endpoint, http: httpClient({ allowLocal: true }) }),
    breakDown: () => wire.close(),
    close: () => wire.close(),
  };
});
