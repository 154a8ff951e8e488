import { goQuoted } from "../kernel/go-quote.ts";
import { type Arg, type Command, type Node, type Pipe, type Template, TemplateFault, type TemplateSet } from "./ast.ts";
import { numberOf, stringValue } from "./constants.ts";
import { lex, type Token, type TokenType } from "./lex.ts";

const BLOCK_WORDS = new Set(["if", "range", "with", "block", "define", "template", "else", "end", "break", "continue"]);
/** Words that messages show in angle brackets. */
const KEYWORDS = new Set([...BLOCK_WORDS, "nil", "."]);
/** What a command may begin with. */
const STARTS: ReadonlySet<TokenType> = new Set(["word", "field", "variable", "number", "char", "string", "dot", "("]);
const DEEPEST = 100;

/** Nothing but blanks: such a body does not replace one that says something. */
export const isEmptyBody = (nodes: readonly Node[]): boolean =>
  nodes.every((node) => node.type === "text" && node.text.trim() === "");

/**
 * Parses a whole text: the template of its own name, and those it defines. It has only the variables it declares itself.
 *
 * @param source name of the text, and of its own template
 * @param isFunction whether a name may be called; absent: every name
 * @throws TemplateFault
 */
export function parseText(text: string, source = "", isFunction: (name: string) => boolean = () => true): TemplateSet {
  const tokens = lex(text);
  const parsed = new Map<string, Template>();
  let at = 0;
  let variables: string[] = ["$"];
  let loops = 0;
  let depth = 0;

  const add = (name: string, nodes: readonly Node[], pos: number): void => {
    const known = parsed.get(name);
    if (!known || isEmptyBody(known.nodes)) parsed.set(name, { name, source, text, nodes });
    else if (!isEmptyBody(nodes))
      throw new TemplateFault(`template: multiple definition of template ${JSON.stringify(name)}`, pos);
  };

  const peek = (): Token => {
    const token = tokens[at] as Token;
    if (token.type === "error") throw new TemplateFault(token.text, token.pos);
    return token;
  };
  const next = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };
  const unexpected = (token: Token, where: string): never => {
    const text = token.text.length > 10 ? `${goQuoted(token.text.slice(0, 10))}...` : goQuoted(token.text);
    const shown =
      token.type === "end" ? "EOF" : KEYWORDS.has(token.text) && token.type !== "string" ? `<${token.text}>` : text;
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
        if (where !== "template") throw new TemplateFault("unexpected EOF", token.pos);
        return { nodes, ending: token };
      } else if (word("end") || word("else")) {
        const ending = next();
        if (where === "template") throw new TemplateFault(`unexpected {{${ending.text}}}`, ending.pos);
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
    add(name, nodes, ending.pos);
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
      if (!STARTS.has(token.type) || (token.type === "word" && BLOCK_WORDS.has(token.text))) unexpected(token, where);
      commands.push(command());
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
  const command = (): Command => {
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
      if (!arg || !token.spaced || !STARTS.has(token.type)) unexpected(token, "operand");
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

  const { nodes, ending } = list("template");
  add(source, nodes, ending.pos);
  return parsed;
}
