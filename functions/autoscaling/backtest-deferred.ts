// What a backtest needs beyond a decision, in one part: see functions/deferred.ts.
import "../shared-parts.ts";

export { runBacktestGently } from "./backtest.ts";
