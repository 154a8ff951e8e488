import { goPlace, type Node, type Template, type TemplateSet } from "./ast.ts";
import { actionEscapers } from "./html-action.ts";
import {
  type Context,
  contextText,
  type EscapeFault,
  faulty,
  joined,
  mangled,
  sameContext,
  TEXT,
} from "./html-context.ts";
import { escapedPipe } from "./html-pipeline.ts";
import { editedText } from "./html-text-edit.ts";

/** A template that cannot be made safe; the message is html/template's. */
export class HtmlFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HtmlFault";
  }
}

type Edit = readonly string[] | string;

/** What is known so far: contexts behind templates, copies of templates for other contexts, and what changes in which node. */
interface Findings {
  readonly output: Map<string, Context>;
  readonly derived: Map<string, Template>;
  readonly called: Set<string>;
  /** Escapers of an action, the name that is called, or the text. */
  readonly edits: Map<Node, Edit>;
}

interface Loop {
  readonly outer: Loop | undefined;
  readonly breaks: Context[];
  readonly continues: Context[];
}

const DEAD: Context = { ...TEXT, state: "stateDead" };

/** Nodes are told apart by identity: a template that is called in another context needs its own. */
const copied = (nodes: readonly Node[]): Node[] =>
  nodes.map((node) => {
    if (node.type !== "if" && node.type !== "with" && node.type !== "range") return { ...node };
    return { ...node, list: copied(node.list), ...(node.otherwise ? { otherwise: copied(node.otherwise) } : {}) };
  });

const prefixed = (c: Context, prefix: string): Context =>
  c.fault ? { ...c, fault: { ...c.fault, message: prefix + c.fault.message } } : c;

type Branch = Extract<Node, { readonly list: readonly Node[] }>;

/** Works out what has to be escaped how in the templates of a set, from one of them on. */
function escaper(templates: TemplateSet) {
  let found: Findings = { output: new Map(), derived: new Map(), called: new Set(), edits: new Map() };
  let loop: Loop | undefined;

  const list = (start: Context, nodes: readonly Node[] | undefined, template: Template): Context => {
    let c = start;
    for (const node of nodes ?? []) {
      c = escapeNode(c, node, template);
      if (c.state === "stateDead") break;
    }
    return c;
  };

  const escapeNode = (c: Context, node: Node, template: Template): Context => {
    switch (node.type) {
      case "text": {
        const edited = editedText(c, node.text);
        if (edited.text !== node.text) found.edits.set(node, edited.text);
        return edited.c;
      }
      case "action": {
        if (node.pipe.declares.length > 0) return c;
        const action = actionEscapers(c, node.pipe, { template, pos: node.pos });
        found.edits.set(node, action.escapers);
        return action.c;
      }
      case "break":
      case "continue":
        (node.type === "break" ? loop?.breaks : loop?.continues)?.push({ ...c, left: node });
        return DEAD;
      case "template": {
        const [out, name] = tree(c, node.name, { template, pos: node.pos });
        if (name !== node.name) found.edits.set(node, name);
        return out;
      }
      default:
        return branch(c, node, template);
    }
  };

  const inLoop = <T>(body: (entered: Loop) => T): T => {
    const entered: Loop = { outer: loop, breaks: [], continues: [] };
    loop = entered;
    try {
      return body(entered);
    } finally {
      loop = entered.outer;
    }
  };

  /** Contexts in which a loop was left count as ends of its body. */
  const withExits = (c: Context, { breaks, continues }: Loop, template: Template): Context => {
    let out = c;
    for (const [what, exits] of [
      ["break", breaks],
      ["continue", continues],
    ] as const)
      for (const { left, ...exit } of exits) {
        out = joined(out, exit, "range", { template, pos: left?.pos ?? 0 });
        if (out.state === "stateError") return prefixed(out, `at range loop ${what}: `);
      }
    return out;
  };

  const branch = (c: Context, node: Branch, template: Template): Context => {
    const at = { template, pos: node.pipe.pos };
    let first: Context;
    if (node.type !== "range") first = list(c, node.list, template);
    else {
      first = inLoop((entered) => {
        const body = list(c, node.list, template);
        return body.state === "stateError" ? body : withExits(body, entered, template);
      });
      if (first.state === "stateError") return first;
      // The body runs more than once: what it ends in has to be what it can begin in.
      const once = first;
      first = inLoop((entered) => {
        const [again] = tried(once, node.list, template, () => false);
        const both = joined(once, again, "range", at);
        if (both.state === "stateError") return prefixed(both, "on range loop re-entry: ");
        return withExits(both, entered, template);
      });
    }
    if (node.type === "range" && first.state === "stateError") return first;
    return joined(first, list(c, node.otherwise, template), node.type, at);
  };

  /** Works a list out aside, and keeps what was found only where `keep` says so. */
  const tried = (
    c: Context,
    nodes: readonly Node[],
    template: Template,
    keep: (aside: Findings, out: Context) => boolean,
  ): readonly [Context, boolean] => {
    const before = found;
    const aside: Findings = { output: new Map(before.output), derived: new Map(), called: new Set(), edits: new Map() };
    found = aside;
    const out = list(c, nodes, template);
    found = before;
    if (!keep(aside, out)) return [out, false];
    for (const [name, context] of aside.output) before.output.set(name, context);
    for (const [name, derived] of aside.derived) before.derived.set(name, derived);
    for (const name of aside.called) before.called.add(name);
    for (const [node, edit] of aside.edits) before.edits.set(node, edit);
    return [out, true];
  };

  const templateFor = (name: string, own: string, template: Template): Template => {
    if (own === name) return template;
    const known = found.derived.get(own);
    if (known) return known;
    const derived = { ...template, name: own, nodes: copied(template.nodes) };
    found.derived.set(own, derived);
    return derived;
  };

  const tree = (c: Context, name: string, at: EscapeFault["at"]): readonly [Context, string] => {
    const own = mangled(name, c);
    found.called.add(own);
    const known = found.output.get(own);
    if (known) return [known, own];
    const template = templates.get(name);
    if (!template) return [faulty(`no such template ${JSON.stringify(name)}`, at), own];
    return [outputOf(c, own, templateFor(name, own, template)), own];
  };

  /** A template that calls itself is taken to end in some context, and that has to come out again. */
  const outputOf = (c: Context, own: string, template: Template): Context => {
    const assuming = (assumed: Context): readonly [Context, boolean] => {
      found.output.set(own, assumed);
      return tried(assumed, template.nodes, template, (aside, out) => {
        if (out.state === "stateError") return false;
        return !aside.called.has(own) || sameContext(assumed, out);
      });
    };
    const [out, fits] = assuming(c);
    if (fits) return out;
    const [second, fitsNow] = assuming(out);
    if (fitsNow) return second;
    if (out.state === "stateError") return out;
    return faulty(`cannot compute output context for template ${own}`, { template, pos: template.nodes[0]?.pos ?? 0 });
  };

  return { tree, findings: () => found };
}

