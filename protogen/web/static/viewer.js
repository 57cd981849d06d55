// The viewer: the frame at each width, made smaller where the window is too narrow, and the address to copy.
"use strict";

const stage = document.querySelector(".stage");
const pane = stage.querySelector(".pane");
const widths = [...stage.querySelectorAll("input[name=width]")];
const NARROW = 768;

function fit() {
  const chosen = widths.find((width) => width.checked);
  const room = stage.clientWidth - 2 * parseFloat(getComputedStyle(stage).paddingLeft);
  const most = chosen.id === "desktop" ? Math.max(Number(chosen.value), room) : Number(chosen.value);
  const scale = Math.min(1, room / most);
  pane.style.setProperty("--scale", String(scale));
  pane.style.setProperty("--width", `${most}px`);
}

stage.classList.add("stage--fitted");
if (window.innerWidth < NARROW) widths[0].checked = true;
widths.forEach((width) => width.addEventListener("change", fit));
new ResizeObserver(fit).observe(stage);
fit();

const copy = document.getElementById("copy");
const said = document.getElementById("copied");
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById("address").href);
      said.textContent = copy.dataset.done;
    } catch {
      said.textContent = copy.dataset.fault;
    }
  });
}
