/** The last lines that instances printed, oldest first, as they wrote them. */
export function Printed({ lines }: { lines: readonly string[] }) {
  return (
    <>
      <p class="muted">It printed last:</p>
      <pre>
        <bdi>{lines.join("\n")}</bdi>
      </pre>
    </>
  );
}
