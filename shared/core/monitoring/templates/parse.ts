import { type Arg, type Command, type Node, type Pipe, type Template, TemplateFault } from "./ast.ts";
import { numberOf, stringValue } from "./constants.ts";
import { isFunction } from "./functions.ts";
import { lex, type Token, type TokenType } from "./lex.ts";

/** Prometheus puts these in front of every template of a rule; a template's own text starts behind them. */
export const ALERT_VARIABLES =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";

export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number };

/** 1-based line and column of an offset. */
export function placeOf(text: string, pos: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, pos);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: pos - start + 1 };
}

/**
 * Parses a label's or an annotation's template as Prometheus parses it (Go's text/template with Prometheus's functions and
 * `$labels`, `$externalLabels`, `$externalURL`, `$value`). Functions and variables that do not exist are faults here already.
 */
export function parseTemplate(text: string): ParsedTemplate {
  try {
    return { ok: true, template: parseText(ALERT_VARIABLES + text) };
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return { ok: false, message: error.message, ...placeOf(text, Math.max(0, error.pos - ALERT_VARIABLES.length)) };
  }
}

const BLOCK_WORDS = new Set(["if", "range", "with", "block", "define", "template", "else", "end", "break", "continue"]);
const DEEPEST = 100;

/**
 * Parses a whole text, which has only the variables it declares itself.
 *
 * @throws TemplateFault
 */
