import type { AthenaClient, GetQueryResultsCommandOutput, QueryExecution, Row } from "@aws-sdk/client-athena";
import { readsOnly, standardIntervals, statementsOf } from "../core/cost/sql/statements.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { PagedTables, TableRows } from "../core/ports/tables.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName, awsRetryable } from "./aws-errors.ts";

export interface AthenaDeps {
  readonly client: ClientSource<AthenaClient>;
  /** Has the place of the results, and what a query may read at the most. */
  readonly workgroup: string;
  readonly database: string;
  readonly region?: string;
  /** Real milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Real ms a statement may take, waiting for its turn included. Default 120,000. */
  readonly timeoutMs?: number;
}

const ROWS = 10_000;
/** Rows of a page, Athena's most. */
const PAGE = 1_000;
const FIRST_LOOK_MS = 200;
const LAST_LOOK_MS = 2_000;

const invalid = (why: string, cause?: unknown): HeadgateError =>
  new HeadgateError("query.invalid", why, cause === undefined ? {} : { cause });

/** The one statement, in the words of Athena; `INTERVAL '30 days'` is made standard. */
function oneStatement(sql: string): string {
  const statements = statementsOf(sql);
  const [statement] = statements;
  if (statement === undefined || statements.length > 1)
    throw invalid(`one statement at a time, not ${statements.length}`);
  if (!readsOnly(statement))
    throw invalid("only statements that read are carried out: SELECT, WITH, VALUES, SHOW, DESCRIBE");
  return standardIntervals(statement);
}

/** What became of it, as an error; the statement's own fault is final. */
function failure(execution: QueryExecution): HeadgateError {
  const { Status: status } = execution;
  const said =
    status?.AthenaError?.ErrorMessage ?? status?.StateChangeReason ?? "it failed and Athena does not say why";
  // 1: the service, 2: whoever asked, 3: anything else (Athena's AthenaError.ErrorCategory).
  const own =
    status?.State === "FAILED" && status.AthenaError?.ErrorCategory !== 1 && status.AthenaError?.Retryable !== true;
  if (own) return invalid(said);
  return new HeadgateError(
    "query.unavailable",
    `Athena ${status?.State === "CANCELLED" ? "gave the statement up" : "failed"}: ${said}`,
    {
      retryable: true,
    },
  );
}

const cells = (row: Row): (string | null)[] => (row.Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null);

/** SQL on Athena. Values come as Athena writes them: decimals with all their digits. Errors: see the port. */
export function athenaTables(deps: AthenaDeps): PagedTables {
  const { workgroup, database, sleep } = deps;
  const timeoutMs = deps.timeoutMs ?? 120_000;
  const asked = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof HeadgateError) throw error;
      // The statement was looked at before it was begun, and is at fault.
      if (awsErrorName(error) === "InvalidRequestException" && !awsRetryable(error))
        throw invalid(error instanceof Error ? error.message : String(error), error);
      throw awsError("query.unavailable", `Athena could not ${what}`, error);
    }
  };

  const finished = async (client: AthenaClient, id: string): Promise<QueryExecution> => {
    const calls = await import("./athena-calls.ts");
    let waited = 0;
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 1.5, LAST_LOOK_MS)) {
      const { QueryExecution: one } = await asked("tell how the statement is", () =>
        calls.getQuery(client, { QueryExecutionId: id }),
      );
      const state = one?.Status?.State;
      if (one !== undefined && state === "SUCCEEDED") return one;
      if (one !== undefined && (state === "FAILED" || state === "CANCELLED")) throw failure(one);
      if (waited >= timeoutMs) {
        // Its time is paid for as long as it runs; that it ends by itself is no reason to tell of this.
        await calls.stopQuery(client, { QueryExecutionId: id }).catch(() => undefined);
        throw new HeadgateError("query.unavailable", `the statement took longer than ${timeoutMs} ms and was stopped`, {
          retryable: true,
        });
      }
      await sleep(wait);
      waited += wait;
    }
  };

  /** Pages of an answer. `most`: rows that are of use at all, so that the last page is not longer than it need be. */
  async function* pagesOf(
    client: AthenaClient,
    { QueryExecutionId: id, StatementType: type }: QueryExecution,
    most = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<TableRows> {
    const calls = await import("./athena-calls.ts");
    // Of a query the first row of all is the names of its columns.
    let heading = type === undefined || type === "DML" ? 1 : 0;
    let columns: TableRows["columns"] | undefined;
    let token: string | undefined;
    let given = 0;
    do {
      const page: GetQueryResultsCommandOutput = await asked("give the rows", () =>
        calls.getResults(client, {
          QueryExecutionId: id,
          MaxResults: Math.min(PAGE, most - given + 1),
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      columns ??= (page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map((one) => ({
        name: one.Name ?? "",
        type: one.Type === "decimal" ? `decimal(${one.Precision},${one.Scale})` : (one.Type ?? ""),
      }));
      const rows = (page.ResultSet?.Rows ?? []).slice(heading, heading + most - given).map(cells);
      heading = 0;
      given += rows.length;
      yield { columns, rows };
      token = page.NextToken === "" ? undefined : page.NextToken;
    } while (token !== undefined && given < most);
  }

  /** Begun, and over; what it has read is told with it. */
  const carriedOut = async (
    sql: string,
  ): Promise<{
    readonly client: AthenaClient;
    readonly done: QueryExecution;
    readonly scanned: Pick<TableRows, "scannedBytes">;
  }> => {
    const statement = oneStatement(sql);
    const [client, calls] = await Promise.all([
      asked("be reached", () => clientOf(deps.client, deps.region)),
      import("./athena-calls.ts"),
    ]);
    const { QueryExecutionId: id } = await asked("begin", () =>
      calls.startQuery(client, {
        QueryString: statement,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
      }),
    );
    if (id === undefined) throw new HeadgateError("query.unavailable", "Athena began nothing", { retryable: true });
    const done = await finished(client, id);
    const bytes = done.Statistics?.DataScannedInBytes;
    return {
      client,
      done: { ...done, QueryExecutionId: id },
      scanned: bytes === undefined ? {} : { scannedBytes: bytes },
    };
  };

  return {
    engine: "athena",
    query: async (sql, options) => {
      const { client, done, scanned } = await carriedOut(sql);
      const rows: (readonly (string | null)[])[] = [];
      let columns: TableRows["columns"] = [];
      for await (const page of pagesOf(client, done, options?.limit ?? ROWS)) {
        columns = page.columns;
        for (const row of page.rows) rows.push(row);
      }
      return { columns, rows, ...scanned };
    },
    async *pages(sql) {
      const { client, done, scanned } = await carriedOut(sql);
      let told = scanned;
      for await (const page of pagesOf(client, done)) {
        yield { ...page, ...told };
        told = {};
      }
    },
    close: async () => {},
  };
}
