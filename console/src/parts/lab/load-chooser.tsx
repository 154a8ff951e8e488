import { useState } from "preact/hooks";
import type { Load } from "../../lab/address.ts";

/** As large as the API takes. */
const MOST_BYTES = 2_097_152;

/** Which load is played: what was recorded of a service, a made-up fortnight, or a file that somebody has. */
export function LoadChooser(props: {
  services: readonly string[];
  load: Load | undefined;
  hasFile: boolean;
  onLoad: (load: Load) => void;
  onFile: (text: string, name: string) => void;
}) {
  const { services, load, hasFile, onLoad, onFile } = props;
  const [fault, setFault] = useState<string>();
  const [over, setOver] = useState(false);
  const [pasted, setPasted] = useState("");
  const value = load?.from === "service" ? `s:${load.service}` : (load?.from ?? "");
  const take = (text: string, name: string) => {
    if (text.trim() === "") return setFault("It is empty.");
    if (new TextEncoder().encode(text).length > MOST_BYTES) return setFault("It is larger than 2 MB.");
    setFault(undefined);
    onFile(text, name);
  };
  const read = (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > MOST_BYTES) return setFault(`${file.name} is larger than 2 MB.`);
    file.text().then(
      (text) => take(text, file.name),
      () => setFault(`${file.name} cannot be read.`),
    );
  };
  const known = load?.from !== "service" || services.includes(load.service);
  return (
    <div class="lab-load">
      <label>
        Load
        <select
          name="load"
          value={value}
          onChange={({ currentTarget: { value: to } }) =>
            onLoad(
              to.startsWith("s:") ? { from: "service", service: to.slice(2) } : { from: to as "synthetic" | "file" },
            )
          }
        >
          {!known && load?.from === "service" && <option value={value}>{load.service}</option>}
          {services.map((name) => (
            <option key={name} value={`s:${name}`}>
              recorded of {name}
            </option>
          ))}
          <option value="synthetic">a made-up fortnight</option>
          <option value="file">a file of mine</option>
        </select>
      </label>
      {load?.from === "file" && (
        <fieldset
          class={over ? "lab-drop lab-over" : "lab-drop"}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            read(event.dataTransfer?.files[0]);
          }}
        >
          <legend>A load as CSV</legend>
          <p>
            Drop a file here, or choose one: rows of <code>timestamp,value</code>, at most 2 MB.
            {hasFile ? " It stays in this tab; the address does not hold it." : ""}
          </p>
          <label>
            <span class="unseen">CSV file</span>
            <input
              type="file"
              name="file"
              accept=".csv,.txt,text/csv,text/plain"
              onChange={(event) => read(event.currentTarget.files?.[0])}
            />
          </label>
          <details>
            <summary>Paste it instead</summary>
            <textarea
              name="csv"
              rows={5}
              aria-label="CSV text"
              placeholder={"timestamp,value\n2026-11-09T00:00:00Z,120"}
              spellcheck={false}
              value={pasted}
              onInput={(event) => setPasted(event.currentTarget.value)}
            />
            <button type="button" onClick={() => take(pasted, "pasted text")}>
              Play this
            </button>
          </details>
          <p class="bad" role="status">
            {fault ?? ""}
          </p>
        </fieldset>
      )}
    </div>
  );
}
