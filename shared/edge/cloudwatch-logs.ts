import { HeadgateError } from "../core/kernel/errors.ts";
import type { LogReader } from "./ecs-releases-logs.ts";
import type { Http } from "./http-client.ts";

export interface CloudWatchLogsOptions {
  /** Signs with the name `logs` for a region (sigv4-http.ts). */
  readonly http: (region: string) => Http;
  /** Where a place names none. */
  readonly region: string | undefined;
  /** One address instead of Amazon's. */
  readonly endpoint?: string;
}

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 1_048_576;

/**
 * The last lines of a stream of CloudWatch Logs, by one GetLogEvents: an SDK of 100 KB for one call is not loaded.
 *
 * @throws HeadgateError `releases.unavailable`
 */
export function cloudwatchLogs({ http, region, endpoint }: CloudWatchLogsOptions): LogReader {
  return async (place) => {
    const where = place.region ?? region;
    if (where === undefined) throw new HeadgateError("releases.unavailable", "no region is known for the log group");
    const url = new URL(endpoint ?? `https://logs.${where}.amazonaws.com${where.startsWith("cn-") ? ".cn" : ""}/`);
    const reply = await http(where)({
      method: "POST",
      url,
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "Logs_20140328.GetLogEvents" },
      body: JSON.stringify({
        logGroupName: place.group,
        logStreamName: place.stream,
        limit: place.lines,
        startFromHead: false,
      }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    // A container that has printed nothing yet has no stream.
    if (reply.status === 400 && reply.body.includes("ResourceNotFoundException")) return [];
    if (reply.status !== 200)
      throw new HeadgateError("releases.unavailable", `CloudWatch Logs answered ${reply.status}`, {
        retryable: reply.status >= 500,
      });
    const { events } = JSON.parse(reply.body) as { readonly events?: readonly { readonly message?: string }[] };
    return (events ?? []).flatMap(({ message }) => message ?? []);
  };
}
