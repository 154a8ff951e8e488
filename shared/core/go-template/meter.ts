import { CallFault, type Limits, type TemplateFunction } from "./function-types.ts";
import type { Value } from "./values.ts";
import { sizeOf } from "./weight.ts";

/** Going through a text of this length takes about as long as a step. */
const CHARS_A_STEP = 64;

/** What one expansion has used up. Each answers by throwing CallFault once a limit is passed. */
export interface Meter {
  readonly step: (count?: number) => void;
  /** Before a call: it costs more the longer what it is given is. */
  readonly given: <World>(fn: TemplateFunction<World>, values: readonly Value[]) => void;
  /** After it: what it made takes memory. */
  readonly made: (result: Value) => void;
}

export function meter(limits: Limits): Meter {
  let steps = 0;
  let made = 0;
  const step = (count = 1): void => {
    steps += count;
    if (steps > limits.steps) throw new CallFault(`more than ${limits.steps} steps`);
  };
  return {
    step,
    given: ({ cost }, values) => {
      let chars = 0;
      for (const value of values) chars += sizeOf(value);
      step((cost?.(values) ?? 0) + chars / CHARS_A_STEP);
    },
    made: (result) => {
      made += sizeOf(result);
      if (made > limits.made) throw new CallFault(`more than ${limits.made} characters have been made`);
    },
  };
}
