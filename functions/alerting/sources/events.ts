import { deployed } from "../../deployed.ts";

/**
 * Lambda: EventBridge rules on the events that become alerts. One that nobody knows is told of in the log and left alone; one whose
 * alerts cannot be taken now fails, is tried again and ends among the dead letters.
 */
export async function handler(event: unknown): Promise<void> {
  const { runtime, tenant } = await deployed();
  try {
    const { takeEvent } = await import("./take-event.ts");
    await takeEvent(runtime, tenant, event, process.env);
  } finally {
    await runtime.telemetry.flush();
  }
}
