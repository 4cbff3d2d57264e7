// Passkeys (WebAuthn Level 3). What the browser has an authenticator sign goes to the server in a form's field
// `credential`, so that the answer is a page like any other.
"use strict";

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// Options as the server has written them, for browsers that do not read them so themselves.
function read(options) {
  const listed = (list) => list?.map((one) => ({ ...one, id: decode(one.id) }));
  const made = { ...options, challenge: decode(options.challenge) };
  if (options.user) made.user = { ...options.user, id: decode(options.user.id) };
  if (options.allowCredentials) made.allowCredentials = listed(options.allowCredentials);
  if (options.excludeCredentials) made.excludeCredentials = listed(options.excludeCredentials);
  return made;
}

// And what came of them, for browsers (and extensions in their place) that do not write it.
function written(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { response } = credential;
  const parts = { clientDataJSON: encode(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) parts[part] = encode(response[part]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response: parts,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

class Refusal extends Error {}

async function optionsOf(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: "{}",
  });
  const body = await answer.json();
  if (!answer.ok) throw new Refusal(body.error ?? body.msg);
  const options = body.publicKey ?? body;
  const reader =
    form.dataset.passkey === "create"
      ? PublicKeyCredential.parseCreationOptionsFromJSON
      : PublicKeyCredential.parseRequestOptionsFromJSON;
  return reader ? reader.call(PublicKeyCredential, options) : read(options);
}

// One ceremony at a time: the browser takes no second one beside it.
let waiting = new AbortController();

async function perform(form, mediation) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const publicKey = await optionsOf(form);
  if (signal.aborted) return;
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey, signal })
      : await navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) });
  form.elements.credential.value = JSON.stringify(written(credential));
  // What is ticked beside it counts here, too.
  for (const name of ["remember", "trust_browser"]) {
    const box = document.getElementById(name);
    if (!box?.checked || form.contains(box)) continue;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value: box.value });
    form.append(field);
  }
  form.submit();
}

function sentence(error) {
  if (error instanceof Refusal && error.message) return error.message;
  switch (error.name) {
    case "InvalidStateError":
      return "This device has a passkey for you already.";
    case "NotAllowedError":
      return "That was not finished. Try again when you are ready.";
    default:
      return "That did not work with this browser.";
  }
}

const forms = document.querySelectorAll("form[data-passkey]");
const canUse = window.PublicKeyCredential !== undefined && navigator.credentials !== undefined;

for (const form of forms) {
  form.hidden = !canUse;
  const problem = form.querySelector(".problem[role=alert]");
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      await perform(form);
    } catch (error) {
      if (error.name === "AbortError") return;
      problem.textContent = sentence(error);
      problem.hidden = false;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}
for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = canUse;

// The browser offers passkeys in the field for the address, where it can, and for as long as the page is there: the
// challenge is good for some minutes only.
const renewal = 240_000;

async function offer(form) {
  if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
  for (;;) {
    let timer;
    try {
      const offered = perform(form, "conditional");
      const { signal } = waiting;
      timer = setTimeout(() => signal === waiting.signal && waiting.abort("renewal"), renewal);
      await offered;
      return;
    } catch (reason) {
      // Anything else: the person has pressed the button, or the browser would rather not.
      if (reason !== "renewal") return;
    } finally {
      clearTimeout(timer);
    }
  }
}

if (document.querySelector("input[autocomplete~=webauthn]") && forms.length > 0) offer(forms[0]);
