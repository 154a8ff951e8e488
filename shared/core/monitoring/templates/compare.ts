import { CallFault, type TemplateFunction } from "./function-types.ts";
import { typeName, type Value } from "./values.ts";

type Basic = "bool" | "int" | "float" | "string";

function basic(value: Value): Basic | undefined {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "string":
      return "string";
    default:
      return undefined;
  }
}

/** Go does not compare an int with a float: `eq $value 5` is an error, `eq $value 5.0` is not. */
function same(a: Value, b: Value): boolean {
  const [one, other] = [basic(a), basic(b)];
  if (a === null || b === null) return a === b;
  if (one !== other) throw new CallFault("incompatible types for comparison");
  if (one === undefined) throw new CallFault(`non-comparable type ${typeName(a)}: uncomparable`);
  return a === b;
}

function less(a: Value, b: Value): boolean {
  const [one, other] = [basic(a), basic(b)];
  if (one === undefined || other === undefined || one === "bool") throw new CallFault("invalid type for comparison");
  if (one !== other) throw new CallFault("incompatible types for comparison");
  return (a as number) < (b as number);
}

const [first, second] = [(args: readonly Value[]) => args[0] ?? null, (args: readonly Value[]) => args[1] ?? null];
const pair = (call: (a: Value, b: Value) => boolean): TemplateFunction => ({
  params: ["any", "any"],
  call: (args) => call(first(args), second(args)),
});

/** eq takes any number of values and says whether the first equals one of the others. */
export const COMPARISONS: Readonly<Record<string, TemplateFunction>> = {
  eq: {
    params: ["any"],
    rest: "any",
    call: ([head = null, ...others]) => {
      if (others.length === 0) throw new CallFault("missing argument for comparison");
      return others.some((one) => same(head, one));
    },
  },
  ne: pair((a, b) => !same(a, b)),
  lt: pair(less),
  le: pair((a, b) => less(a, b) || same(a, b)),
  // With NaN neither lt nor eq holds, and Go's gt is "not le".
  gt: pair((a, b) => !(less(a, b) || same(a, b))),
  ge: pair((a, b) => !less(a, b)),
};
