import type { Value } from "./values.ts";

/** What a function of Go takes in one place: `any`, or the name of a type, which others cannot be given for. */
export type Param = string;

/** A function or a method that templates can call. `World` is what a user of the engine lets its functions ask for. */
export interface TemplateFunction<World = unknown> {
  readonly params: readonly Param[];
  /** Any number of these may follow. */
  readonly rest?: Param;
  /** Steps that a call takes beyond those for the length of what it is given; for work that grows faster. */
  readonly cost?: (args: readonly Value[]) => number;
  /** Arguments are of the types that `params` names; a method's receiver stands before them. @throws CallFault */
  readonly call: (args: readonly Value[], world: World) => Value;
}

export type FunctionTable<World = unknown> = ReadonlyMap<string, TemplateFunction<World>>;

/** What one expansion may use up: a template must be able neither to hang nor to fill the memory. */
export interface Limits {
  /** Characters (UTF-16 units) of the output, and of a text or structure that a function makes. */
  readonly chars: number;
  /** Characters, and elements of lists and maps, that functions and methods make altogether. */
  readonly made: number;
  readonly steps: number;
  /** Templates that call each other. */
  readonly depth: number;
}

/** Everything that a user of the engine hands in. */
export interface Engine<World = unknown> {
  /** All but `and` and `or`, which are the engine's own. */
  readonly functions: FunctionTable<World>;
  /** Methods of the user's own types; those of times and durations are the engine's. */
  readonly methods: (value: Exclude<Value, null>, name: string) => TemplateFunction<World> | undefined;
  readonly limits: Limits;
}

/** What a function of a template refuses: "error calling NAME: …". */
export class CallFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CallFault";
  }
}
