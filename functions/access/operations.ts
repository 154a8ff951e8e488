import type { Operation } from "../api/operation.ts";
import { CreateBody, KeysQuery } from "./routes.ts";

const keys = "/api/v1/access/keys";

/** What routes.ts beside it answers, for the OpenAPI document. */
export const accessOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/api/v1/access/me",
    id: "getMe",
    tag: "access",
    summary: "Who the key belongs to, and what it allows",
    scope: "read",
    answer: "Me",
  },
  {
    method: "get",
    path: keys,
    id: "listKeys",
    tag: "access",
    summary: "API keys, without their secrets",
    scope: "admin",
    query: KeysQuery,
    answer: "Keys",
  },
  {
    method: "post",
    path: keys,
    id: "createKey",
    tag: "access",
    summary: "A new API key; its text is in this answer only",
    scope: "admin",
    idempotent: true,
    body: { schema: CreateBody, example: { name: "ci", scope: "operate", expires: "90d" } },
    status: 201,
    answer: "KeyCreated",
  },
  {
    method: "delete",
    path: `${keys}/:id`,
    id: "revokeKey",
    tag: "access",
    summary: "Makes a key worthless at once",
    scope: "admin",
    status: 204,
    errors: ["access.unknown"],
  },
];
