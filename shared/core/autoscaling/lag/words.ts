import { digits } from "../signal.ts";
import type { KafkaLagPolicy } from "./policy.ts";
import type { GroupSeen } from "./types.ts";

/** A whole number with commas between thousands: "12,400". */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Records per second: "840/s", "0.05/s". */
export function perSecond(rate: number): string {
  return `${rate >= 1000 ? grouped(rate) : digits(rate)}/s`;
}

/** "1 partition", "3 partitions". */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** What the group reads, as people call it: its topic where it is one. */
export function read(policy: KafkaLagPolicy, seen?: GroupSeen): string {
  const topics = seen ? Object.keys(seen.topics) : (policy.topics ?? []);
  return topics.length === 1 ? (topics[0] as string) : `group ${policy.group}`;
}

/** "orders/3", "orders/3 and 2 more". */
export function some(names: readonly string[]): string {
  const first = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${first} and ${names.length - 3} more` : first;
}
