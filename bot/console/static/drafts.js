// What somebody types is kept while they type, and a reply that cannot be sent stays where it is. The server puts a draft into its box;
// nothing is restored here.
"use strict";

const SAVE_AFTER = 2000; // milliseconds
const TRY_AGAIN = 5000;
const SEND_WITHIN = 20000;

const once = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");

class Draft {
  constructor(box) {
    this.box = box;
    this.saved = box.defaultValue; // as the server has it: keys may have come before this file
    this.timer = undefined;
    this.saving = false;
    this.sent = false;
    this.said = document.createElement("p");
    this.said.className = "hint saved";
    this.said.setAttribute("aria-live", "polite");
    box.after(this.said);
    box.addEventListener("input", () => this.later(SAVE_AFTER));
    window.addEventListener("online", () => this.save());
    window.addEventListener("pagehide", () => this.save());
    document.addEventListener("visibilitychange", () => document.hidden && this.save());
    if (!this.isSaved) this.later(SAVE_AFTER);
  }

  get isSaved() {
    return this.sent || this.box.value === this.saved;
  }

  later(wait) {
    this.timer ??= setTimeout(() => this.save(), wait);
  }

  say(text) {
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.isSaved || this.saving) return;
    const text = this.box.value;
    const { dataset } = puenteLine.element();
    this.saving = true;
    try {
      const answer = await fetch(this.box.dataset.draft, {
        method: "POST",
        body: new URLSearchParams({ csrf: this.box.form.elements.csrf.value, once: once(), text }),
        headers: { "HX-Request": "true" },
        keepalive: text.length < 15000, // a browser takes 64 kB of a page that is left
        signal: AbortSignal.timeout(SEND_WITHIN),
      });
      if (answer.status === 401) puenteLine.say("ended");
      if (!answer.ok) throw new Error(answer.status);
      this.saved = text;
      puenteLine.clear("lost");
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      this.say(dataset.saved.replace("{time}", time));
    } catch {
      this.say(dataset.unsaved);
      this.later(TRY_AGAIN);
    } finally {
      this.saving = false;
    }
    if (!this.isSaved) this.later(SAVE_AFTER);
  }
}

const drafts = new Map([...document.querySelectorAll("textarea[data-draft]")].map((box) => [box.form, new Draft(box)]));

// In place of the browser, which on a page that could not be loaded would have lost what was written.
async function send(form, button) {
  const lock = (is) => {
    form.setAttribute("aria-busy", is);
    button?.toggleAttribute("disabled", is);
  };
  const body = new URLSearchParams(new FormData(form, button));
  lock(true);
  try {
    const answer = await fetch(button?.getAttribute("formaction") || form.getAttribute("action") || location.href, {
      method: "POST",
      body,
      headers: { "HX-Request": "true" },
      signal: AbortSignal.timeout(SEND_WITHIN),
    });
    if (answer.ok) {
      const draft = drafts.get(form);
      if (draft) draft.sent = true;
      location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    puenteLine.say("failed", page.querySelector("main [role=alert], main h1 + p")?.textContent.trim());
  } catch (error) {
    puenteLine.say(error.name === "TimeoutError" ? "unknown" : "unsent");
  }
  lock(false);
  button?.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const isOurs = form.method === "post" && form.enctype !== "multipart/form-data" && form.querySelector("textarea:not([readonly])");
  if (!isOurs) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") !== "true") send(form, event.submitter);
});
