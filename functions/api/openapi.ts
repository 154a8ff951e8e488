import { toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import type { ErrorCode } from "../../shared/core/kernel/errors.ts";
import { ERRORS } from "../../shared/shell/errors.ts";
import { examples } from "./examples.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { shapes } from "./schemas.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const exampleOf = (name: string): unknown =>
  Object.hasOwn(examples, name) ? examples[name as keyof typeof examples] : undefined;

/** JSON Schema without what only a root needs. */
function plainSchema(schema: object): Record<string, unknown> {
  const { $schema: _, ...rest } = schema as Record<string, unknown>;
  return rest;
}

function parameters(operation: Operation): object[] {
  const inPath = [...operation.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const query =
    operation.query && plainSchema(toJsonSchema(operation.query, { typeMode: "input", errorMode: "ignore" }));
  const members = Object.entries((query?.["properties"] ?? {}) as Record<string, object>);
  const inQuery = members.map(([name, schema]) => ({ name, in: "query", required: false, schema }));
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "The same key with the same body answers the same again for 24 hours and acts once.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
  };
  return [...inPath, ...inQuery, ...(operation.idempotent ? [key] : [])];
}

function goodAnswer(operation: Operation, description = "Done"): object {
  const { answer, type = "application/json" } = operation;
  if (answer) return { description, content: { [type]: { schema: ref(answer), example: exampleOf(answer) } } };
  return operation.type ? { description, content: { [type]: {} } } : { description };
}

/** Errors by status: several codes may share one. */
function badAnswers(operation: Operation): Record<string, object> {
  const codes: ErrorCode[] = [...(operation.errors ?? [])];
  if (operation.query || operation.body) codes.push("input.invalid");
  if (operation.idempotent) codes.push("idempotency.conflict");
  if (operation.scope) codes.push("access.denied", "access.forbidden", "store.unavailable");
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code][0]);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, found]) => [
        `${status}`,
        {
          description: found.map((code) => `${code}: ${ERRORS[code][1]}`).join("; "),
          content: { "application/problem+json": { schema: ref("Problem") } },
        },
      ]),
  );
}

function operationObject(operation: Operation): object {
  const { body } = operation;
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.scope ? { description: `Needs a key with scope ${operation.scope}.` } : { security: [] }),
    parameters: parameters(operation),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: plainSchema(toJsonSchema(body.schema, { typeMode: "input", errorMode: "ignore" })),
                example: body.example,
              },
            },
          },
        }
      : {}),
    responses: {
      [`${operation.status ?? 200}`]: goodAnswer(operation),
      ...(operation.later ? { [`${operation.later}`]: goodAnswer(operation, "Handed over") } : {}),
      ...badAnswers(operation),
    },
  };
}

/** The OpenAPI 3.1 document. Built by scripts/openapi.ts into openapi.json; the running API only reads that file. */
export function openapiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    const item = paths[path] ?? {};
    item[operation.method] = operationObject(operation);
    paths[path] = item;
  }
  const schemas = toJsonSchemaDefs(shapes, {
    errorMode: "ignore",
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  return {
    openapi: "3.1.0",
    info: {
      title: "Headgate",
      version,
      description:
        "Serverless control layer for streaming platforms. Errors are RFC 9457 problem details with a stable code.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "API key: hgk_<tenant>_<id>_<secret>" } },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [
          name,
          { ...plainSchema(schema), ...(name === "Problem" ? { examples: [examples.Problem] } : {}) },
        ]),
      ),
    },
  };
}
