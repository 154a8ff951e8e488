import { COMPARISONS } from "./compare.ts";
import { CallFault, type TemplateFunction } from "./function-types.ts";
import { GO_FUNCTIONS } from "./functions-go.ts";
import { PROMETHEUS_FUNCTIONS } from "./functions-prometheus.ts";

/** As long as a whole text may be (execute.ts). A text that is put together from itself doubles at each call. */
const LONGEST_RESULT = 65_536;

const bounded = ({ call, ...fn }: TemplateFunction): TemplateFunction => ({
  ...fn,
  call: (args, world) => {
    const result = call(args, world);
    if (typeof result === "string" && result.length > LONGEST_RESULT)
      throw new CallFault(`the result is longer than ${LONGEST_RESULT} characters`);
    return result;
  },
});

const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries({ ...GO_FUNCTIONS, ...COMPARISONS, ...PROMETHEUS_FUNCTIONS }).map(([name, fn]) => [name, bounded(fn)]),
);

/** A function by its name; `and` and `or` are not among them. */
export const functionNamed = (name: string): TemplateFunction | undefined => FUNCTIONS.get(name);

/** Whether a template may call it. */
export const isFunction = (name: string): boolean => name === "and" || name === "or" || FUNCTIONS.has(name);
