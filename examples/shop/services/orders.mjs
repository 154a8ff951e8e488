import { serve } from "./serve.mjs";

// 8 workers × 80 ms = 100 requests per second and instance.
serve({ name: "orders", workers: 8, serviceMs: 80 });