export function parseText(text: string): Template {
  const tokens = lex(text);
  const defined = new Map<string, readonly Node[]>();
  let at = 0;
  let variables: string[] = ["$"];
  let loops = 0;
  let depth = 0;

  const peek = (): Token => tokens[at] as Token;
  const next = (): Token => tokens[at++] as Token;
  const unexpected = (token: Token, where: string): never => {
    const shown = token.type === "end" ? "EOF" : token.type === "close" ? '"}}"' : `<${token.text}>`;
    throw new TemplateFault(`unexpected ${shown} in ${where}`, token.pos);
  };
  const expect = (type: TokenType, where: string): Token => {
    const token = next();
    return token.type === type ? token : unexpected(token, where);
  };
  const word = (name: string): boolean => peek().type === "word" && peek().text === name;

  /** Nodes up to `{{end}}` or `{{else` (which are consumed up to the word), or the end of the text at the top. */
  const list = (where: string): { readonly nodes: Node[]; readonly ending: Token } => {
    const nodes: Node[] = [];
    while (true) {
      const token = next();
      if (token.type === "text") nodes.push({ type: "text", text: token.text, pos: token.pos });
      else if (token.type === "end") {
        if (where !== "template") unexpected(token, where);
        return { nodes, ending: token };
      } else if (word("end") || word("else")) {
        const ending = next();
        if (where === "template") unexpected(ending, "template clause");
        return { nodes, ending };
      } else {
        const node = action();
        if (node) nodes.push(node);
      }
    }
  };

  const scoped = <T>(read: () => T): T => {
    const outside = variables;
    variables = [...outside];
    depth += 1;
    if (depth > DEEPEST) throw new TemplateFault(`nested more than ${DEEPEST} deep`, peek().pos);
    try {
      return read();
    } finally {
      variables = outside;
      depth -= 1;
    }
  };

  const action = (): Node | undefined => {
    const token = peek();
    if (token.type !== "word" || !BLOCK_WORDS.has(token.text)) {
      const pipe = pipeline("command", "close");
      return { type: "action", pipe, pos: token.pos };
    }
    next();
    switch (token.text) {
      case "if":
      case "with":
      case "range":
        return branch(token.text, token.pos);
      case "break":
      case "continue":
        expect("close", `{{${token.text}}}`);
        if (loops === 0) throw new TemplateFault(`{{${token.text}}} outside {{range}}`, token.pos);
        return { type: token.text, pos: token.pos };
      case "define":
        define(token.pos);
        return undefined;
      case "block": {
        const name = expect("string", "block clause");
        const pipe = pipeline("block clause", "close");
        body(stringValue(name), "block clause");
        return { type: "template", name: stringValue(name), pipe, pos: name.pos };
      }
      case "template": {
        const name = expect("string", "template clause");
        const bare = peek().type === "close";
        if (bare) next();
        const pipe = bare ? {} : { pipe: pipeline("template clause", "close") };
        return { type: "template", name: stringValue(name), ...pipe, pos: name.pos };
      }
      default:
        return unexpected(token, "command");
    }
  };

  const define = (pos: number): void => {
    if (depth > 0) throw new TemplateFault("unexpected <define> in command", pos);
    const name = stringValue(expect("string", "define clause"));
    expect("close", "define clause");
    body(name, "define clause");
  };

  /** A named template sees none of the variables around it. */
  const body = (name: string, where: string): void => {
    const [outside, outsideLoops] = [variables, loops];
    const { nodes, ending } = scoped(() => {
      variables = ["$"];
      loops = 0;
      return list(where);
    });
    [variables, loops] = [outside, outsideLoops];
    if (ending.text !== "end") unexpected(ending, where);
    expect("close", where);
    defined.set(name, nodes);
  };

  const branch = (type: "if" | "range" | "with", pos: number): Node =>
    scoped(() => {
      const pipe = pipeline(type, "close");
      if (type === "range") loops += 1;
      const first = list(type);
      if (type === "range") loops -= 1;
      if (first.ending.text === "end") {
        expect("close", "end");
        return { type, pipe, list: first.nodes, pos };
      }
      // {{else if …}} and {{else with …}} stand for a nested block that shares the {{end}}.
      if (type !== "range" && word(type)) {
        const inner = next();
        return { type, pipe, list: first.nodes, otherwise: [branch(type, inner.pos)], pos };
      }
      expect("close", "else");
      const second = list(type);
      if (second.ending.text !== "end") throw new TemplateFault("expected end; found {{else}}", second.ending.pos);
      expect("close", "end");
      return { type, pipe, list: first.nodes, otherwise: second.nodes, pos };
    });

  const pipeline = (where: string, closing: "close" | ")"): Pipe => {
    const { pos } = peek();
    const declares: string[] = [];
    let assigns = false;
    const [first, second] = [peek(), tokens[at + 1]];
    if (first.type === "variable" && (second?.type === ":=" || second?.type === "=")) {
      declares.push(first.text);
      assigns = second.type === "=";
      at += 2;
    } else if (first.type === "variable" && second?.type === ",") {
      const third = tokens[at + 2];
      if (where !== "range" || third?.type !== "variable")
        throw new TemplateFault(`too many declarations in ${where}`, first.pos);
      const sign = tokens[at + 3];
      if (sign?.type !== ":=" && sign?.type !== "=") unexpected(sign ?? third, where);
      declares.push(first.text, third.text);
      assigns = sign?.type === "=";
      at += 4;
    }
    const commands: Command[] = [];
    while (true) {
      const token = peek();
      if (token.type === closing) {
        next();
        break;
      }
      commands.push(command(where));
    }
    if (commands.length === 0) throw new TemplateFault(`missing value for ${where}`, pos);
    for (const [index, { args, pos: where_ }] of commands.entries()) {
      const kind = args[0]?.type;
      if (index > 0 && (kind === "bool" || kind === "dot" || kind === "nil" || kind === "number" || kind === "string"))
        throw new TemplateFault(`non executable command in pipeline stage ${index + 1}`, where_);
    }
    if (!assigns) variables.push(...declares);
    return { declares, assigns, commands, pos };
  };

  const missing = (name: string, pos: number): never => {
    throw new TemplateFault(`undefined variable ${JSON.stringify(name)}`, pos);
  };

  /** Operands with blanks between them, up to `|`, `)` or the end of the action. */
  const command = (where: string): Command => {
    const { pos } = peek();
    const args: Arg[] = [];
    while (true) {
      const arg = operand();
      if (arg) args.push(arg);
      const token = peek();
      if (token.type === "|") {
        next();
        break;
      }
      if (token.type === "close" || token.type === ")") break;
      if (!arg || !token.spaced) unexpected(token, arg ? "operand" : where);
    }
    if (args.length === 0) throw new TemplateFault("empty command", pos);
    return { args, pos };
  };

  const operand = (): Arg | undefined => {
    const start = peek();
    const arg = term();
    if (!arg) return undefined;
    const fields: string[] = [];
    // Go places a name with fields at its first field.
    const { pos } = peek();
    while (peek().type === "field" && !peek().spaced) fields.push(next().text.slice(1));
    if (fields.length === 0) return arg;
    if (arg.type === "field") return { ...arg, names: [...arg.names, ...fields], pos };
    if (arg.type === "variable") return { ...arg, fields: [...arg.fields, ...fields], pos };
    if (
      arg.type === "bool" ||
      arg.type === "string" ||
      arg.type === "number" ||
      arg.type === "nil" ||
      arg.type === "dot"
    )
      throw new TemplateFault(`unexpected . after term ${JSON.stringify(start.text)}`, start.pos);
    return { type: "chain", of: arg, fields, pos };
  };

  const term = (): Arg | undefined => {
    const token = peek();
    const { pos } = token;
    switch (token.type) {
      case "word":
        next();
        if (token.text === "true" || token.text === "false") return { type: "bool", value: token.text === "true", pos };
        if (token.text === "nil") return { type: "nil", pos };
        if (BLOCK_WORDS.has(token.text)) return unexpected(token, "operand");
        if (!isFunction(token.text)) throw new TemplateFault(`function ${JSON.stringify(token.text)} not defined`, pos);
        return { type: "ident", name: token.text, pos };
      case "dot":
        next();
        return { type: "dot", pos };
      case "field":
        next();
        return { type: "field", names: [token.text.slice(1)], pos };
      case "variable":
        next();
        if (!variables.includes(token.text)) missing(token.text, pos);
        return { type: "variable", name: token.text, fields: [], pos };
      case "number":
      case "char":
        next();
        return numberOf(token);
      case "string":
        next();
        return { type: "string", text: token.text, value: stringValue(token), pos };
      case "(":
        next();
        return { type: "pipe", pipe: scoped(() => pipeline("parenthesized pipeline", ")")), pos };
      default:
        return undefined;
    }
  };

  const { nodes } = list("template");
  return { text, nodes, defined };
}
