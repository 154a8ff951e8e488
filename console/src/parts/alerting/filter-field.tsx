import { go, usePlace, withQuery } from "../../router.ts";

/** A text of the address that narrows a list; taken over when it is complete, or at each letter where the page itself looks. */
export function FilterText(props: {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
  readonly most?: number;
  readonly eager?: boolean;
}) {
  const { name, label, placeholder, most = 200, eager = false } = props;
  const value = usePlace().query.get(name) ?? "";
  const set = (text: string) => go(withQuery({ [name]: text.trim() }), { replace: eager });
  return (
    <label>
      {label}
      <input
        type="search"
        name={name}
        maxLength={most}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        {...(eager
          ? { value, onInput: (event) => go(withQuery({ [name]: event.currentTarget.value }), { replace: true }) }
          : { key: value, defaultValue: value, onChange: (event) => set(event.currentTarget.value) })}
      />
    </label>
  );
}

/** One of a few, in the address. */
export function FilterChoice(props: {
  readonly name: string;
  readonly label: string;
  readonly any: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}) {
  const { name, label, any, options } = props;
  const value = usePlace().query.get(name) ?? "";
  const known = value === "" || options.some(([one]) => one === value);
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => go(withQuery({ [name]: event.currentTarget.value }))}>
        <option value="">{any}</option>
        {!known && <option value={value}>{value}</option>}
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
