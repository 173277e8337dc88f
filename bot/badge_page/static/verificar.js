// Verifies a certificate in this browser, as bot/courses/verification.py does: the keys are those of the page, never the one in the file;
// the algorithm is ours, whatever the file says. Nothing is sent anywhere.
"use strict";

(() => {
  const LARGEST = 10000000; // bytes of a file
  const LONGEST = 100000; // letters of a credential
  const HEADERS = ["alg", "typ", "jwk", "kid"];
  const TOKEN = /eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g;
  const page = document.getElementById("comprobar");
  const trusted = JSON.parse(page.dataset.keys);
  const keys = trusted.keys || [];
  const leaked = new Set(trusted.leaked || []);
  const listed = JSON.parse(page.dataset.revoked).revokedCredentials || [];
  const revoked = new Set(listed.filter((each) => each.revoked !== false).map((each) => each.id));
  let last = 0; // which file was asked about last: an earlier one that takes longer says nothing any more

  class NotOurs extends Error {
    constructor(verdict) {
      super(verdict);
      this.verdict = verdict;
    }
  }

  // Bytes; refuses any other way to write the same bytes.
  function decoded(part) {
    if (!/^[A-Za-z0-9_-]*$/.test(part) || part.length % 4 === 1) throw new NotOurs("tampered");
    const letters = atob(part.replace(/-/g, "+").replace(/_/g, "/"));
    if (btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") !== part) throw new NotOurs("tampered");
    return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  }

  function read(part) {
    let value;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decoded(part)));
    } catch {
      throw new NotOurs("tampered");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotOurs("tampered");
    return value;
  }

  // Every stream of a PDF as it stands and unpacked.
  async function* partsOf(bytes) {
    const text = new TextDecoder("latin1").decode(bytes);
    for (const match of text.matchAll(/stream\r?\n([\s\S]*?)endstream/g)) {
      yield match[1];
      const from = match.index + match[0].indexOf("\n") + 1;
      yield await unpacked(bytes.slice(from, from + match[1].length));
    }
  }

  async function unpacked(bytes) {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    const decoder = new TextDecoder("latin1");
    let text = "";
    try {
      for (let step = await reader.read(); !step.done && text.length < LARGEST; step = await reader.read()) text += decoder.decode(step.value);
    } catch {
      // not packed, or something stands after its end: what came out counts
    }
    return text;
  }

  // The one compact JWS in a file.
  async function tokenIn(bytes) {
    if (bytes.length > LARGEST) throw new NotOurs("unreadable");
    const start = new TextDecoder("latin1").decode(bytes.slice(0, 1024)).trimStart();
    if (!start.startsWith("%PDF-")) {
      const token = new TextDecoder("utf-8").decode(bytes).trim();
      if (token.split(".").length !== 3 || token.length > LONGEST || !/^[\x21-\x7e]*$/.test(token)) throw new NotOurs("unreadable");
      return token;
    }
    const found = new Set();
    for await (const part of partsOf(bytes)) for (const each of part.match(TOKEN) || []) found.add(each);
    if (found.size !== 1) throw new NotOurs("unreadable"); // of two, nobody could say which one the paper shows
    return [...found][0];
  }

  // Only its name.
  function keyNamed(header) {
    if (typeof header.kid === "string") return header.kid.slice(header.kid.lastIndexOf("/") + 1);
    return header.jwk && typeof header.jwk.kid === "string" ? header.jwk.kid : "";
  }

  async function signedByUs(token) {
    const [first, second, third] = token.split(".");
    const [header, payload, signature] = [read(first), read(second), decoded(third)];
    if (Object.keys(header).some((name) => !HEADERS.includes(name))) throw new NotOurs("tampered");
    if (header.alg !== "RS256" || ("typ" in header && header.typ !== "JWT")) throw new NotOurs("tampered");
    const name = keyNamed(header);
    if (leaked.has(name)) throw new NotOurs("leaked_key");
    const key = keys.find((each) => each.kid === name);
    if (!key) throw new NotOurs("unknown_key");
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const imported = await crypto.subtle.importKey("jwk", { kty: "RSA", n: key.n, e: key.e, alg: "RS256" }, algorithm, false, ["verify"]);
    const signed = new TextEncoder().encode(`${first}.${second}`);
    if (!(await crypto.subtle.verify(algorithm.name, imported, signature, signed))) throw new NotOurs("tampered");
    return payload;
  }

  // The claims say what the credential says.
  function agrees(payload) {
    try {
      return (
        payload.iss === payload.issuer.id &&
        payload.jti === payload.id &&
        payload.sub === payload.credentialSubject.id &&
        payload.nbf === Date.parse(payload.validFrom) / 1000 &&
        payload.exp === Date.parse(payload.validUntil) / 1000 &&
        Boolean(payload.credentialSubject.achievement.name)
      );
    } catch {
      return false;
    }
  }

  async function verify(bytes, now) {
    if (!globalThis.crypto?.subtle) return { verdict: "no_crypto" };
    try {
      const payload = await signedByUs(await tokenIn(bytes));
      if (!agrees(payload)) return { verdict: "tampered" };
      if (revoked.has(payload.id)) return { verdict: "revoked", payload };
      if (now < payload.nbf * 1000) return { verdict: "not_yet", payload };
      return { verdict: now > payload.exp * 1000 ? "expired" : "genuine", payload };
    } catch (error) {
      if (error instanceof NotOurs) return { verdict: error.verdict };
      return { verdict: "unreadable" };
    }
  }

  // As credential.normalized does.
  const normalized = (name) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().split(/\s+/).filter(Boolean).join(" ");

  async function isOf(payload, name) {
    for (const identity of payload.credentialSubject.identifier) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(normalized(name) + identity.salt));
      const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      if (`sha256$${hex}` === identity.identityHash) return true;
    }
    return false;
  }

  // What is shown: always as text.

  const sentence = (verdict) => document.querySelector(`#frases [data-verdict="${verdict}"]`).textContent;
  const day = (seconds) =>
    new Intl.DateTimeFormat("es-MX", { dateStyle: "long", timeZone: "America/Mexico_City" }).format(new Date(seconds * 1000));
  const form = document.getElementById("nombre");
  let shown = null;

  function show({ verdict, payload }) {
    const seen = document.getElementById("visto").content.cloneNode(true);
    const notice = seen.querySelector(".notice");
    notice.textContent = sentence(verdict);
    notice.classList.add(verdict === "genuine" ? "good" : "bad");
    notice.dataset.verdict = verdict;
    if (payload) {
      const achievement = payload.credentialSubject.achievement;
      const facts = {
        course: achievement.name, criteria: achievement.criteria.narrative, issuer: payload.issuer.name,
        from: day(payload.nbf), until: day(payload.exp), number: payload.id.replace("urn:uuid:", ""),
      };
      for (const [name, value] of Object.entries(facts)) seen.querySelector(`[data-fact="${name}"]`).textContent = value;
    } else {
      seen.querySelector("dl").remove();
    }
    document.getElementById("resultado").replaceChildren(seen);
    shown = payload || null;
    form.hidden = !shown;
    document.getElementById("es_de").textContent = "";
  }

  async function take(file) {
    const mine = ++last;
    const found = await verify(new Uint8Array(await file.arrayBuffer()), Date.now());
    if (mine === last) show(found);
  }

  document.getElementById("archivo").addEventListener("change", (event) => event.target.files[0] && take(event.target.files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault(); // or the browser leaves the page for the file
      page.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
    });
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fits = await isOf(shown, document.getElementById("quien").value);
    document.getElementById("es_de").textContent = sentence(fits ? "fits" : "fits_not");
  });
})();
