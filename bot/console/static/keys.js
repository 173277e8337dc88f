// Keys for those who work in the queue all day. Every one of them only does what a link or a button of the page does, none works while
// somebody types, and they can be switched off in each browser (WCAG 2.1.4).
"use strict";
(() => {
  const STORED = "puente.keys";
  const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
  const GOES = { b: "/consola/bandeja", c: "/consola/casos" };
  const GOES_WITHIN = 1500; // milliseconds between «g» and the next key
  let wentAt = 0;

  const areOn = () => {
    try { return localStorage.getItem(STORED) !== "off"; } catch { return true; }
  };

  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => document.activeElement?.closest?.("[data-row]");

  function step(by) {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(current());
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
    all[next].querySelector("[data-open]")?.focus();
    return true;
  }

  function does(key) {
    if (Date.now() - wentAt < GOES_WITHIN && GOES[key]) {
      wentAt = 0;
      location.assign(GOES[key]);
      return true;
    }
    wentAt = 0;
    if (key === "j") return step(1);
    if (key === "k") return step(-1);
    if (key === "g") { wentAt = Date.now(); return true; }
    if (key === "?") { location.assign("/consola/ayuda#teclas"); return true; }
    if (key === "t") {
      const take = current()?.querySelector("[data-take]");
      take?.click();
      return Boolean(take);
    }
    if (key === "/") {
      const box = document.getElementById("busca");
      box?.focus();
      return Boolean(box);
    }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key !== "j" && event.key !== "k") return;
    if (!document.querySelector(".me") || event.target.closest?.(TYPING) || !areOn()) return;
    if (does(event.key)) event.preventDefault();
  });

  const button = document.getElementById("teclas-interruptor");
  const state = document.getElementById("teclas-estado");
  if (!button || !state) return;
  const show = () => {
    const word = areOn() ? "on" : "off";
    button.textContent = button.dataset[word];
    state.textContent = state.dataset[word];
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    try { localStorage.setItem(STORED, areOn() ? "off" : "on"); } catch { return; }
    show();
  });
  show();
})();
