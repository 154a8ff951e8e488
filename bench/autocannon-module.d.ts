declare module "autocannon" {
  export interface Found {
    readonly requests: { readonly total: number; readonly average: number };
    /** Ms. */
    readonly latency: { readonly p50: number; readonly p99: number; readonly p99_9: number; readonly max: number };
    readonly errors: number;
  }
  /** As far as it is measured. */
  export default function autocannon(options: {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
  }): Promise<Found>;
}
