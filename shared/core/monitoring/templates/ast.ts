/** Offsets are in UTF-16 units of the template's text. */
interface At {
  readonly pos: number;
}

export type Arg =
  | (At & { readonly type: "ident"; readonly name: string })
  | (At & { readonly type: "field"; readonly names: readonly string[] })
  | (At & { readonly type: "variable"; readonly name: string; readonly fields: readonly string[] })
  | (At & { readonly type: "dot" })
  | (At & { readonly type: "nil" })
  | (At & { readonly type: "bool"; readonly value: boolean })
  | (At & { readonly type: "number"; readonly text: string; readonly int?: bigint; readonly float: number })
  | (At & { readonly type: "string"; readonly text: string; readonly value: string })
  | (At & { readonly type: "chain"; readonly of: Arg; readonly fields: readonly string[] })
  | (At & { readonly type: "pipe"; readonly pipe: Pipe });

export interface Command extends At {
  readonly args: readonly Arg[];
}

export interface Pipe extends At {
  readonly declares: readonly string[];
  /** `=` to variables that exist, not `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export interface Range extends At {
  readonly type: "range";
  readonly pipe: Pipe;
  readonly list: readonly Node[];
  readonly otherwise?: readonly Node[];
}

export type Node =
  | Range
  | (At & { readonly type: "text"; readonly text: string })
  | (At & { readonly type: "action"; readonly pipe: Pipe })
  | (At & {
      readonly type: "if" | "with";
      readonly pipe: Pipe;
      readonly list: readonly Node[];
      readonly otherwise?: readonly Node[];
    })
  | (At & { readonly type: "template"; readonly name: string; readonly pipe?: Pipe })
  | (At & { readonly type: "break" | "continue" });

export interface Template {
  readonly text: string;
  readonly nodes: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

/** As Go prints a node in its error messages. */
export function argText(arg: Arg): string {
  switch (arg.type) {
    case "ident":
      return arg.name;
    case "field":
      return `.${arg.names.join(".")}`;
    case "variable":
      return [arg.name, ...arg.fields].join(".");
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(arg.value);
    case "number":
    case "string":
      return arg.text;
    case "chain":
      return `${arg.of.type === "pipe" ? `(${pipeText(arg.of.pipe)})` : argText(arg.of)}.${arg.fields.join(".")}`;
    case "pipe":
      return pipeText(arg.pipe);
  }
}

export const commandText = (command: Command): string =>
  command.args.map((arg) => (arg.type === "pipe" ? `(${pipeText(arg.pipe)})` : argText(arg))).join(" ");

export function pipeText(pipe: Pipe): string {
  const declared = pipe.declares.length > 0 ? `${pipe.declares.join(", ")} ${pipe.assigns ? "=" : ":="} ` : "";
  return declared + pipe.commands.map(commandText).join(" | ");
}

/** What ends a parse or an expansion, with its place; never leaves this folder. */
export class TemplateFault extends Error {
  readonly pos: number;
  /** Text of the node that failed; absent: the message stands alone. */
  readonly context: string | undefined;

  constructor(message: string, pos: number, context?: string) {
    super(message);
    this.name = "TemplateFault";
    this.pos = pos;
    this.context = context;
  }
}
