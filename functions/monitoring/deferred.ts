/**
 * What the rules need, in one part that is loaded with the first request about them: PromQL, templates and regular expressions are
 * larger than the whole rest of the API.
 */
import "../shared-parts.ts";

export { alertRule } from "../../shared/core/monitoring/rule-machine.ts";
export { ruleBacktestView } from "./backtest.ts";
export { evaluateRules } from "./evaluate.ts";
export { queryRangeView, queryView } from "./query.ts";
export { ruleAlarms } from "./rule-alarms.ts";
export { alertsView, ruleDetailView, rulesEvaluatedView, rulesView } from "./view.ts";
