import type { Charge } from "../types.ts";

/** Members of a charge that are text, apart from its day and tags: charges that differ in one of them are two. */
export const TEXTS = [
  "currency",
  "provider",
  "account",
  "subAccount",
  "service",
  "serviceCategory",
  "resourceType",
  "resourceKind",
  "resourceId",
  "resourceName",
  "region",
  "category",
  "commitmentId",
  "commitmentStatus",
  "usageType",
  "unit",
] as const satisfies readonly (keyof Charge)[];
/** Members that are added up where charges are one. */
export const AMOUNTS = [
  "billed",
  "effective",
  "list",
  "contracted",
  "quantity",
] as const satisfies readonly (keyof Charge)[];
