import { serve } from "./serve.mjs";

// 4 workers × 80 ms = 50 requests per second and instance.
serve({ name: "orders", workers: 4, serviceMs: 80 });
