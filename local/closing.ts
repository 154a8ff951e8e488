/** What has been opened and has to be closed again. */
export interface Closing {
  add(...steps: readonly (() => Promise<void> | void)[]): void;
  /**
   * Last added, first done; each once. A step that fails does not keep the others from being done; the first error is
   * thrown at the end.
   */
  close(): Promise<void>;
}

export function closingSteps(): Closing {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    add: (...more) => void steps.push(...more),
    close: async () => {
      const errors: unknown[] = [];
      for (let step = steps.pop(); step; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
