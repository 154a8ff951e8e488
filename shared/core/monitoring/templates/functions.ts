import { COMPARISONS } from "./compare.ts";
import type { TemplateFunction } from "./function-types.ts";
import { GO_FUNCTIONS } from "./functions-go.ts";
import { PROMETHEUS_FUNCTIONS } from "./functions-prometheus.ts";

const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries({ ...GO_FUNCTIONS, ...COMPARISONS, ...PROMETHEUS_FUNCTIONS }),
);

/** A function by its name; `and` and `or` are not among them. */
export const functionNamed = (name: string): TemplateFunction | undefined => FUNCTIONS.get(name);

/** Whether a template may call it. */
export const isFunction = (name: string): boolean => name === "and" || name === "or" || FUNCTIONS.has(name);
