import type { Operation } from "../api/operation.ts";
import { ApplyBody, TextBody } from "./routes.ts";

const config = "/api/v1/config";
const yaml = "version: 1\nservices: {}\n";

/** What routes.ts beside it answers, for the OpenAPI document. */
export const configOperations: readonly Operation[] = [
  {
    method: "get",
    path: config,
    id: "getConfig",
    tag: "config",
    summary: "The configuration in force",
    scope: "read",
    answer: "Config",
  },
  {
    method: "get",
    path: `${config}/schema`,
    id: "getConfigSchema",
    tag: "config",
    summary: "JSON Schema of headgate.yaml",
    scope: "read",
    type: "application/schema+json",
  },
  {
    method: "post",
    path: `${config}/check`,
    id: "checkConfig",
    tag: "config",
    summary: "Names every fault of a configuration",
    scope: "read",
    body: { schema: TextBody, example: { text: yaml } },
    answer: "ConfigCheck",
    errors: ["input.too_large"],
  },
  {
    method: "post",
    path: `${config}/plan`,
    id: "planConfig",
    tag: "config",
    summary: "What applying a configuration would change",
    scope: "read",
    body: { schema: TextBody, example: { text: yaml } },
    answer: "ConfigPlan",
    errors: ["config.invalid", "input.too_large"],
  },
  {
    method: "post",
    path: `${config}/apply`,
    id: "applyConfig",
    tag: "config",
    summary: "Puts a configuration in force and reconciles its alarms",
    scope: "admin",
    idempotent: true,
    body: { schema: ApplyBody, example: { text: yaml, by: "ada", expected: "cfg_4029e93c1049e523" } },
    answer: "ConfigApplied",
    errors: ["config.invalid", "config.conflict", "input.too_large"],
  },
];
