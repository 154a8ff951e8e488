import { afterEach, beforeEach } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { type CloudWatchWire, cloudwatchWire } from "./cloudwatch-wire.ts";
import { wireClients } from "./wire.ts";

/** A fake CloudWatch for each test of the suite, and clients that speak to it. */
export function cloudwatchEach(): { readonly wire: CloudWatchWire; readonly clients: AwsClients } {
  let now: { readonly wire: CloudWatchWire; readonly clients: AwsClients } | undefined;
  const there = () => {
    if (!now) throw new Error("the fake CloudWatch is there only while a test runs");
    return now;
  };
  beforeEach(async () => {
    const wire = await cloudwatchWire();
    now = { wire, clients: wireClients(wire.endpoint, { maxAttempts: 1 }) };
  });
  afterEach(async () => {
    const { wire, clients } = there();
    await clients.close();
    await wire.close();
    now = undefined;
  });
  return {
    get wire() {
      return there().wire;
    },
    get clients() {
      return there().clients;
    },
  };
}
