import {
  type Arg,
  type Command,
  type Node,
  type Pipe,
  type Range,
  type Template,
  TemplateFault,
  type TemplateSet,
} from "./ast.ts";
import { CallFault, type Engine, type Param, type TemplateFunction } from "./function-types.ts";
import { constantMisfit, constantOf, entriesOf, memberOf, misfit } from "./members.ts";
import { meter } from "./meter.ts";
import { type Place, placeText } from "./place.ts";
import { timeMethod } from "./time-methods.ts";
import { isTrue, typeName, type Value, valueText } from "./values.ts";

/** What cannot be given arguments. */
const NO_FUNCTION: ReadonlySet<Arg["type"]> = new Set(["dot", "nil", "bool", "string", "number", "pipe"]);

/** How a list of nodes ended. */
type Ending = "done" | "break" | "continue";

/** What a pipeline's earlier command left, as the last argument of the next. */
type Final = { readonly value: Value } | undefined;

/**
 * Runs one template of a set as Go's text/template does, with `missingkey=zero`.
 *
 * @throws TemplateFault with the node that failed
 */
export function execute<World>(
  templates: TemplateSet,
  start: Template,
  data: Value,
  engine: Engine<World>,
  world: World,
): string {
  const { limits } = engine;
  let out = "";
  let depth = 0;
  const used = meter(limits);

  const run = (template: Template, start: Value): void => {
    let variables: { readonly name: string; value: Value }[] = [{ name: "$", value: start }];
    // What was looked at last: Go's messages name it, even where what failed stands further left.
    let here: Place = { type: "dot", pos: 0 };

    const fail = (message: string): never => {
      throw new TemplateFault(message, here.pos, { template, context: placeText(here) });
    };

    const write = (text: string): void => {
      out += text;
      if (out.length > limits.chars) fail(`the text is longer than ${limits.chars} characters`);
    };

    const scope = <T>(body: () => T): T => {
      const before = variables.length;
      const result = body();
      variables = variables.slice(0, before);
      return result;
    };

    const walkAll = (list: readonly Node[], dot: Value): Ending => {
      for (const node of list) {
        const ending = walk(node, dot);
        if (ending !== "done") return ending;
      }
      return "done";
    };

    const stepAt = (node: Node): void => {
      here = node;
      try {
        used.step();
      } catch (error) {
        refused(error);
      }
    };

    /** What a function or a limit refuses is at fault where the expansion is. */
    const refused = (error: unknown, name?: string): never => {
      if (!(error instanceof CallFault)) throw error;
      return fail(name === undefined ? error.message : `error calling ${name}: ${error.message}`);
    };

    const walk = (node: Node, dot: Value): Ending => {
      stepAt(node);
      switch (node.type) {
        case "text":
          write(node.text);
          return "done";
        case "action": {
          const value = pipeline(node.pipe, dot);
          if (node.pipe.declares.length === 0) write(value === null ? "<no value>" : valueText(value));
          return "done";
        }
        case "break":
        case "continue":
          return node.type;
        case "if":
        case "with":
          return scope(() => {
            const value = pipeline(node.pipe, dot);
            if (isTrue(value)) return walkAll(node.list, node.type === "with" ? value : dot);
            return node.otherwise ? walkAll(node.otherwise, dot) : "done";
          });
        case "range":
          return scope(() => range(node, dot));
        case "template": {
          const named = templates.get(node.name) ?? fail(`template ${JSON.stringify(node.name)} not defined`);
          if (depth >= limits.depth) fail(`exceeded maximum template depth (${limits.depth})`);
          const value = node.pipe ? pipeline(node.pipe, dot) : null;
          depth += 1;
          run(named, value);
          depth -= 1;
          return "done";
        }
      }
    };

    const range = (node: Range, dot: Value): Ending => {
      const value = pipeline(node.pipe, dot, true);
      const { declares } = node.pipe;
      const rows = entriesOf(value) ?? fail(`range can't iterate over ${valueText(value)}`);
      if (typeof value === "bigint" && declares.length > 1)
        fail(`can't use ${valueText(value)} to iterate over more than one variable`);
      let empty = true;
      for (const [key, item] of rows) {
        empty = false;
        // Also round an empty body.
        stepAt(node);
        const ending = scope(() => {
          const last = declares.at(-1);
          if (declares.length === 2) bind(declares[0] as string, key, node.pipe);
          if (last !== undefined) bind(last, item, node.pipe);
          return walkAll(node.list, item);
        });
        if (ending === "break") break;
      }
      if (empty && node.otherwise) return walkAll(node.otherwise, dot);
      return "done";
    };

    const bind = (name: string, value: Value, { assigns }: Pipe): void => {
      const known = assigns ? variables.findLast((one) => one.name === name) : undefined;
      if (known) known.value = value;
      else if (assigns) fail(`undefined variable: ${name}`);
      else variables.push({ name, value });
    };

    const pipeline = (pipe: Pipe, dot: Value, ranged = false): Value => {
      here = pipe;
      let value: Final;
      for (const command of pipe.commands) value = { value: evaluate(command, dot, value) };
      const result = value?.value ?? null;
      // A range binds its variables for each element.
      if (!ranged) for (const name of pipe.declares) bind(name, result, pipe);
      return result;
    };

    const evaluate = (command: Command, dot: Value, final: Final): Value => {
      const [head, ...rest] = command.args;
      return head ? evaluated(head, command, rest, dot, final) : null;
    };

    /** The value of an argument wherever any type will do. */
    const operand = (arg: Arg, dot: Value): Value => evaluated(arg, arg, [], dot, undefined);

    const evaluated = (arg: Arg, node: Place, rest: readonly Arg[], dot: Value, final: Final): Value => {
      if (arg.type !== "pipe") here = arg;
      if (NO_FUNCTION.has(arg.type) || (arg.type === "variable" && arg.fields.length === 0))
        if (rest.length > 0 || final) fail(`can't give argument to non-function ${placeText(arg)}`);
      switch (arg.type) {
        case "ident":
          return call(arg.name, node, rest, dot, final);
        case "field":
          return fields(dot, arg.names, arg, rest, dot, final);
        case "variable":
          return fields(variable(arg), arg.fields, arg, rest, dot, final);
        case "chain":
          if (arg.of.type === "nil") fail("indirection through explicit nil in <nil>");
          return fields(operand(arg.of, dot), arg.fields, arg, rest, dot, final);
        case "dot":
          return dot;
        case "nil":
          return node === arg ? null : fail("nil is not a command");
        case "bool":
        case "string":
          return arg.value;
        case "number":
          return constantOf(arg);
        case "pipe":
          return scope(() => pipeline(arg.pipe, dot));
      }
    };

    const variable = (arg: Extract<Arg, { type: "variable" }>): Value =>
      variables.findLast((one) => one.name === arg.name)?.value ?? null;

    const fields = (
      start: Value,
      names: readonly string[],
      node: Arg,
      rest: readonly Arg[],
      dot: Value,
      final: Final,
    ): Value => {
      let value = start;
      for (const [index, name] of names.entries()) {
        const last = index === names.length - 1;
        // Only what came out of a field itself is known to Go as an empty interface; the rest has no type at all.
        if (value === null && index > 0) fail(`nil pointer evaluating interface {}.${name}`);
        value = field(value, name, node, last ? rest : [], dot, last ? final : undefined);
      }
      return value;
    };

    const field = (of: Value, name: string, node: Arg, rest: readonly Arg[], dot: Value, final: Final): Value => {
      if (of === null) return null;
      const method = engine.methods(of, name) ?? timeMethod(of, name);
      if (method) return invoke(name, method, of, node, rest, dot, final);
      const found = memberOf(of, name);
      if (found === undefined) return fail(`can't evaluate field ${name} in type ${typeName(of)}`);
      if (rest.length > 0 || final)
        fail(
          typeof of === "object" && of.kind === "map"
            ? `${name} is not a method but has arguments`
            : `${name} has arguments but cannot be invoked as function`,
        );
      return found;
    };

    const call = (name: string, node: Place, rest: readonly Arg[], dot: Value, final: Final): Value => {
      if (name === "and" || name === "or") {
        if (rest.length === 0 && !final) fail(`wrong number of args for ${name}: want at least 1 got 0`);
        for (const arg of rest) {
          const value = operand(arg, dot);
          if (isTrue(value) === (name === "or") || (arg === rest.at(-1) && !final)) return value;
        }
        return final?.value ?? null;
      }
      const fn = engine.functions.get(name) ?? fail(`${JSON.stringify(name)} is not a defined function`);
      return invoke(name, fn, undefined, node, rest, dot, final);
    };

    /** Calls a function or, with a receiver, a method. */
    const invoke = (
      name: string,
      fn: TemplateFunction<World>,
      receiver: Value | undefined,
      node: Place,
      rest: readonly Arg[],
      dot: Value,
      final: Final,
    ): Value => {
      const count = rest.length + (final ? 1 : 0);
      const fixed = fn.params.length;
      if (fn.rest && count < fixed) fail(`wrong number of args for ${name}: want at least ${fixed} got ${rest.length}`);
      if (!fn.rest && count !== fixed) fail(`wrong number of args for ${name}: want ${fixed} got ${count}`);
      const paramOf = (index: number): Param => fn.params[index] ?? fn.rest ?? "any";
      const values = rest.map((arg, index) => typed(arg, paramOf(index), dot));
      if (final) values.push(fitting(final.value, paramOf(rest.length)));
      if (receiver !== undefined) values.unshift(receiver);
      try {
        used.given(fn, values);
        const result = fn.call(values, world);
        used.made(result);
        return result;
      } catch (error) {
        here = node;
        return refused(error, name);
      }
    };

    const typed = (arg: Arg, param: Param, dot: Value): Value => {
      here = arg;
      const fault = constantMisfit(arg, param);
      if (fault !== undefined) fail(fault);
      const value = fitting(operand(arg, dot), param);
      return param === "float64" && typeof value === "bigint" ? Number(value) : value;
    };

    const fitting = (value: Value, param: Param): Value => {
      const fault = misfit(value, param);
      return fault === undefined ? value : fail(fault);
    };

    walkAll(template.nodes, start);
  };

  run(start, data);
  return out;
}
