import type { Runtime } from "../shared/shell/runtime.ts";

export interface Deployed {
  readonly runtime: Runtime;
  readonly tenant: string;
}

let made: Promise<Deployed> | undefined;
/** Of the event at hand. */
let began = 0;

/**
 * The runtime of a deployed function, made at the first event and kept for the life of the process. Importing a handler
 * thus loads no SDK. A failure (a missing variable) is not kept: the next event tries again.
 */
export function deployed(): Promise<Deployed> {
  began = performance.now();
  made ??= make().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}

async function make(): Promise<Deployed> {
  const { awsRuntime, readEnv } = await import("./runtime.ts");
  const env = readEnv(process.env);
  return { runtime: awsRuntime(env, () => began), tenant: env.HEADGATE_TENANT };
}
