// Loaded together when the first alert is sent, see lazy-alerts.ts.
import "./shared-parts.ts";

export { alertmanagerAlerts } from "../shared/edge/alertmanager-alerts.ts";
export { httpClient } from "../shared/edge/http-client.ts";
export { receiversOf } from "./monitoring/receivers.ts";
