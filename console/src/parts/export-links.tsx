import { useState } from "preact/hooks";
import { download, needsKey } from "../api-alerting.ts";

/** Files of the API as links, by their endings; `name` is a file's without its ending. With an access key, which no link carries, they are fetched. */
export function ExportLinks<F extends string>(props: {
  readonly name: string;
  readonly formats: readonly (readonly [ending: F, label: string])[];
  readonly url: (format: F) => string;
}) {
  const { name, formats, url } = props;
  const [failure, setFailure] = useState<string | undefined>(undefined);
  return (
    <span class="act-buttons">
      {formats.map(([format, label]) => (
        <a
          key={format}
          href={url(format)}
          download={`${name}.${format}`}
          data-export={format}
          onClick={(event) => {
            if (!needsKey()) return;
            event.preventDefault();
            void download(url(format), `${name}.${format}`).then(setFailure);
          }}
        >
          Export {label}
        </a>
      ))}
      <span class="bad" role="status">
        {failure ?? ""}
      </span>
    </span>
  );
}
