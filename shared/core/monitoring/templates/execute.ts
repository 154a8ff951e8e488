import {
  type Arg,
  argText,
  type Command,
  commandText,
  type Node,
  type Pipe,
  type Range,
  type Template,
  TemplateFault,
} from "./ast.ts";
import { CallFault, type Param, type TemplateWorld } from "./function-types.ts";
import { functionNamed } from "./functions.ts";
import { constantOf, entriesOf, memberOf, misfit, PARAM_TYPES } from "./members.ts";
import { timeMethod } from "./time-format.ts";
import { isTrue, typeName, type Value, valueText } from "./values.ts";

/** An annotation longer than this helps nobody, and a template must not be able to fill the memory. */
export const LONGEST_TEXT = 65_536;
const MOST_STEPS = 100_000;
const DEEPEST_CALL = 100;

/** How a list of nodes ended. */
type Ending = "done" | "break" | "continue";

/**
 * Runs a parsed template as Go's text/template does, with `missingkey=zero`.
 *
 * @throws TemplateFault with the node that failed
 */
export function execute(template: Template, data: Value, world: TemplateWorld): string {
  let out = "";
  let steps = 0;
  let depth = 0;

  const fail = (node: { readonly pos: number }, context: string, message: string): never => {
    throw new TemplateFault(message, node.pos, context);
  };
  const failAt = (arg: Arg, message: string): never => fail(arg, argText(arg), message);

  const run = (nodes: readonly Node[], start: Value): void => {
    let variables: { readonly name: string; value: Value }[] = [{ name: "$", value: start }];

    const write = (text: string, node: Node): void => {
      out += text;
      if (out.length > LONGEST_TEXT) fail(node, "text", `the text is longer than ${LONGEST_TEXT} characters`);
    };

    const scope = <T>(body: () => T): T => {
      const before = variables.length;
      try {
        return body();
      } finally {
        variables = variables.slice(0, before);
      }
    };

    const walkAll = (list: readonly Node[], dot: Value): Ending => {
      for (const node of list) {
        const ending = walk(node, dot);
        if (ending !== "done") return ending;
      }
      return "done";
    };

    const stepOf = (node: Node): void => {
      steps += 1;
      if (steps > MOST_STEPS) fail(node, node.type, `more than ${MOST_STEPS} steps`);
    };

    const walk = (node: Node, dot: Value): Ending => {
      stepOf(node);
      switch (node.type) {
        case "text":
          write(node.text, node);
          return "done";
        case "action": {
          const value = pipeline(node.pipe, dot);
          if (node.pipe.declares.length === 0) write(value === null ? "<no value>" : valueText(value), node);
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
          const named = template.defined.get(node.name);
          if (!named)
            return fail(
              node,
              `{{template ${JSON.stringify(node.name)}}}`,
              `template ${JSON.stringify(node.name)} not defined`,
            );
          const value = node.pipe ? pipeline(node.pipe, dot) : null;
          if (depth >= DEEPEST_CALL) fail(node, node.name, `exceeded maximum template depth (${DEEPEST_CALL})`);
          depth += 1;
          run(named, value);
          depth -= 1;
          return "done";
        }
      }
    };

    const range = (node: Range, dot: Value): Ending => {
      const value = pipeline(node.pipe, dot, true);
      const rows =
        entriesOf(value, MOST_STEPS) ?? failAt(lastOf(node.pipe), `range can't iterate over ${valueText(value)}`);
      for (const [key, item] of rows) {
        // Also round an empty body.
        stepOf(node);
        const ending = scope(() => {
          const { declares } = node.pipe;
          const last = declares.at(-1);
          if (declares.length === 2) bind(declares[0] as string, key, node.pipe, lastOf(node.pipe));
          if (last !== undefined) bind(last, item, node.pipe, lastOf(node.pipe));
          return walkAll(node.list, item);
        });
        if (ending === "break") break;
      }
      if (rows.length === 0 && node.otherwise) return walkAll(node.otherwise, dot);
      return "done";
    };

    const bind = (name: string, value: Value, { assigns }: Pipe, at: Arg): void => {
      const known = assigns ? variables.findLast((one) => one.name === name) : undefined;
      if (known) known.value = value;
      else if (assigns) failAt(at, `undefined variable: ${name}`);
      else variables.push({ name, value });
    };

    const pipeline = (pipe: Pipe, dot: Value, ranged = false): Value => {
      let value: { readonly value: Value } | undefined;
      for (const command of pipe.commands) value = { value: evaluate(command, dot, value) };
      const result = value?.value ?? null;
      // A range binds its variables for each element.
      if (!ranged) for (const name of pipe.declares) bind(name, result, pipe, lastOf(pipe));
      return result;
    };

    const evaluate = (command: Command, dot: Value, final: { readonly value: Value } | undefined): Value => {
      const [head, ...rest] = command.args;
      if (!head) return null;
      const given = final ? [...rest, final] : rest;
      switch (head.type) {
        case "ident":
          return call(head, command, commandText(command), rest, dot, final);
        case "field":
          return fields(dot, head.names, head, rest, dot, final);
        case "variable":
          return fields(variable(head), head.fields, head, rest, dot, final);
        case "chain":
          return fields(operand(head.of, dot), head.fields, head, rest, dot, final);
        case "nil":
          return failAt(head, "nil is not a command");
        default:
          if (given.length > 0) failAt(head, `can't give argument to non-function ${argText(head)}`);
          return operand(head, dot);
      }
    };

    const variable = (arg: Extract<Arg, { type: "variable" }>): Value =>
      variables.findLast((one) => one.name === arg.name)?.value ?? null;

    /** The value of an argument wherever any type will do. */
    const operand = (arg: Arg, dot: Value): Value => {
      switch (arg.type) {
        case "ident":
          return call(arg, arg, argText(arg), [], dot, undefined);
        case "field":
          return fields(dot, arg.names, arg, [], dot, undefined);
        case "variable":
          return fields(variable(arg), arg.fields, arg, [], dot, undefined);
        case "dot":
          return dot;
        case "nil":
          return null;
        case "bool":
        case "string":
          return arg.value;
        case "number":
          return constantOf(arg);
        case "chain":
          if (arg.of.type === "nil") failAt(arg, "indirection through explicit nil in <nil>");
          return fields(operand(arg.of, dot), arg.fields, arg, [], dot, undefined);
        case "pipe":
          return scope(() => pipeline(arg.pipe, dot));
      }
    };

    const fields = (
      start: Value,
      names: readonly string[],
      node: Arg,
      rest: readonly Arg[],
      dot: Value,
      final: { readonly value: Value } | undefined,
    ): Value => {
      let value = start;
      for (const [index, name] of names.entries()) {
        const last = index === names.length - 1;
        value = field(value, name, node, last ? rest : [], dot, last ? final : undefined);
      }
      if (names.length === 0 && (rest.length > 0 || final))
        failAt(node, `can't give argument to non-function ${argText(node)}`);
      return value;
    };

    const field = (
      of: Value,
      name: string,
      node: Arg,
      rest: readonly Arg[],
      dot: Value,
      final: { readonly value: Value } | undefined,
    ): Value => {
      if (of === null) return null;
      if (typeof of === "object" && of.kind === "time") {
        const args = rest.map((arg) => operand(arg, dot));
        const result = timeMethod(of.at, name, final ? [...args, final.value] : args);
        if (result !== undefined) return result;
      }
      const found = memberOf(of, name);
      if (found === undefined) return failAt(node, `can't evaluate field ${name} in type ${typeName(of)}`);
      if (rest.length > 0 || final)
        failAt(
          node,
          typeof of === "object" && of.kind === "map"
            ? `${name} is not a method but has arguments`
            : `${name} has arguments but cannot be invoked as function`,
        );
      return found;
    };

    const call = (
      ident: Extract<Arg, { type: "ident" }>,
      node: { readonly pos: number },
      context: string,
      rest: readonly Arg[],
      dot: Value,
      final: { readonly value: Value } | undefined,
    ): Value => {
      const { name } = ident;
      const count = rest.length + (final ? 1 : 0);
      const counted = (want: string): never =>
        failAt(ident, `wrong number of args for ${name}: want ${want} got ${count}`);
      if (name === "and" || name === "or") {
        if (count === 0) counted("at least 1");
        for (const arg of rest) {
          const value = operand(arg, dot);
          if (isTrue(value) === (name === "or") || (arg === rest.at(-1) && !final)) return value;
        }
        return final?.value ?? null;
      }
      const fn = functionNamed(name);
      if (!fn) return failAt(ident, `${JSON.stringify(name)} is not a defined function`);
      if (fn.rest ? count < fn.params.length : count !== fn.params.length)
        counted(fn.rest ? `at least ${fn.params.length}` : `${fn.params.length}`);
      const paramOf = (index: number): Param => fn.params[index] ?? fn.rest ?? "any";
      const values = rest.map((arg, index) => typed(arg, paramOf(index), dot));
      if (final) values.push(checked(final.value, paramOf(rest.length), rest.at(-1) ?? ident));
      try {
        return fn.call(values, world);
      } catch (error) {
        if (!(error instanceof CallFault)) throw error;
        return fail(node, context, `error calling ${name}: ${error.message}`);
      }
    };

    const typed = (arg: Arg, param: Param, dot: Value): Value => {
      const constant = arg.type === "number" || arg.type === "bool" || arg.type === "string";
      if (param === "string" && constant && arg.type !== "string")
        failAt(arg, `expected string; found ${argText(arg)}`);
      if (param !== "any" && param !== "string" && constant)
        failAt(arg, `can't handle ${argText(arg)} for arg of type ${PARAM_TYPES[param]}`);
      if (arg.type === "nil" && param !== "any") failAt(arg, `cannot assign nil to ${PARAM_TYPES[param]}`);
      return checked(operand(arg, dot), param, arg);
    };

    const checked = (value: Value, param: Param, arg: Arg): Value => {
      const fault = misfit(value, param);
      return fault === undefined ? value : failAt(arg, fault);
    };

    walkAll(nodes, start);
  };

  run(template.nodes, data);
  return out;
}

/** Where Go says that a pipeline's value is wrong: at what it looked at last. */
const lastOf = (pipe: Pipe): Arg => pipe.commands.at(-1)?.args[0] ?? { type: "nil", pos: pipe.pos };
