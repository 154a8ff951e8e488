// biome-ignore-all lint/a11y/noRedundantRoles: under 720 px rows are laid out as cards, and a browser then forgets that they are a table.
import type { HTMLAttributes, TableHTMLAttributes, TdHTMLAttributes, ThHTMLAttributes } from "preact";

/** Tables that stay tables for those who hear them, however they are laid out. */
export const Table = (props: TableHTMLAttributes<HTMLTableElement>) => <table {...props} role="table" />;

export const Thead = (props: HTMLAttributes<HTMLTableSectionElement>) => <thead {...props} role="rowgroup" />;

export const Tbody = (props: HTMLAttributes<HTMLTableSectionElement>) => <tbody {...props} role="rowgroup" />;

export const Tr = (props: HTMLAttributes<HTMLTableRowElement>) => <tr {...props} role="row" />;

export const Th = (props: ThHTMLAttributes<HTMLTableCellElement>) => <th {...props} role="columnheader" scope="col" />;

export const RowTh = (props: ThHTMLAttributes<HTMLTableCellElement>) => <th {...props} role="rowheader" scope="row" />;

export const Td = (props: TdHTMLAttributes<HTMLTableCellElement>) => <td {...props} role="cell" />;
