declare module "opossum" {
  /** As far as it is measured. */
  export default class CircuitBreaker {
    constructor(action: () => Promise<unknown>, options: { readonly timeout: number | false; readonly name?: string });
    fire(): Promise<unknown>;
    open(): void;
    shutdown(): void;
  }
}
