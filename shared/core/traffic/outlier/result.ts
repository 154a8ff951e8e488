import type { Millis } from "../../kernel/time.ts";
import type { OutlierReason } from "../types.ts";
import { foundOutlier, type OutlierVerdict } from "./eject.ts";
import type { Finding } from "./judge.ts";
import { isEjected, type Outliers, type Tally } from "./state.ts";

/**
 * How a request ended. `gateway`: answered 502, 503 or 504; `5xx`: any other answer from 500 on; `local`: no answer (no connection,
 * reset, timeout). Which of them a status is: {@link outlierResultOf}.
 */
export type OutlierResult = "success" | "5xx" | "gateway" | "local";

export function outlierResultOf(status: number): OutlierResult {
  if (status === 502 || status === 503 || status === 504) return "gateway";
  return status >= 500 && status < 600 ? "5xx" : "success";
}

/** Found by a count that has just reached its limit. */
const inARow = (reason: OutlierReason, row: number): Finding => ({ reason, value: row, limit: row });

function count(tally: Tally, index: number, good: boolean): void {
  tally.all[index] = (tally.all[index] ?? 0) + 1;
  if (good) tally.good[index] = (tally.good[index] ?? 0) + 1;
}

function external(outliers: Outliers, index: number, result: OutlierResult, at: Millis): OutlierVerdict | undefined {
  const { config, fives, gateways } = outliers;
  count(outliers.external, index, result === "success");
  if (result === "success") {
    fives[index] = 0;
    gateways[index] = 0;
    return undefined;
  }
  // The gateway detector comes first, as a threshold may be reached by both at once and the first ejects.
  let verdict: OutlierVerdict | undefined;
  if (result === "5xx") gateways[index] = 0;
  else {
    const row = (gateways[index] ?? 0) + 1;
    gateways[index] = row;
    if (row === config.consecutiveGatewayFailure && !isEjected(outliers, index)) {
      verdict = foundOutlier(
        outliers,
        index,
        inARow("consecutive_gateway_failure", row),
        `${row} gateway errors in a row`,
        at,
      );
      gateways[index] = 0;
    }
  }
  const row = (fives[index] ?? 0) + 1;
  fives[index] = row;
  if (row === config.consecutive5xx && !isEjected(outliers, index)) {
    const found = foundOutlier(outliers, index, inARow("consecutive_5xx", row), `${row} errors (5xx) in a row`, at);
    verdict = found?.action === "ejected" || verdict === undefined ? found : verdict;
    fives[index] = 0;
  }
  return verdict;
}

function local(outliers: Outliers, index: number, good: boolean, at: Millis): OutlierVerdict | undefined {
  const { config, locals } = outliers;
  count(outliers.local, index, good);
  if (good) {
    locals[index] = 0;
    return undefined;
  }
  const row = (locals[index] ?? 0) + 1;
  locals[index] = row;
  if (row !== config.consecutiveLocalOriginFailure || isEjected(outliers, index)) return undefined;
  locals[index] = 0;
  return foundOutlier(
    outliers,
    index,
    inARow("consecutive_local_origin_failure", row),
    `${row} times in a row no answer came (no connection, reset or timeout)`,
    at,
  );
}

/**
 * Takes note of how a request to a host ended; a verdict if that ejects it (or would). Without `splitLocalOrigin` no answer counts
 * as a gateway error, as Envoy maps it; with it, such results have counts of their own and an answer of any status clears them.
 * A host that is ejected is counted on (requests under way still end), but found by nothing until it is back.
 */
export function outlierResult(
  outliers: Outliers,
  index: number,
  result: OutlierResult,
  at: Millis,
): OutlierVerdict | undefined {
  // The end of a request to a host that has left the list.
  if (!(index >= 0 && index < outliers.ids.length)) return undefined;
  if (!outliers.config.splitLocalOrigin) return external(outliers, index, result === "local" ? "gateway" : result, at);
  if (result === "local") return local(outliers, index, false, at);
  local(outliers, index, true, at);
  return external(outliers, index, result, at);
}
