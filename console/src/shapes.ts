import type { DecisionView, SeriesView, ServiceSummary } from "../../functions/api/views.ts";

/** Parts of the API's answers that have no name there. The console knows the API's types and nothing below them. */
export type Point = SeriesView["series"][number]["points"][number];
export type FleetStatus = NonNullable<ServiceSummary["status"]>;
export type InstanceStatus = FleetStatus["instances"][number];
export type Clause = DecisionView["trace"][number];
