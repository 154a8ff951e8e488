import type { TemplateFunction } from "../../go-template/function-types.ts";
import { type ListValue, type MapValue, type StructValue, stringOf, type Value } from "../../go-template/values.ts";
import { ALERTS, KV, kvOf, PAIRS, partsOf, STRINGS, sortedPairs } from "./values.ts";

type Method = TemplateFunction<unknown>;

const bare = <Receiver extends Value>(call: (self: Receiver) => Value): Method => ({
  params: [],
  call: ([self]) => call(self as Receiver),
});

const STRING = bare((self) => stringOf(self) ?? "");

/** Alerts of a status, as Go's plain []Alert: it has no methods. */
const having = (status: string): Method =>
  bare((self: ListValue) => ({
    kind: "list",
    type: "[]template.Alert",
    of: "template.Alert",
    items: self.items.filter((alert) => (alert as StructValue).fields.get("Status") === status),
  }));

const METHODS: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  [KV]: {
    SortedPairs: bare((self: MapValue) => sortedPairs(self)),
    Names: bare((self: MapValue) => partsOf(sortedPairs(self), "Name")),
    Values: bare((self: MapValue) => partsOf(sortedPairs(self), "Value")),
    Remove: {
      params: ["[]string"],
      call: ([self, names]) => {
        const gone = new Set((names as ListValue | null)?.items);
        return kvOf([...(self as MapValue).entries].filter(([name]) => !gone.has(name)));
      },
    },
    String: STRING,
  },
  [PAIRS]: {
    Names: bare((self: ListValue) => partsOf(self, "Name")),
    Values: bare((self: ListValue) => partsOf(self, "Value")),
    String: STRING,
  },
  [STRINGS]: {
    Join: { params: ["string"], call: ([self, separator]) => (self as ListValue).items.join(separator as string) },
  },
  [ALERTS]: { Firing: having("firing"), Resolved: having("resolved") },
};

/** Methods of upstream's KV, Pairs, Strings and Alerts. */
export function alertMethod(value: Exclude<Value, null>, name: string): Method | undefined {
  if (typeof value !== "object" || (value.kind !== "map" && value.kind !== "list")) return undefined;
  const methods = Object.hasOwn(METHODS, value.type) ? METHODS[value.type] : undefined;
  return methods && Object.hasOwn(methods, name) ? methods[name] : undefined;
}
