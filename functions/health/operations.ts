import type { Operation } from "../api/operation.ts";

const health = "application/health+json";

/** What routes.ts beside it answers, for the OpenAPI document. */
export const healthOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/live",
    id: "live",
    tag: "health",
    summary: "Whether the process answers at all",
    answer: "Health",
    type: health,
  },
  {
    method: "get",
    path: "/ready",
    id: "ready",
    tag: "health",
    summary: "Whether state can be read and written",
    scope: "read",
    answer: "Health",
    type: health,
  },
  {
    method: "get",
    path: "/health",
    id: "health",
    tag: "health",
    summary: "How every part is",
    scope: "read",
    answer: "Health",
    type: health,
  },
  {
    method: "get",
    path: "/metrics",
    id: "metrics",
    tag: "health",
    summary: "Headgate's own metrics: Prometheus text, or OpenMetrics by Accept",
    scope: "read",
    type: "text/plain",
  },
  {
    method: "get",
    path: "/openapi.json",
    id: "openapi",
    tag: "health",
    summary: "This document",
    scope: "read",
    type: "application/json",
  },
];
