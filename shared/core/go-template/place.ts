import { type Arg, argText, type Command, commandText, type Node, type Pipe, pipeText } from "./ast.ts";

/** What an expansion can be at. */
export type Place = Arg | Command | Pipe | Node;

/** As Go prints it in messages. */
export function placeText(place: Place): string {
  if ("args" in place) return commandText(place);
  if ("commands" in place) return pipeText(place);
  switch (place.type) {
    case "text":
      return place.text.length > 40 ? `${place.text.slice(0, 40)}…` : place.text;
    case "action":
      return `{{${pipeText(place.pipe)}}}`;
    case "if":
    case "with":
    case "range":
      return `{{${place.type} ${pipeText(place.pipe)}}}…{{end}}`;
    case "template":
      return `{{template ${JSON.stringify(place.name)}${place.pipe ? ` ${pipeText(place.pipe)}` : ""}}}`;
    case "break":
    case "continue":
      return `{{${place.type}}}`;
    default:
      return argText(place);
  }
}
