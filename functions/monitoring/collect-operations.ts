import type { Operation } from "../api/operation.ts";
import { CollectBody } from "./collect-routes.ts";

const service = "/api/v1/monitoring/services/:service";

/** What collect-routes.ts beside it answers, for the OpenAPI document. */
export const collectOperations: readonly Operation[] = [
  {
    method: "get",
    path: `${service}/metrics`,
    id: "getServiceMetrics",
    tag: "monitoring",
    summary: "What a service said of itself when it was collected last",
    scope: "read",
    answer: "Collected",
    errors: ["service.unknown"],
  },
  {
    method: "post",
    path: `${service}/collect`,
    id: "collectService",
    tag: "monitoring",
    summary: "Asks a service for health, performance and data processing, and reads its resources",
    scope: "operate",
    idempotent: true,
    body: { schema: CollectBody, example: {} },
    answer: "Collected",
    errors: ["service.unknown"],
  },
];
