import type { DecisionRecord } from "../../shared/core/kernel/record.ts";

/** Tells everyone who listens of each decision. Give `publish` to `Runtime.onDecision`. */
export interface Hub {
  publish(record: DecisionRecord): void;
  /** Returns the function that ends it. */
  subscribe(listener: (record: DecisionRecord) => void): () => void;
  readonly listeners: () => number;
}

export function createHub(): Hub {
  const listeners = new Set<(record: DecisionRecord) => void>();
  return {
    publish: (record) => {
      for (const listener of listeners) listener(record);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    listeners: () => listeners.size,
  };
}
