import type { Operation } from "../api/operation.ts";
import { SeriesQuery } from "./routes.ts";

const service = "/api/v1/services";

/** What routes.ts beside it answers, for the OpenAPI document. */
export const servicesOperations: readonly Operation[] = [
  {
    method: "get",
    path: service,
    id: "listServices",
    tag: "services",
    summary: "Every service: health, counts, newest measurements, last decision",
    scope: "read",
    answer: "Services",
  },
  {
    method: "get",
    path: `${service}/:service`,
    id: "getService",
    tag: "services",
    summary: "One service with its last decisions",
    scope: "read",
    answer: "Service",
    errors: ["service.unknown"],
  },
  {
    method: "get",
    path: `${service}/:service/series`,
    id: "getSeries",
    tag: "services",
    summary: "Measurements over time; gaps stay gaps",
    scope: "read",
    query: SeriesQuery,
    answer: "Series",
    errors: ["service.unknown"],
  },
];
