import { serve } from "./serve.mjs";

// 3 workers × 120 ms = 25 requests per second and instance.
serve({ name: "payments", workers: 3, serviceMs: 120 });
