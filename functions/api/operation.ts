import type * as v from "valibot";
import type { ErrorCode } from "../../shared/core/kernel/errors.ts";
import type { Scope } from "./context.ts";
import type { ShapeName } from "./schemas.ts";

/** One address and method of the API, as the OpenAPI document tells of it. */
export interface Operation {
  readonly method: "get" | "post" | "delete";
  /** In Hono's notation; ":name" is a path parameter. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  /** The least a key must allow; absent: no key needed. */
  readonly scope?: Scope;
  readonly query?: v.GenericSchema;
  readonly body?: { readonly schema: v.GenericSchema; readonly example: unknown };
  /** Honours Idempotency-Key. */
  readonly idempotent?: boolean;
  readonly status?: number;
  /** Status of the same answer where another function is handed the work. */
  readonly later?: 202;
  /** Shape of a good answer; absent with `type` for what is no JSON of ours, or with neither for an empty one. */
  readonly answer?: ShapeName;
  readonly type?: string;
  readonly errors?: readonly ErrorCode[];
}