/** A copy of the nodes with everything escaped. */
function rebuilt(nodes: readonly Node[], edits: ReadonlyMap<Node, Edit>): Node[] {
  return nodes.map((node): Node => {
    const edit = edits.get(node);
    switch (node.type) {
      case "text":
        return typeof edit === "string" ? { ...node, text: edit } : node;
      case "template":
        return typeof edit === "string" ? { ...node, name: edit } : node;
      case "action":
        return edit !== undefined && typeof edit !== "string" ? { ...node, pipe: escapedPipe(node.pipe, edit) } : node;
      case "if":
      case "with":
      case "range":
        return {
          ...node,
          list: rebuilt(node.list, edits),
          ...(node.otherwise ? { otherwise: rebuilt(node.otherwise, edits) } : {}),
        };
      default:
        return node;
    }
  });
}

function faultMessage({ message, at }: EscapeFault, name: string): string {
  if (!at) return name === "" ? `html/template: ${message}` : `html/template:${name}: ${message}`;
  const { line, column } = goPlace(at.template.text, at.pos);
  return `html/template:${at.template.source}:${line}:${column}: ${message}`;
}

/**
 * The templates that one of a set needs, with every value escaped for the place where it stands (Go's html/template).
 *
 * @throws HtmlFault where that place is not clear
 */
export function escapedSet(templates: TemplateSet, name: string): TemplateSet {
  const { tree, findings } = escaper(templates);
  const [c] = tree(TEXT, name, undefined);
  if (c.fault) throw new HtmlFault(faultMessage(c.fault, name));
  if (c.state !== "stateText")
    throw new HtmlFault(faultMessage({ message: `ends in a non-text context: ${contextText(c)}` }, name));
  const { output, derived, edits } = findings();
  const ready = new Map<string, Template>();
  for (const own of output.keys()) {
    const template = derived.get(own) ?? templates.get(own);
    if (template) ready.set(own, { ...template, nodes: rebuilt(template.nodes, edits) });
  }
  return ready;
}
