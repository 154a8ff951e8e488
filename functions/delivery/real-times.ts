import type { DeliveryConfig } from "../../shared/core/delivery/section.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";

/** Real ms: looks closer than this cost more than they tell. */
const SHORTEST_POLL_MS = 100;

/**
 * Delivery on a clock that runs `speed` times as fast as the wall. What waits for real things takes its real time: an instance does not
 * start sooner, nor is a share served sooner, because a day passes in minutes. At speed 1 it is the configuration as it is.
 */
export function realTimes(delivery: DeliveryConfig, speed: number): DeliveryConfig {
  if (speed <= 1) return delivery;
  const { timeout, verify, poll } = delivery;
  const real = (ms: DurationMs): DurationMs => Math.ceil(ms * speed);
  return { ...delivery, timeout: real(timeout), verify: real(verify), poll: Math.max(poll, real(SHORTEST_POLL_MS)) };
}
