import "uplot/dist/uPlot.min.css";
import "./styles/theme.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/lists.css";
import "./styles/charts.css";
import "./styles/decision.css";
import "./styles/looks.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { startLive } from "./live.ts";
import { interceptLinks } from "./router.ts";
import { startTheme } from "./theme.ts";

startTheme();
interceptLinks();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
void startLive();
