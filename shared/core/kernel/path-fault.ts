/**
 * One place in a file that is wrong, named by its path in the document; whoever has read the text adds line and column
 * (`locate` of `shared/shell/yaml-document.ts`).
 */
export interface PathFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The offending value as text. */
  readonly value?: string;
  readonly allowed?: string;
  /** The key itself is wrong, not what it holds. */
  readonly atKey?: boolean;
  /** Place within the value's own text (1-based), where the value is an expression or a template. */
  readonly within?: { readonly line: number; readonly column: number };
}
