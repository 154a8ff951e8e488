import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Value } from "./values.ts";

/** What a function of Go takes in one place. `any` takes everything, the rest refuse other types as Go does. */
export type Param = "string" | "any" | "vector" | "sample";

/** One element of what `query` answers. */
export interface QueriedSample {
  readonly labels: Labels;
  readonly value: number;
}

/** What functions can ask for while a template is expanded. */
export interface TemplateWorld {
  readonly now: Millis;
  readonly externalUrl: string;
  /** Answers an instant query at `now`. */
  readonly query?: ((expr: string) => readonly QueriedSample[]) | undefined;
}

export interface TemplateFunction {
  readonly params: readonly Param[];
  /** Any number of these may follow. */
  readonly rest?: Param;
  /** Arguments are of the types that `params` names. @throws CallFault */
  readonly call: (args: readonly Value[], world: TemplateWorld) => Value;
}

/** What a function of a template refuses: "error calling NAME: …". */
export class CallFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CallFault";
  }
}
