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

/** One named template with the text it stands in, where messages find their lines. */
export interface Template {
  readonly name: string;
  /** Name of the file or text it was parsed from. */
  readonly source: string;
  readonly text: string;
  readonly nodes: readonly Node[];
}

/** Templates that can call each other, by name. */
export type TemplateSet = ReadonlyMap<string, Template>;

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

/** Where an expansion was when it failed. */
export interface FaultPlace {
  readonly template: Template;
  /** Text of the node that failed. */
  readonly context: string;
}

/** What ends a parse or an expansion, with its place; whoever uses the engine turns it into an answer. */
export class TemplateFault extends Error {
  readonly pos: number;
  /** Absent: it is a fault of the text, found without expanding it. */
  readonly place: FaultPlace | undefined;

  constructor(message: string, pos: number, place?: FaultPlace) {
    super(message);
    this.name = "TemplateFault";
    this.pos = pos;
    this.place = place;
  }
}

/** 1-based line, and 0-based column in bytes as Go counts it. */
export function goPlace(text: string, pos: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, pos);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: new TextEncoder().encode(before.slice(lineStart)).length };
}

/** The message as Go's text/template gives it: `template: NAME:1:2: executing "NAME" at <.X>: …`. */
export function faultText(fault: TemplateFault, source: string, text: string): string {
  if (!fault.place) return `template: ${source}:${goPlace(text, fault.pos).line}: ${fault.message}`;
  const { template, context } = fault.place;
  const { line, column } = goPlace(template.text, fault.pos);
  return `template: ${template.source}:${line}:${column}: executing ${JSON.stringify(template.name)} at <${context}>: ${fault.message}`;
}
