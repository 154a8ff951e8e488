import type { JSX } from "preact";

/** What is dangerous asks for the name of what it is done to, typed by hand. */
export function TypedName(props: {
  readonly name: string;
  readonly value: string;
  readonly onInput: (typed: string) => void;
}): JSX.Element {
  return (
    <label class="field">
      <span>
        Type <bdi class="mono">{props.name}</bdi> to confirm
      </span>
      <input
        name="typedName"
        autocomplete="off"
        spellcheck={false}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </label>
  );
}
