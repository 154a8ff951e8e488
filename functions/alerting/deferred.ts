// What requests about alerts need, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { alertGroup } from "../../shared/core/alerting/machine.ts";
export { acknowledge, comment, unacknowledge } from "./acknowledge.ts";
export { listAlerts, listGroups } from "./am-alerts.ts";
export { dropSilenceV2, postAlerts, postSilence, receiversV2, silencesV2, silenceV2, statusV2 } from "./am-work.ts";
export { alertingOf } from "./context.ts";
export { alertExplanation } from "./explain-alert.ts";
export { historyLines, historyView } from "./history.ts";
export { actPage, askPage } from "./link-page.ts";
export { liveOf } from "./live.ts";
export { alertmanagerMetrics } from "./metrics.ts";
export { receiveAlerts } from "./receive.ts";
export { eventsView, replayView } from "./replay-view.ts";
export { statsView } from "./stats.ts";
export { alertsListView, escalationsView, groupsListView, labelFilter } from "./views-live.ts";
export { routesView, routeTestView, trialMessage } from "./views-routes.ts";
export { silenceEnded, silencePreview, silenceSet, silencesListView } from "./views-silences.ts";
