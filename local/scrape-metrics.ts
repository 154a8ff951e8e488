import { type Agent, get } from "node:http";
import { sumsByName } from "./prometheus-text.ts";

/** What a service says of itself; absent where it does not. */
export interface OwnFigures {
  readonly busySeconds?: number;
  readonly workers?: number;
}

/** A service that sends more than this is not read (bytes). */
const MOST_BYTES = 4 * 1024 * 1024;

/** One GET of Prometheus text on loopback. Never throws; whatever goes wrong leaves the figures absent. */
export function scrapeMetrics(agent: Agent, port: number, path: string, timeoutMs: number): Promise<OwnFigures> {
  return new Promise((resolve) => {
    const request = get({ agent, host: "127.0.0.1", port, path, timeout: timeoutMs }, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > MOST_BYTES) request.destroy();
        else parts.push(part);
      });
      response.on("end", () => {
        if (response.statusCode !== 200) return resolve({});
        const sums = sumsByName(Buffer.concat(parts).toString("utf8"), [
          "service_busy_seconds_total",
          "service_workers",
        ]);
        const busySeconds = sums.get("service_busy_seconds_total");
        const workers = sums.get("service_workers");
        resolve({
          ...(busySeconds === undefined ? {} : { busySeconds }),
          ...(workers === undefined ? {} : { workers }),
        });
      });
      response.on("close", () => resolve({}));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve({}));
  });
}
