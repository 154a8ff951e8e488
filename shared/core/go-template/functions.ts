import { CallFault, type FunctionTable, type Limits, type TemplateFunction } from "./function-types.ts";
import { weightOf } from "./weight.ts";

/** A text or structure that is put together from itself doubles at each call: no function makes one larger than a whole output may be. */
function bounded<World>({ call, ...fn }: TemplateFunction<World>, limit: number): TemplateFunction<World> {
  return {
    ...fn,
    call: (args, world) => {
      const result = call(args, world);
      if (weightOf(result) > limit) throw new CallFault(`the result is longer than ${limit} characters`);
      return result;
    },
  };
}

/** A table of functions for an engine; later ones replace earlier ones of their name. */
export function functionTable<World>(
  limits: Limits,
  ...groups: readonly Readonly<Record<string, TemplateFunction<World>>>[]
): FunctionTable<World> {
  const all = groups.flatMap((group) => Object.entries(group));
  return new Map(all.map(([name, fn]) => [name, bounded(fn, limits.chars)]));
}

/** Whether a template may call it. */
export const isFunction = (functions: FunctionTable<never>, name: string): boolean =>
  name === "and" || name === "or" || functions.has(name);
