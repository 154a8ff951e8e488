import * as v from "valibot";
import type { Runtime } from "../shared/shell/runtime.ts";
import { deployed } from "./deployed.ts";

const SqsEvent = v.object({ Records: v.array(v.object({ messageId: v.string(), body: v.string() })) });

/** One message of a queue as Lambda hands it over. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

/** What SQS wants to know of a batch (ReportBatchItemFailures): these come again, the others are done. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** A message's body as the schema has it; undefined where it is none. */
export function messageOf<T extends v.GenericSchema>(schema: T, body: string): v.InferOutput<T> | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(body));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** A Lambda handler of a queue with partial batch responses. */
export function queueHandler(handle: (runtime: Runtime, records: readonly QueueMessage[]) => Promise<BatchResponse>) {
  return async (event: unknown): Promise<BatchResponse> => {
    const { Records } = v.parse(SqsEvent, event);
    const { runtime } = await deployed();
    try {
      return await handle(runtime, Records);
    } finally {
      await runtime.telemetry.flush();
    }
  };
}
