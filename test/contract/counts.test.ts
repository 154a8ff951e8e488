import { gatewayCounts } from "../../local/delivery/gateway-counts.ts";
import { versionsServed } from "../../local/gateway/version-counts.ts";
import { memoryCounts } from "../../shared/edge/memory-counts.ts";
import { countsContract } from "./counts.ts";

/** 2026-01-05T00:00:00Z. */
const START = 1_767_571_200_000;

countsContract("memory", async () => {
  const memory = memoryCounts();
  return {
    counts: memory.counts,
    service: "orders",
    start: START,
    serve: async (requests, slowMs) => {
      for (const { version, at, ms, failed } of requests)
        memory.record("orders", version, at, {
          requests: 1,
          errors: failed ? 1 : 0,
          slow: ms > slowMs ? 1 : 0,
          p99Ms: ms,
        });
    },
    breakDown: async () => memory.unreachable(true),
    close: async () => undefined,
  };
});

countsContract(
  "the gateway of this process",
  async () => {
    const served = versionsServed(START);
    return {
      counts: gatewayCounts((service) => (service === "orders" ? served : undefined)),
      service: "orders",
      start: START,
      serve: async (requests) => {
        for (const { version, at, ms, failed } of requests) served.ended(version, at, ms, failed ?? false);
      },
      close: async () => undefined,
    };
  },
  {
    "a source that does not answer is an error that may be tried again, never zeros":
      "it is in this process and cannot be away",
  },
);
