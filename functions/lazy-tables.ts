import type { PagedTables } from "../shared/core/ports/tables.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";

export interface LazyTablesDeps {
  readonly clients: Pick<AwsClients, "athena">;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Athena, where the configuration names it; what asks it is loaded at the first statement. */
export function lazyTables({ clients, sleep }: LazyTablesDeps) {
  return (at: {
    readonly workgroup: string;
    readonly database: string;
    readonly region?: string;
    readonly timeoutMs?: number;
  }): PagedTables => {
    const open = async () => (await import("./athena.ts")).athenaTables({ ...at, client: clients.athena, sleep });
    return {
      engine: "athena",
      query: async (sql, options) => (await open()).query(sql, options),
      async *pages(sql) {
        yield* (await open()).pages(sql);
      },
      close: async () => {},
    };
  };
}
