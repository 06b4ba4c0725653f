import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./styles/base.css";
import { start } from "./wiring";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const started = start();
createRoot(root).render(
  <StrictMode>
    <App {...started} />
  </StrictMode>,
);

// Another link opened in the same tab is another beginning.
window.addEventListener("hashchange", () => location.reload());
