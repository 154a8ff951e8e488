import type { Command, Pipe } from "./ast.ts";
import type { Context } from "./html-context.ts";

/** The engine's own functions that escape: they may stand at the end of a pipeline, and do not double ours. */
const PREDEFINED = new Set(["html", "urlquery"]);

const SAME_AS: Readonly<Record<string, string>> = {
  _html_template_attrescaper: "html",
  _html_template_htmlescaper: "html",
  _html_template_rcdataescaper: "html",
  _html_template_urlescaper: "urlquery",
  _html_template_urlnormalizer: "urlquery",
};
const kindOf = (name: string): string => SAME_AS[name] ?? name;

/** What the second would find nothing left to do for. */
const REDUNDANT: Readonly<Record<string, readonly string[]>> = {
  _html_template_commentescaper: ["_html_template_attrescaper", "_html_template_htmlescaper"],
  _html_template_cssescaper: ["_html_template_attrescaper"],
  _html_template_jsregexpescaper: ["_html_template_attrescaper"],
  _html_template_jsstrescaper: ["_html_template_attrescaper"],
  _html_template_jstmpllitescaper: ["_html_template_attrescaper"],
  _html_template_urlescaper: ["_html_template_urlnormalizer"],
};

const calledBy = (command: Command | undefined): string | undefined => {
  const head = command?.args[0];
  return head?.type === "ident" ? head.name : undefined;
};

const commandOf = (name: string, pos: number): Command => ({ pos, args: [{ type: "ident", name, pos }] });

/** An escaping function that may not stand where it does; undefined where all is well. */
export function misplaced(pipe: Pipe, c: Context): string | undefined {
  for (const [index, command] of pipe.commands.entries()) {
    const name = calledBy(command);
    if (name === undefined || !PREDEFINED.has(name)) continue;
    const unquoted = c.state === "stateAttr" && c.delim === "delimSpaceOrTagEnd" && name === "html";
    if (index < pipe.commands.length - 1 || unquoted) return name;
  }
  return undefined;
}

function append(commands: Command[], name: string, pos: number): void {
  const last = calledBy(commands.at(-1));
  if (last !== undefined && REDUNDANT[last]?.includes(name)) return;
  commands.push(commandOf(name, pos));
}

/** A pipeline that ends with these escapers in their order. One that ends with `html` or `urlquery` already keeps that in their place. */
export function escapedPipe(pipe: Pipe, wanted: readonly string[]): Pipe {
  if (wanted.length === 0) return pipe;
  const commands = [...pipe.commands];
  let escapers = wanted;
  const last = commands.at(-1);
  const own = calledBy(last);
  if (last && own !== undefined && PREDEFINED.has(own)) {
    if (commands.length === 1 && last.args.length > 1) {
      const [head, ...rest] = last.args;
      const pos = head?.pos ?? pipe.pos;
      commands[0] = { ...last, args: [{ type: "ident", name: "_eval_args_", pos }, ...rest] };
      append(commands, own, pipe.pos);
    }
    escapers = wanted.map((name) => (kindOf(name) === kindOf(own) ? own : name));
    if (escapers.includes(own)) commands.pop();
  }
  const present = new Set(commands.map((command) => kindOf(calledBy(command) ?? "")));
  for (const name of escapers) if (!present.has(kindOf(name))) append(commands, name, pipe.pos);
  return { ...pipe, commands };
}
