// What requests about people on call need, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { oncallOverrides } from "../../shared/core/alerting/oncall/overrides.ts";
export { calendarText, linkedCalendar } from "./oncall-calendar.ts";
export { addOverride, removeOverride } from "./oncall-change.ts";
export { oncallScheduleView, oncallView } from "./oncall-view.ts";
