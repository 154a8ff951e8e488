// Loaded when a route has labels that are templates.
import "../shared-parts.ts";

export { templateData } from "../../shared/core/alerting/templates/data.ts";
export { templatesOf } from "./templates-of.ts";
