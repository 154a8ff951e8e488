import type { UsageName } from "../core/cost/self/prices.ts";
import { chargedBytes } from "../core/cost/sql/charged-bytes.ts";

/** Who keeps count. */
export type AddUsage = (name: UsageName, count: number) => void;

type Handler = (args: { input: unknown }) => Promise<{ output: unknown }>;
interface Stack {
  add(
    middleware: (next: Handler, context: { readonly commandName?: string }) => Handler,
    options: { readonly step: "initialize"; readonly name: string },
  ): void;
}

interface Capacity {
  readonly CapacityUnits?: number;
}

const units = (output: unknown): number => {
  const consumed = (output as { readonly ConsumedCapacity?: Capacity | readonly Capacity[] } | undefined)
    ?.ConsumedCapacity;
  const all = consumed === undefined ? [] : [consumed].flat();
  return all.reduce((sum, one) => sum + ((one as Capacity).CapacityUnits ?? 0), 0);
};

const READS = /^(Get|Query|Scan|BatchGet|TransactGet)/;
/** The price pages call these "PUT, COPY, POST, LIST"; removing is free, everything else is a read. */
const OBJECT_WRITES = /^(Put|Copy|List|CreateMultipart|UploadPart|CompleteMultipart)/;

/** By service, as the client's key names it: what one command comes to. */
const COUNT: Readonly<Record<string, (add: AddUsage, command: string, input: unknown, output: unknown) => void>> = {
  dynamodb: (add, command, _input, output) =>
    // A write that was refused by its condition is paid for as well, and says no units.
    add(READS.test(command) ? "readUnits" : "writeUnits", units(output) || 1),
  s3: (add, command) => {
    if (!/^(Delete|Abort)/.test(command)) add(OBJECT_WRITES.test(command) ? "objectWrites" : "objectReads", 1);
  },
  // Sent once, and removed once by the function's own poller; what it polls is counted as standing.
  sqs: (add) => add("queueRequests", 2),
  scheduler: (add) => add("schedulerInvocations", 1),
  cloudwatch: (add, command, input) => {
    if (command !== "GetMetricDataCommand") return;
    const { MetricDataQueries = [] } = input as {
      readonly MetricDataQueries?: readonly { readonly MetricStat?: unknown }[];
    };
    add("metricsRead", MetricDataQueries.filter(({ MetricStat }) => MetricStat !== undefined).length);
  },
  cloudmap: (add) => add("discoveries", 1),
  ce: (add) => add("billRequests", 1),
  athena: (add, command, _input, output) => {
    if (command !== "GetQueryExecutionCommand") return;
    const { QueryExecution: run } = (output ?? {}) as {
      readonly QueryExecution?: {
        readonly Status?: { readonly State?: string };
        readonly Statistics?: { readonly DataScannedInBytes?: number };
      };
    };
    // Asked until it is over, so its end is seen once.
    if (/^(SUCCEEDED|FAILED|CANCELLED)$/.test(run?.Status?.State ?? ""))
      add("scannedTb", chargedBytes(run?.Statistics?.DataScannedInBytes ?? 0) / 1e12);
  },
};

/** What one command comes to. `output`: the error where it was refused. A refusal is paid for only where the service says so. */
export function countCommand(
  service: string,
  command: { readonly name: string; readonly input: unknown },
  output: unknown,
  add: AddUsage,
): void {
  const [kind = ""] = service.split("/");
  if (output instanceof Error) {
    if (kind !== "ce" && output.name !== "ConditionalCheckFailedException") return;
  }
  const count = Object.hasOwn(COUNT, kind) ? COUNT[kind] : undefined;
  count?.(add, command.name, command.input, output instanceof Error ? undefined : output);
}

/**
 * Counts what every command of a client comes to on the bill, at the client's door: DynamoDB itself says how many units each took. The client of a service that
 * costs nothing by the request is left as it is.
 *
 * @param service what the client is kept under, such as "s3/eu-central-1/"
 */
export function countRequests<Client>(service: string, client: Client, add: AddUsage): Client {
  const [kind = ""] = service.split("/");
  const stack = (client as { readonly middlewareStack?: Stack }).middlewareStack;
  if (!Object.hasOwn(COUNT, kind) || !stack) return client;
  stack.add(
    (next, { commandName: name = "" }) =>
      async (args) => {
        const input = kind === "dynamodb" ? { ReturnConsumedCapacity: "TOTAL", ...(args.input as object) } : args.input;
        try {
          const result = await next({ ...args, input });
          countCommand(service, { name, input }, result.output, add);
          return result;
        } catch (error) {
          countCommand(service, { name, input }, error instanceof Error ? error : new Error(String(error)), add);
          throw error;
        }
      },
    { step: "initialize", name: "headgateUsage" },
  );
  return client;
}
