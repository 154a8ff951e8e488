/** Why, and by whom: what every act is recorded with. */
export function SaidFields(props: {
  why: string;
  by: string;
  required: boolean;
  onChange: (change: { why: string } | { by: string }) => void;
}) {
  const { why, by, required, onChange } = props;
  return (
    <>
      <label class="field">
        {required ? "Reason" : "Reason (optional)"}
        <input
          name="why"
          autocomplete="off"
          maxLength={500}
          required={required}
          value={why}
          onInput={(event) => onChange({ why: event.currentTarget.value })}
        />
      </label>
      {required && (
        <label class="field">
          Your name (optional)
          <input
            name="by"
            autocomplete="name"
            maxLength={100}
            value={by}
            onInput={(event) => onChange({ by: event.currentTarget.value })}
          />
        </label>
      )}
    </>
  );
}
