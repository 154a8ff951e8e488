import { CallFault, type TemplateFunction } from "./function-types.ts";
import { sprintf } from "./printf.ts";
import { plainOf, typeName, type Value, valueText } from "./values.ts";

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

const isNil = (value: Value): boolean =>
  value === null ||
  (typeof value === "object" && (value.kind === "map" || value.kind === "list") && value.nil === true);

const kindOf = (value: Value): string => (typeof value === "object" && value !== null ? value.kind : typeof value);

/** Go since 1.25 names the types that do not go together, Prometheus's releases are older. */
function comparisons(namesTypes: boolean): Readonly<Record<string, TemplateFunction>> {
  const apart = (a: Value, b: Value): CallFault =>
    new CallFault(`incompatible types for comparison${namesTypes ? `: ${typeName(a)} and ${typeName(b)}` : ""}`);

  /** Go does not compare an int with a float: `eq $value 5` is an error, `eq $value 5.0` is not. */
  const same = (left: Value, right: Value): boolean => {
    const [a, b] = [plainOf(left), plainOf(right)];
    const [one, other] = [basic(a), basic(b)];
    if (one !== other) {
      if (a === null || b === null) return false;
      throw apart(left, right);
    }
    if (one !== undefined) return a === b;
    if (a !== null && b !== null && kindOf(a) !== kindOf(b))
      throw new CallFault(
        `non-comparable types ${valueText(a)}: ${typeName(left)}, ${typeName(right)}: ${valueText(b)}`,
      );
    if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
    if (typeof a === "object" && typeof b === "object" && a?.kind === "time" && b?.kind === "time")
      return a.nanos === b.nanos && a.zone === b.zone;
    throw new CallFault(
      namesTypes
        ? `non-comparable type ${sprintf("%s", [b])}: ${typeName(right)}`
        : `non-comparable type ${typeName(a)}: uncomparable`,
    );
  };

  const less = (left: Value, right: Value): boolean => {
    const [a, b] = [plainOf(left), plainOf(right)];
    const [one, other] = [basic(a), basic(b)];
    if (one === undefined || other === undefined) throw new CallFault("invalid type for comparison");
    if (one !== other) throw apart(left, right);
    if (one === "bool") throw new CallFault("invalid type for comparison");
    return (a as number) < (b as number);
  };

  const pair = (call: (a: Value, b: Value) => boolean): TemplateFunction => ({
    params: ["any", "any"],
    call: ([a = null, b = null]) => call(a, b),
  });
  return {
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
}

/** eq, ne, lt, le, gt and ge; eq takes any number of values and says whether the first equals one of the others. */
export const COMPARISONS = comparisons(true);
/** The same with the messages of Go before 1.25. */
export const OLDER_COMPARISONS = comparisons(false);
