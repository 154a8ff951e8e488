/**
 * State and journal in one table. Aggregates and decision records are told apart by the prefix of `pk`; the sparse index
 * `due` holds what wants to be looked at, the index `gsi1` the journal's second order.
 */
export function createTable() {
  return new sst.aws.Dynamo("Table", {
    fields: { pk: "string", sk: "string", duePk: "string", dueAt: "number", gsi1pk: "string", gsi1sk: "string" },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    globalIndexes: {
      // Keys alone, and only of items that are due at some time: an idle service costs no index write.
      due: { hashKey: "duePk", rangeKey: "dueAt", projection: "keys-only" },
      gsi1: { hashKey: "gsi1pk", rangeKey: "gsi1sk", projection: "all" },
    },
    ttl: "ttl",
    deletionProtection: $app.stage === "prod",
    transform: {
      table: (table) => {
        // The component's default, written down because restoring the control plane rests on it.
        table.pointInTimeRecovery = { enabled: true };
      },
    },
  });
}
