import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { deployed } from "../deployed.ts";
import { createApp } from "./app.ts";

let ready: Promise<ReturnType<typeof handle>> | undefined;

/** API Gateway (HTTP API) or a function URL. The runtime is made at the first request, not while the function loads. */
export async function handler(event: LambdaEvent, context?: LambdaContext) {
  const { runtime, tenant } = await deployed();
  ready ??= Promise.resolve(handle(createApp({ runtime, tenant, access: "keys", keepSamples: true })));
  try {
    return await (await ready)(event, context);
  } finally {
    await runtime.telemetry.flush();
  }
}
